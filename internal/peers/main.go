// Command peers measures amgen beside the programs that do the same work: PyTorch, JAX, XLA on the same graph, and
// OpenBLAS's matrix products. It runs them in turns, round after round, each in a process of its own, and prints the
// medians and ratios as Markdown, with the target of each. A program that isn't given or doesn't run is listed as such.
//
// Usage: go run ./internal/peers [flags], from the repository's root after `make build`; `make bench-compare` finds or
// builds the programs and does that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	amgen, amgenXLA               string
	pythonTorch, pythonNew, pyJAX string
	openblas                      string
	presets, estimators           string
	rounds, steps, threads        int
	workers, gemm                 bool
	prefix, record, jaxCache      string
	timeout                       time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.amgen, "amgen", "bin/amgen", "amgen's `binary`")
	flag.StringVar(&o.amgenXLA, "amgen-xla", "", "`binary` built with -tags xla, run with --backend xla:cpu")
	flag.StringVar(&o.pythonTorch, "python-torch", "", "`python` with the system's torch")
	flag.StringVar(&o.pythonNew, "python-torch-new", "", "`python` with a current torch")
	flag.StringVar(&o.pyJAX, "python-jax", "", "`python` with jax")
	flag.StringVar(&o.openblas, "openblas", "", "`program` compiled from internal/peers/openblas/sgemm.c")
	flag.StringVar(&o.presets, "presets", "toy,tiny,mnist,cifar10", "presets, in `order`")
	flag.StringVar(&o.estimators, "estimators", "boundary,pathwise", "estimators, in `order`")
	flag.IntVar(&o.rounds, "rounds", 3, "turns that each program gets")
	flag.IntVar(&o.steps, "steps", 5, "steps a turn, of which a program reports the median")
	flag.IntVar(&o.threads, "threads", 2, "threads that each program may use")
	flag.BoolVar(&o.workers, "workers", true, "also measure amgen on one worker")
	flag.BoolVar(&o.gemm, "gemm", true, "also compare matrix products with OpenBLAS")
	flag.StringVar(&o.prefix, "prefix", "", "`command` that each program is run under, such as taskset")
	flag.StringVar(&o.record, "record", "", "append every measurement to this `file`, and report on all that it holds")
	flag.StringVar(&o.jaxCache, "jax-cache", "", "`directory` where JAX keeps what it compiled (default: a temporary "+
		"one)")
	flag.DurationVar(&o.timeout, "timeout", 20*time.Minute, "limit of one turn")
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
	log, err := openRecord(o.record)
	if err != nil {
		return err
	}
	if o.jaxCache == "" {
		if o.jaxCache, err = os.MkdirTemp("", "amgen-jax-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.jaxCache)
	}
	programs, missing := o.programs()
	failed := map[string]error{}
	for round := range o.rounds {
		for _, preset := range list(o.presets) {
			for _, estimator := range list(o.estimators) {
				for _, p := range programs {
					if failed[p.name+" "+preset] != nil {
						continue
					}
					m, err := o.measure(ctx, p, preset, estimator)
					if errors.Is(ctx.Err(), context.Canceled) {
						return ctx.Err()
					}
					if err != nil {
						failed[p.name+" "+preset] = err
						fmt.Fprintf(os.Stderr, "%s %s: not run: %v\n", p.name, preset, err)
						continue
					}
					fmt.Fprintf(os.Stderr, "round %d: %s\n", round+1, m)
					if err := log.add(m); err != nil {
						return err
					}
				}
			}
		}
		if err := o.products(ctx, log); err != nil {
			failed["OpenBLAS"] = err
			fmt.Fprintf(os.Stderr, "OpenBLAS: not run: %v\n", err)
		}
	}
	for name, err := range failed {
		missing = append(missing, fmt.Sprintf("%s (%v)", name, err))
	}
	fmt.Println(machine())
	for _, v := range o.versions(ctx, programs) {
		fmt.Println("- " + v)
	}
	for _, name := range missing {
		fmt.Println("- not run: " + name)
	}
	report(os.Stdout, log.all)
	return nil
}

// list splits a comma-separated flag.
func list(flag string) []string {
	return strings.FieldsFunc(flag, func(r rune) bool { return r == ',' || r == ' ' })
}
