package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

//go:embed torch_am_unet.py
var torchScript string

//go:embed jax_am_unet.py
var jaxScript string

// Names of the files of the reference programs. A module of the same name would be imported in its place.
const (
	torchName = "torch_am_unet.py"
	jaxName   = "jax_am_unet.py"
)

// Names of the programs, as measurements carry them.
const (
	amgen    = "amgen"
	amgenOne = "amgen, 1 worker"
	amgenTwo = "amgen, 2 × 1 worker" // two processes at once
	xla      = "XLA"
	torch    = "PyTorch"
	torchNew = "PyTorch (current)"
	compiled = "PyTorch (current, compiled)"
	jax      = "JAX"
	openBLAS = "OpenBLAS"
)

// program is a way to measure a training step and a velocity.
type program struct {
	name     string
	path     string
	args     []string
	script   string // the file of a reference program, which path runs
	together int    // processes at once, of which each does the same
	env      []string
	version  []string // arguments that make it print its version
	takes    func(w workload) bool
}

// programs are those that are there, and the names of those that aren't. The reference programs are in a folder.
func (o options) programs(folder string) (found []program, missing []string) {
	printVersion := func(module, more string) []string {
		return []string{"-c", "import " + module + "; print(" + module + ".__version__" + more + ")"}
	}
	const level = `, getattr(torch.backends.cpu, "get_cpu_capability", lambda: "")()`
	workers := func(n int) []string { return []string{"--backend", fmt.Sprintf("simd:workers=%d", n)} }
	any := func(workload) bool { return true }
	torchFile, jaxFile := filepath.Join(folder, torchName), filepath.Join(folder, jaxName)
	all := []program{
		{name: amgen, path: o.amgen, args: workers(o.threads), version: []string{"version"}, takes: any},
		{name: amgenOne, path: o.amgen, args: workers(1), takes: o.scales},
		{name: amgenTwo, path: o.amgen, args: workers(1), together: 2, takes: o.scales},
		{name: xla, path: o.amgenXLA, args: []string{"--backend", "xla:cpu"}, version: []string{"version"}, takes: any},
		{name: torch, path: o.pythonTorch, script: torchFile, env: blasCore(cpuFlags()),
			version: printVersion("torch", level), takes: any},
		{name: torchNew, path: o.pythonNew, script: torchFile, version: printVersion("torch", level), takes: any},
		{name: compiled, path: o.pythonNew, script: torchFile, args: []string{"--compile"},
			env: []string{"TORCHINDUCTOR_CACHE_DIR=" + filepath.Join(o.cache, "torch")}, takes: o.compiles},
		{name: jax, path: o.pyJAX, script: jaxFile,
			env:     []string{"JAX_COMPILATION_CACHE_DIR=" + filepath.Join(o.cache, "jax")},
			version: printVersion("jax", ""), takes: any},
	}
	for _, p := range all {
		if p.path == "" {
			missing = append(missing, p.name)
		} else {
			found = append(found, p)
		}
	}
	return found, missing
}

// writeScripts writes the reference programs into a folder.
func writeScripts(folder string) error {
	return errors.Join(os.WriteFile(filepath.Join(folder, torchName), []byte(torchScript), 0o600),
		os.WriteFile(filepath.Join(folder, jaxName), []byte(jaxScript), 0o600))
}

// run starts a program on the threads it may use and waits for it.
func (o options) run(ctx context.Context, path string, args []string, stdin string, env []string) (stdout,
	stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	cmd := o.command(ctx, path, args, env)
	cmd.Stdin = strings.NewReader(stdin)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w: %s", path, err, lastLine(messages.String()))
	}
	return out.Bytes(), messages.Bytes(), nil
}

// lastLine is where programs say what went wrong.
func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// versions of the programs, for the report.
func (o options) versions(ctx context.Context, programs []program) []string {
	o.prefix = "" // nothing is timed here
	var all []string
	for _, p := range programs {
		if p.version == nil {
			continue
		}
		out, _, err := o.run(ctx, p.path, p.version, "", nil)
		if err != nil {
			out = []byte("version unknown")
		}
		all = append(all, p.name+": "+lastLine(string(out)))
	}
	if o.openblas != "" {
		if _, messages, err := o.run(ctx, o.openblas, nil, "", blasCore(cpuFlags())); err == nil {
			all = append(all, openBLAS+": "+lastLine(string(messages)))
		}
	}
	return all
}

// cpuFlags are the features that the system says the processor has.
func cpuFlags() []string {
	info, _ := os.ReadFile("/proc/cpuinfo") // elsewhere none are known, and nothing is forced
	return strings.Fields(cpuLine(string(info), "flags"))
}

// cpuLine is the value of the first such line of /proc/cpuinfo.
func cpuLine(info, key string) string {
	for line := range strings.Lines(info) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// blasCore makes OpenBLAS take the kernels of the processor's vector width. Releases that don't know a processor fall
// back to SSE.
func blasCore(flags []string) []string {
	const variable = "OPENBLAS_CORETYPE"
	if os.Getenv(variable) != "" {
		return nil
	}
	core := ""
	for _, f := range flags {
		switch {
		case f == "avx512f":
			core = "SkylakeX"
		case f == "avx2" && core == "":
			core = "Haswell"
		}
	}
	if core == "" {
		return nil
	}
	return []string{variable + "=" + core}
}

// machine says what the figures were taken on.
func machine() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	model := cpuLine(string(info), "model name")
	if model == "" {
		model = runtime.GOARCH
	}
	width := "without AVX2"
	switch flags := cpuFlags(); {
	case slices.Contains(flags, "avx512f"):
		width = "AVX-512"
	case slices.Contains(flags, "avx2"):
		width = "AVX2"
	}
	return fmt.Sprintf("%s (family %s, model %s; %s), %d cores, %s/%s\n", model, cpuLine(string(info), "cpu family"),
		cpuLine(string(info), "model"), width, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
}
