// Command peers measures amgen beside the programs that do the same work: PyTorch, JAX, XLA on the same graph, and
// OpenBLAS's matrix products. At each workload they take turns, round after round, each in a process of its own. It
// prints the medians and ratios as Markdown, with the target of each. A program that isn't given or doesn't run is
// listed as such.
//
// Usage: go run ./internal/peers [flags], from the repository's root after `make build`; `make bench-compare` finds or
// builds the programs and does that.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"
)

// options are the flags.
type options struct {
	amgen, amgenXLA               string
	pythonTorch, pythonNew, pyJAX string
	openblas                      string
	presets, estimators           string
	velocities, scaling, compiled string
	rounds, steps, threads        int
	gemm                          bool
	prefix, record, cache         string
	timeout, setup, limit         time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.amgen, "amgen", "bin/amgen", "amgen's `binary`")
	flag.StringVar(&o.amgenXLA, "amgen-xla", "", "`binary` built with -tags xla, run with --backend xla:cpu")
	flag.StringVar(&o.pythonTorch, "python-torch", "", "`python` with the system's torch")
	flag.StringVar(&o.pythonNew, "python-torch-new", "", "`python` with a current torch")
	flag.StringVar(&o.pyJAX, "python-jax", "", "`python` with jax")
	flag.StringVar(&o.openblas, "openblas", "", "`program` compiled from internal/peers/openblas/sgemm.c")
	flag.StringVar(&o.presets, "presets", "toy,mlp,mlp-256,tiny,mnist-small,mnist,cifar10", "presets, in `order`")
	flag.StringVar(&o.estimators, "estimators", "boundary,pathwise", "estimators, in `order`; none for no steps")
	flag.StringVar(&o.velocities, "velocities", "1,4,32,64", "batch `sizes` at which velocities of images are "+
		"measured; none for no velocities")
	flag.StringVar(&o.scaling, "scaling", "tiny", "`presets` that amgen is also run on by one worker, alone and in "+
		"two processes at once")
	flag.StringVar(&o.compiled, "compiled", "toy", "`presets` that the current torch also compiles: for "+
		"networks of images that takes minutes to an hour each, once for a -cache")
	flag.IntVar(&o.rounds, "rounds", 3, "turns that each program gets")
	flag.IntVar(&o.steps, "steps", 3, "steps a turn, more where they are short; a program reports the median")
	flag.IntVar(&o.threads, "threads", 2, "threads that each program may use")
	flag.BoolVar(&o.gemm, "gemm", true, "also compare matrix products with OpenBLAS")
	flag.StringVar(&o.prefix, "prefix", "", "`command` that each program is run under, such as taskset")
	flag.StringVar(&o.record, "record", "", "append every measurement to this `file`, and report on all that it holds")
	flag.StringVar(&o.cache, "cache", "", "`directory` where JAX and torch keep what they compiled (default: a "+
		"temporary one)")
	flag.DurationVar(&o.timeout, "timeout", 10*time.Minute, "limit of one turn")
	flag.DurationVar(&o.setup, "setup", 5*time.Minute, "limit of compiling, before the first turn")
	flag.DurationVar(&o.limit, "limit", 0, "time after which no further workload begins (default: none)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// compare measures and reports.
func compare(ctx context.Context, o options) error {
	if o.rounds < 0 || o.steps < 1 || o.threads < 1 {
		return fmt.Errorf("-rounds must be at least 0, -steps and -threads at least 1, got %d, %d, %d", o.rounds,
			o.steps, o.threads)
	}
	work, err := o.workloads()
	if err != nil {
		return err
	}
	log, err := openRecord(o.record)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "amgen-peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if o.cache == "" {
		o.cache = folder
	}
	if err := writeScripts(folder); err != nil {
		return err
	}
	programs, missing := o.programs(folder)
	began := time.Now()
	if o.rounds > 0 {
		for _, w := range work {
			if o.limit > 0 && time.Since(began) > o.limit {
				missing = append(missing, fmt.Sprintf("%s, since -limit %s was over", w, o.limit))
				continue
			}
			lost, err := o.contest(ctx, w, programs, log)
			if err != nil {
				return err
			}
			missing = append(missing, lost...)
		}
	}
	for range o.rounds {
		if err := o.products(ctx, log); err != nil {
			missing = append(missing, fmt.Sprintf("%s (%v)", openBLAS, err))
			break
		}
	}
	fmt.Println(machine())
	for _, v := range o.versions(ctx, programs) {
		fmt.Println("- " + v)
	}
	for _, name := range missing {
		fmt.Println("- not run: " + name)
	}
	fmt.Printf("- %d rounds, %d steps a turn or more, %d threads, %s\n", o.rounds, o.steps, o.threads,
		time.Since(began).Round(time.Second))
	report(os.Stdout, log.all)
	return ctx.Err()
}

// entry is a program at a workload.
type entry struct {
	program
	contestant
}

// contest gives each program its turns at a workload, round after round, and returns those that didn't run, with the
// reason.
func (o options) contest(ctx context.Context, w workload, programs []program, log *record) (lost []string, err error) {
	fails := func(p program, err error) {
		lost = append(lost, fmt.Sprintf("%s, %s (%v)", p.name, w, err))
		fmt.Fprintf(os.Stderr, "%s %s: not run: %v\n", p.name, w, err)
	}
	entries := o.enter(ctx, w, programs, fails)
	defer func() {
		for _, e := range entries {
			e.close()
		}
	}()
	failed := map[string]bool{}
	for round := range o.rounds {
		for _, e := range entries {
			if failed[e.name] {
				continue
			}
			all, err := e.turn(ctx)
			if ctx.Err() != nil {
				return lost, ctx.Err()
			}
			if err != nil {
				fails(e.program, err)
				failed[e.name] = true
			}
			for _, m := range all {
				fmt.Fprintf(os.Stderr, "round %d: %s\n", round+1, m)
				if err := log.add(m); err != nil {
					return lost, err
				}
			}
		}
	}
	return lost, nil
}

// enter starts the programs that take a workload, all at once, since they compile and nothing is timed yet.
func (o options) enter(ctx context.Context, w workload, programs []program, fails func(program, error)) []entry {
	opened, errs := make([]contestant, len(programs)), make([]error, len(programs))
	var wait sync.WaitGroup
	for i, p := range programs {
		if p.takes(w) {
			wait.Go(func() { opened[i], errs[i] = o.open(ctx, p, w) })
		}
	}
	wait.Wait()
	var entries []entry
	for i, p := range programs {
		if errs[i] != nil {
			fails(p, errs[i])
		} else if opened[i] != nil {
			entries = append(entries, entry{p, opened[i]})
		}
	}
	return entries
}

// list splits a comma-separated flag.
func list(flag string) []string {
	return strings.FieldsFunc(flag, func(r rune) bool { return r == ',' || r == ' ' })
}
