// Command gomlx measures backend simd on a network that isn't amgen's: the convolutional network of GoMLX's example of
// CIFAR-10. The same graph runs on simd, on GoMLX's own backend go, and in a binary built with -tags xla on XLA; beside
// it the same network runs in PyTorch. They take turns, round after round, each in a process of its own, and the
// medians are printed as a table. `make bench-gomlx` does that.
//
// Usage: go run ./internal/peers/gomlx [flags]
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed cnn.py
var script string

type options struct {
	python, engines, batches string
	rounds, threads          int
	each                     time.Duration
	normalised               bool
	only                     string // backend to measure in this process
}

func main() {
	var o options
	flag.StringVar(&o.python, "python-torch", "", "`python` with torch")
	flag.StringVar(&o.engines, "backends", strings.Join(backendNames(), ","), "GoMLX's `backends` by their names")
	flag.StringVar(&o.batches, "batches", "1,64", "batch `sizes`")
	flag.IntVar(&o.rounds, "rounds", 3, "turns that each program gets")
	flag.IntVar(&o.threads, "threads", 2, "threads that each program may use")
	flag.DurationVar(&o.each, "each", time.Second, "time of a turn's steps, and of its forward passes")
	flag.BoolVar(&o.normalised, "normalised", true, "batch normalisation after each layer, which go doesn't have")
	flag.StringVar(&o.only, "only", "", "measure this `backend` in this process, and print a line")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gomlx:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context, w io.Writer) error {
	if o.rounds < 1 || o.threads < 1 {
		return fmt.Errorf("-rounds and -threads must be at least 1, got %d and %d", o.rounds, o.threads)
	}
	var batches []int
	for text := range strings.SplitSeq(o.batches, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-batches must be numbers from 1 on, got %q", text)
		}
		batches = append(batches, n)
	}
	if o.only != "" {
		return measure(w, o.only, batches[0], o.normalised, o.each)
	}
	names := strings.Split(o.engines, ",")
	if o.python != "" {
		names = append(names, torch)
	}
	results, failed := map[cell][]measurement{}, map[string]error{}
	for range o.rounds {
		for _, batch := range batches {
			for _, name := range names {
				if failed[name] != nil {
					continue
				}
				m, err := o.turn(ctx, name, batch)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					failed[name] = err
					continue
				}
				fmt.Fprintln(os.Stderr, name, m)
				results[cell{name, batch}] = append(results[cell{name, batch}], m)
			}
		}
	}
	for _, name := range names {
		if err := failed[name]; err != nil {
			fmt.Fprintf(w, "- not run: %s (%v)\n", name, err)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return failed[name] != nil })
	if len(names) == 0 {
		return errors.New("no program ran")
	}
	return table(w, names, batches, results)
}

// torch is the name of the program that isn't GoMLX.
const torch = "PyTorch"

// turn runs a program on the threads that it may use.
func (o options) turn(ctx context.Context, name string, batch int) (measurement, error) {
	self, err := os.Executable()
	if err != nil {
		return measurement{}, err
	}
	cmd := exec.CommandContext(ctx, self, "-only", name, "-batches", strconv.Itoa(batch), "-each", o.each.String(),
		fmt.Sprintf("-normalised=%t", o.normalised))
	if name == torch {
		cmd = exec.CommandContext(ctx, o.python, "-", strconv.Itoa(batch), fmt.Sprint(o.each.Seconds()),
			strconv.Itoa(o.threads), strconv.FormatBool(o.normalised))
		cmd.Stdin = strings.NewReader(script)
	}
	threads := strconv.Itoa(o.threads)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+threads, "OMP_NUM_THREADS="+threads)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		return measurement{}, fmt.Errorf("%w: %s", err, lastLine(messages.String()))
	}
	return parse(strings.TrimSpace(string(out)))
}

// lastLine is where programs say what went wrong.
func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
