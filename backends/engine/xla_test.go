//go:build xla

package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"
)

// library compiles a shared library of C, named as a plugin, and makes it the one that is found.
func library(t *testing.T, code string) {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("needs a C compiler")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "plugin.c")
	if err := os.WriteFile(source, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler, "-shared", "-fPIC", "-o", filepath.Join(dir, "pjrt_c_api_cpu_plugin.so"),
		source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv(searchPathVariable, dir)
	for _, other := range []string{"HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "PYTHONPATH", "PATH"} {
		t.Setenv(other, dir) // where nothing else is found, so that one that is no plugin isn't passed over
	}
}

// table is the head of a plugin's API, with so many functions.
const table = `
#include <stddef.h>
struct { size_t size; void* e; size_t vsize; void* ve; int major, minor; void* f[FUNCTIONS]; } api =
	{sizeof api, NULL, 24, NULL, MAJOR, MINOR};
void* GetPjrtApi(void) { return &api; }
`

func TestPluginsThatDontDo(t *testing.T) {
	replace := func(major, minor, functions string) string {
		return strings.NewReplacer("MAJOR", major, "MINOR", minor, "FUNCTIONS", functions).Replace(table)
	}
	for _, c := range []struct {
		name, code string
		want       []string
	}{
		{"too old", replace("0", "23", "80"), []string{"version 0.23", "too old", oldest}},
		{"another major version", replace("1", "0", "200"), []string{"version 1.0", "0.x"}},
		{"no API", "void* GetPjrtApi(void) { return 0; }", []string{"no PJRT API"}},
		{"a library that is missing another",
			"void gone(void); void* GetPjrtApi(void) { gone(); return 0; } void (*p)(void) = gone;", []string{"loader",
				"gone"}},
		{"no plugin", "int x;", []string{"no PJRT plugin"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			library(t, c.code)
			_, err := Choice{engine: xlaName, device: cpuDevice}.Open(1)
			checkLine(t, c.name, err, append(c.want, "xla-cpu-pjrt")...)
		})
	}
}

// A library that was cut short anywhere is none.
func TestTornPlugin(t *testing.T) {
	library(t, "void* GetPjrtApi(void) { return 0; }")
	file := filepath.Join(os.Getenv(searchPathVariable), "pjrt_c_api_cpu_plugin.so")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkLibrary(file, cpuDevice); err != nil {
		t.Fatalf("the whole one: %v", err)
	}
	for size := 0; size < len(whole); size += 1 + len(whole)/50 {
		if err := os.WriteFile(file, whole[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		checkLine(t, fmt.Sprintf("%d of %d bytes", size, len(whole)), checkLibrary(file, cpuDevice), "remove "+file)
	}
}

func TestNoPluginNoInstaller(t *testing.T) {
	t.Setenv("GOMLX_NO_AUTO_INSTALL", "1")
	err := install(cpuDevice)
	checkLine(t, "installer switched off", errNoPlugin(cpuDevice, err), "GOMLX_NO_AUTO_INSTALL is set", "pip install",
		searchPathVariable)
	t.Setenv(searchPathVariable, "/no/plugins")
	for _, device := range []string{cpuDevice, cudaDevice} {
		checkLine(t, "an empty search path", errNoPlugin(device, err), searchPathVariable+"=/no/plugins has none",
			"backend simd")
		checkLine(t, "an empty search path, installed", errNoPlugin(device, nil),
			searchPathVariable+"=/no/plugins has none", "backend simd")
	}
}

func TestCUDARelease(t *testing.T) {
	const version = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n"
	for text, want := range map[string]string{
		version: "cuda12", strings.Replace(version, "550.54.15", "580.159.03", 1): "cuda13", "": "cuda13",
		"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.1.2  Release": "cuda12",
	} {
		if got := cudaRelease(text); got != want {
			t.Errorf("driver %q: %s, want %s", text, got, want)
		}
	}
}

// Devices are as many as were asked for, and compute.
func TestOpenXLA(t *testing.T) {
	if Plugin(cpuDevice) == "" {
		t.Skip("no plugin for the CPU; make test-xla brings one")
	}
	for _, devices := range []int{1, 2} {
		e, err := Choice{engine: xlaName, device: cpuDevice}.Open(devices)
		if err != nil {
			t.Fatal(err)
		}
		b := e.Backend
		if int(b.NumDevices()) != devices || b.Name() != "xla:cpu" || !strings.Contains(e.Describe(), "PJRT 0.") {
			t.Errorf("%d devices of %s, %s; want %d of xla:cpu", b.NumDevices(), b.Name(), e.Describe(), devices)
		}
		y := graph.MustExecOnce(b, func(x *graph.Node) *graph.Node { return graph.MulScalar(x, 2) }, float32(21))
		if got := y.Value().(float32); got != 42 {
			t.Errorf("2·21 is %g", got)
		}
		// the CPU's plugin counts nothing; another function of the table might answer
		if used, peak, ok := e.Memory(); ok {
			t.Errorf("the CPU told its device memory, %d and at most %d bytes", used, peak)
		}
		b.Finalize()
	}
}
