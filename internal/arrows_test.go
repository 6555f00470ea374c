// Package internal holds what is not for import from outside. This test keeps the arrows of ARCHITECTURE.md.
package internal

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/amgen/amgen"

// mayImport lists, for each package or tree of packages, which others of this module it may import; a tree may import
// itself. A package that isn't listed imports none of this module.
var mayImport = map[string][]string{
	"cmd": {"internal/cli"},
	"internal/cli": {"run", "unet", "flows", "flows/science", "imaging", "eval", "eval/arrayfile", "eval/features",
		"weights", "models", "backends", "backends/engine", "internal/chunks",
		"internal/duration", "internal/embryo", "internal/fetch", "internal/jsondiff", "internal/mistake",
		"internal/products", "internal/replace", "internal/report", "internal/serve", "internal/terminal",
		"internal/version"},
	"internal/report": {"run", "weights", "internal/duration", "internal/replace", "internal/terminal"},
	"internal/serve": {"run", "models", "flows", "flows/science", "imaging", "weights", "eval/arrayfile",
		"internal/replace"},
	"run": {"unet", "flows", "flows/science", "imaging", "weights", "backends", "backends/engine", "internal/anndata",
		"internal/chunks",
		"internal/embryo", "internal/eventfile", "internal/fetch", "internal/jsondiff", "internal/mistake",
		"internal/npy", "internal/products", "internal/replace", "internal/shuffle", "internal/terminal",
		"internal/timelabel",
		"internal/tomltext"},
	"models": {"run", "flows", "flows/science", "imaging", "weights", "backends/engine", "internal/fetch",
		"internal/mistake", "internal/replace", "internal/version"},
	"eval": {"flows", "backends/simd/matmul", "internal/chunks", "internal/duration", "internal/evenly",
		"internal/jsondiff", "internal/npy", "internal/pixels", "internal/replace", "internal/sniff",
		"internal/transport", "internal/version"},
	"eval/arrayfile": {"eval", "internal/evenly", "internal/npy", "internal/pixels", "internal/replace",
		"internal/weighting"},
	"eval/inception":           {"eval", "eval/internal/pretrained", "weights", "internal/fetch"},
	"eval/efficientnet":        {"eval", "eval/internal/pretrained", "weights", "internal/fetch"},
	"eval/internal/pretrained": {"eval", "weights", "internal/fetch", "internal/sniff"},
	// for tests
	"eval/internal/golden": {"eval", "eval/internal/pretrained", "weights"},
	"eval/features":        {"eval", "eval/efficientnet", "eval/inception", "eval/lenet"},
	"eval/lenet":           {"weights", "internal/autodiff"},
	// a program, which makes the weights that are embedded in its parent
	"eval/lenet/train": {"eval/lenet", "imaging", "weights", "backends", "backends/engine"},
	"flows":            {"internal/autodiff"},
	"flows/wfr":        {"flows", "internal/transport"},
	"flows/science": {"flows", "flows/wfr", "internal/anndata", "internal/npy", "internal/principal",
		"internal/shuffle",
		"internal/sniff", "internal/timelabel", "internal/transport", "internal/weighting"},
	"unet": {"internal/autodiff"},
	"imaging": {"internal/evenly", "internal/fetch", "internal/mistake", "internal/pixels", "internal/replace",
		"internal/shuffle", "internal/sniff"},
	"weights":           {"internal/jsondiff", "internal/replace", "internal/sniff", "internal/version"},
	"internal/fetch":    {"internal/replace"},
	"internal/npy":      {"internal/sniff"},
	"internal/anndata":  {"internal/hdf5"},
	"internal/chunks":   {"internal/npy", "internal/replace"},
	"internal/tomltext": {"internal/mistake", "internal/replace"},
	"internal/embryo":   {"flows/science", "internal/fetch"},
	"backends":          nil,
	"backends/engine":   {"backends", "internal/mistake"},
	"internal":          {"internal/jsonlines"}, // peers
	// programs that measure
	"internal/peers/gomlx":  {"backends"},
	"internal/peers/roof":   {"backends", "internal/products"},
	"internal/peers/growth": {"backends", "flows", "imaging", "unet", "internal/jsonlines", "internal/replace"},
	"internal/products":     {"backends"},
	// for their products of matrices
	"internal/transport": {"backends/simd/matmul"}, "internal/principal": {"backends/simd/matmul"},
	"internal/smallrun": {"run"}, // for tests
	// a program that measures
	"internal/sciencebench": {"eval", "flows", "flows/science", "backends", "internal/embryo", "internal/fetch",
		"internal/jsonlines", "internal/npy", "internal/transport"},
	// kernels of backend simd, without the backend
	"backends/simd/matmul": {"backends"},
	"examples/gomlx":       {"backends"},
	"examples/grid":        {"run", "imaging"},
	"examples/server":      {"run", "imaging"},
}

// mayImportInCLI lists, for the packages below internal/cli that commands share, which others of these they may import.
// A command may import all of them, and no other command; the root may import everything.
var mayImportInCLI = map[string][]string{
	"term": nil, "flags": {"term"}, "memory": {"flags"}, "files": {"flags"}, "featurestore": nil,
}

// mayImportInEngine lists the same for the packages of backends/simd, by the ends of their paths.
var mayImportInEngine = map[string][]string{
	"backends/simd": {"plan", "exec", "tile", "element", "graph", "memory", "dense", "arrays", "pool", "kernels"},
	"plan":          {"exec", "tile", "element", "graph", "memory", "dense"},
	"exec":          {"graph", "memory", "dense", "arrays", "conv", "gemm", "fft", "pool", "kernels"},
	"tile":          {"element", "graph", "memory", "dense", "jit", "pool", "kernels"},
	"graph":         {"element", "dense", "arrays"},
	"element":       {"dense", "arrays", "jit", "formulas", "kernels"},
	"jit":           {"formulas", "kernels"},
	"conv":          {"gemm", "pool", "kernels"},
	"gemm":          {"pool", "kernels"},
	"arrays":        {"pool", "kernels"},
	"fft":           {"pool"},
	"matmul":        {"kernels"},
}

func TestImportArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module+"/")
			if ours && !allowed(from, to) {
				t.Errorf("%s imports %s: no such arrow in ARCHITECTURE.md", from, to)
			}
		}
	}
	if packages < 5 {
		t.Fatalf("go list named only %d packages of %s", packages, module)
	}
}

func TestArrowsRefuse(t *testing.T) {
	for _, arrow := range [][2]string{
		{"flows", "unet"}, {"imaging", "eval"}, {"unet", "flows"}, {"flows/solve", "flows"},
		{"flows/times", "flows"},
		{"flows/optimizer", "flows"}, {"backends/simd", "flows"}, {"weights", "imaging"},
		{"internal/autodiff", "unet"}, {"flows", "flows/science"},
		{"flows/science", "eval"}, {"flows", "flows/wfr"},
		{"flows/wfr", "flows/science"}, {"eval", "flows/science"}, {"flows", "internal/transport"},
		{"internal/transport", "eval"}, {"eval", "eval/inception"}, {"imaging", "weights"}, {"run", "eval"},
		{"run", "internal/cli"}, {"weights", "run"}, {"flows", "run"}, {"unet", "run"},
		{"internal/fetch", "imaging"}, {"internal/replace", "imaging"}, {"flows", "internal/replace"},
		{"internal/npy", "imaging"}, {"imaging", "internal/npy"},
		{"eval/lenet", "imaging"}, {"eval/lenet", "eval"}, {"internal/cli", "eval/lenet/train"},
		{"internal/cli", "eval/lenet"}, {"internal/cli", "eval/inception"}, {"eval/efficientnet", "eval/inception"},
		{"eval", "eval/internal/pretrained"}, {"eval", "eval/features"}, {"eval", "eval/arrayfile"},
		{"eval", "imaging"}, {"eval", "unet"}, {"eval", "backends/simd"}, {"eval", "backends/engine"},
		{"backends/simd/matmul", "eval"}, {"examples/gomlx", "unet"},
		{"backends/simd/internal/tile", "backends/simd/internal/exec"},
		{"backends/simd/internal/exec", "backends/simd/internal/tile"},
		{"backends/simd/internal/exec", "backends/simd/internal/plan"},
		{"backends/simd/internal/graph", "backends/simd/internal/exec"},
		{"backends/simd/internal/element", "backends/simd/internal/graph"},
		{"backends/simd/internal/plan", "backends/simd"}, {"backends/simd/internal/graph", "unet"},
		{"internal/cli/train", "internal/cli/evaluate"}, {"internal/cli/flags", "internal/cli/train"},
		{"internal/cli/term", "internal/cli/flags"}, {"internal/cli/sample", "internal/cli"},
		{"run/draw", "internal/cli"}, {"run", "models"}, {"weights", "models"}, {"models", "eval"},
		{"models", "internal/cli"},
	} {
		if allowed(arrow[0], arrow[1]) {
			t.Errorf("%s may import %s, want it refused", arrow[0], arrow[1])
		}
	}
}

// allowed tells whether package from may import package to, both as paths below the module.
func allowed(from, to string) bool {
	switch {
	case from == "flows/solve", from == "flows/optimizer", from == "flows/times":
		return false
	case strings.HasPrefix(from, "internal/cli/") && treeOf(to) == "internal/cli":
		return allowedInCLI(strings.TrimPrefix(from, "internal/cli/"), strings.TrimPrefix(to, "internal/cli/"))
	case inEngine(from) && inEngine(to):
		return slices.Contains(mayImportInEngine[withinEngine(from)], withinEngine(to))
	case treeOf(from) == treeOf(to):
		return true
	}
	for _, r := range mayImport[treeOf(from)] {
		if treeOf(to) == r {
			return true
		}
	}
	return false
}

// allowedInCLI is [allowed] for two packages below internal/cli.
func allowedInCLI(from, to string) bool {
	_, shared := mayImportInCLI[to]
	if others, between := mayImportInCLI[from]; between {
		return slices.Contains(others, to)
	}
	return shared
}

// inEngine tells whether a package is backends/simd or below it.
func inEngine(path string) bool {
	return path == "backends/simd" || strings.HasPrefix(path, "backends/simd/")
}

// withinEngine shortens the path of a package of the engine to its key in mayImportInEngine.
func withinEngine(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "backends/simd/"), "internal/")
}

// treeOf is the longest key of mayImport that is path or a folder above it.
func treeOf(path string) string {
	best := ""
	for r := range mayImport {
		if (path == r || strings.HasPrefix(path, r+"/")) && len(r) > len(best) {
			best = r
		}
	}
	switch path {
	case "internal/anndata", "internal/autodiff", "internal/chunks", "internal/duration", "internal/embryo",
		"internal/hdf5", "internal/jsonlines", "internal/timelabel", "internal/weighting",
		"internal/evenly", "internal/eventfile", "internal/fetch", "internal/jsondiff", "internal/mistake",
		"internal/npy", "internal/pixels", "internal/principal",
		// internal packages that others may import
		"internal/products", "internal/replace", "internal/shuffle", "internal/sniff", "internal/terminal",
		"internal/transport",
		"internal/version":
		return path
	}
	return best
}
