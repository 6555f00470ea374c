package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

//go:embed torch_am_unet.py
var torchScript string

//go:embed jax_am_unet.py
var jaxScript string

// Names of the programs, as measurements carry them.
const (
	amgen    = "amgen"
	amgenOne = "amgen, 1 worker"
	xla      = "XLA"
	torch    = "PyTorch"
	torchNew = "PyTorch (current)"
	jax      = "JAX"
	openBLAS = "OpenBLAS"
)

// program is a way to measure a training step and a velocity.
type program struct {
	name    string
	path    string
	args    []string
	script  string   // for the standard input
	env     []string // beside that of this process
	version []string // arguments that make it print its version
	parse   func(output []byte) (measurement, error)
}

// programs are those that are there, and the names of those that aren't.
func (o options) programs() (found []program, missing []string) {
	bench := []string{"bench", "train", "--json", "--steps", fmt.Sprint(o.steps), "--backend"}
	script := []string{"-", "--steps", fmt.Sprint(o.steps), "--threads", fmt.Sprint(o.threads)}
	printVersion := func(module string) []string {
		return []string{"-c", "import " + module + "; print(" + module + ".__version__)"}
	}
	workers := func(n int) []string { return append(bench[:len(bench):len(bench)], fmt.Sprintf("simd:workers=%d", n)) }
	all := []program{
		{name: amgen, path: o.amgen, args: workers(o.threads), version: []string{"version"}, parse: parseBench},
		{name: amgenOne, path: o.amgen, args: workers(1), parse: parseBench},
		{name: xla, path: o.amgenXLA, args: append(bench[:len(bench):len(bench)], "xla:cpu"),
			version: []string{"version"}, parse: parseBench},
		{name: torch, path: o.pythonTorch, args: script, script: torchScript, env: blasCore(cpuFlags()),
			version: printVersion("torch"), parse: parseLine},
		{name: torchNew, path: o.pythonNew, args: script, script: torchScript, version: printVersion("torch"),
			parse: parseLine},
		{name: jax, path: o.pyJAX, args: script, script: jaxScript,
			env:     []string{"JAX_COMPILATION_CACHE_DIR=" + o.jaxCache},
			version: printVersion("jax"), parse: parseLine},
	}
	for _, p := range all {
		switch {
		case p.name == amgenOne && !o.workers:
		case p.path == "":
			missing = append(missing, p.name)
		default:
			found = append(found, p)
		}
	}
	return found, missing
}

// measure gives a program its turn.
func (o options) measure(ctx context.Context, p program, preset, estimator string) (measurement, error) {
	args := append(p.args[:len(p.args):len(p.args)], "--estimator", estimator)
	if p.script == "" {
		args = append(args, "--preset", preset)
	} else {
		args = append(args, preset)
	}
	out, _, err := o.run(ctx, p.path, args, p.script, p.env)
	if err != nil {
		return measurement{}, err
	}
	m, err := p.parse(out)
	m.Program = p.name
	return m, err
}

// run starts a program on the threads it may use and waits for it.
func (o options) run(ctx context.Context, path string, args []string, stdin string, env []string) (stdout,
	stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	command := append(strings.Fields(o.prefix), append([]string{path}, args...)...)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	threads := fmt.Sprint(o.threads)
	cmd.Env = append(os.Environ(), append(env, "GOMAXPROCS="+threads, "OMP_NUM_THREADS="+threads)...)
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
	switch core := strings.Join(blasCore(cpuFlags()), ""); {
	case strings.Contains(core, "SkylakeX"):
		width = "AVX-512"
	case strings.Contains(core, "Haswell"):
		width = "AVX2"
	}
	return fmt.Sprintf("%s (family %s, model %s; %s), %d cores, %s/%s\n", model, cpuLine(string(info), "cpu family"),
		cpuLine(string(info), "model"), width, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
}
