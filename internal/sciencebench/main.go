// Command sciencebench measures amgen's methods on snapshots of populations, beside what needs no learning: the
// unchanged snapshot, pairs of cells interpolated, half of the truth. It prints Markdown, with figures in print where
// the protocol is the same. A data set whose file isn't there is skipped.
//
// Usage: go run ./internal/sciencebench [flags]; `make bench-science DATA=DIR` does that. With -record, what was
// measured before isn't measured again.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/gomlx/gomlx/backends"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows/science"
)

// options are the flags.
type options struct {
	data, record        string
	sets, methods       string
	seeds, steps, batch int
	most                int
	smoothing           float64
	onlyReport          bool
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "", "`folder` of the data sets' files (default: none but the embryos)")
	flag.StringVar(&o.record, "record", "", "append every score to this `file`, and measure none that it holds")
	flag.StringVar(&o.sets, "sets", strings.Join(setNames(), ","), "data sets, in `order`")
	flag.StringVar(&o.methods, "methods", "am,fm,uam", "methods, in `order`; uam where numbers of cells tell growth")
	flag.IntVar(&o.seeds, "seeds", 5, "seeds of each method")
	flag.IntVar(&o.steps, "steps", 6000, "steps of training; uam takes twice as many")
	flag.IntVar(&o.batch, "batch", 256, "examples of a batch")
	flag.Float64Var(&o.smoothing, "smoothing", science.DefaultSmoothing, "smoothing of the cells that are learned")
	flag.IntVar(&o.most, "most", 2000, "cells of which W₁ is computed, from all over a snapshot of more")
	flag.BoolVar(&o.onlyReport, "report", false, "measure nothing, and report on what the record holds")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "sciencebench:", err)
		os.Exit(1)
	}
}

// measure fills in the scores that the record lacks, and reports.
func measure(ctx context.Context, o options) error {
	if o.seeds < 1 || o.steps < 1 || o.batch < 2 || o.most < 2 {
		return fmt.Errorf("-seeds and -steps must be at least 1, -batch and -most at least 2, got %d, %d, %d, %d",
			o.seeds, o.steps, o.batch, o.most)
	}
	chosen, err := chooseSets(list(o.sets))
	if err != nil {
		return err
	}
	learned, err := chooseMethods(list(o.methods))
	if err != nil {
		return err
	}
	record, err := openRecord(o.record)
	if err != nil {
		return err
	}
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		return err
	}
	defer backend.Finalize()
	b := bench{options: o, backend: backend, record: record, learned: learned}
	for _, s := range chosen {
		if o.onlyReport {
			break
		}
		file, err := s.path(ctx, o.data)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: skipped: %v\n", s.name, err)
			continue
		}
		work := b.measure
		if s.name == hydrogen {
			work = b.hydrogen
		}
		if err := work(ctx, s, file); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	report(os.Stdout, o, chosen, record.all)
	return nil
}

// list splits a comma-separated flag.
func list(flag string) []string {
	return strings.FieldsFunc(flag, func(r rune) bool { return r == ',' || r == ' ' })
}
