package simd_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// The module that the backend is in, and the backend's place in it.
const (
	module = "github.com/amgen/amgen/"
	tree   = module + "backends/simd"
)

// testsMayImport is what the tests may use besides: the rules of differentiation that GoMLX lacks, for the random
// programs of program_test.go.
const testsMayImport = module + "internal/autodiff"

// A GoMLX program that isn't amgen's uses the backend, so the backend and all that it needs import nothing of this
// module but what is in backends/simd.
func TestImportsNothingOfAmgen(t *testing.T) {
	for _, tags := range []string{"", "purego"} {
		packages := list(t, "-deps", "-tags", tags, "./...")
		if len(packages) < 100 {
			t.Fatalf("go list named only %d packages", len(packages))
		}
		for _, p := range packages {
			if strings.HasPrefix(p.ImportPath, module) && !within(p.ImportPath) {
				t.Errorf("tags %q: the backend needs %s", tags, p.ImportPath)
			}
		}
	}
}

// The tests need hardly more, so that they can go where the backend goes.
func TestTestsImportNothingOfAmgen(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, imported := range append(p.TestImports, p.XTestImports...) {
			if strings.HasPrefix(imported, module) && !within(imported) && imported != testsMayImport {
				t.Errorf("the tests of %s import %s", p.ImportPath, imported)
			}
		}
	}
}

func TestWithin(t *testing.T) {
	for path, want := range map[string]bool{
		tree: true, tree + "/internal/gemm": true, tree + "/matmul": true,
		tree + "x": false, module + "backends/engine": false, module + "unet": false,
	} {
		if within(path) != want {
			t.Errorf("%s is within the backend: %v, want %v", path, !want, want)
		}
	}
}

// within reports whether a package is the backend or below it.
func within(path string) bool { return path == tree || strings.HasPrefix(path, tree+"/") }

type listed struct {
	ImportPath                string
	TestImports, XTestImports []string
}

// list runs go list in the folder of the backend.
func list(t *testing.T, args ...string) (packages []listed) {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,TestImports,XTestImports"},
		args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	return packages
}
