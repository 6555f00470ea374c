// Command growth measures how the time and the memory of a training step grow with the batch, the side of the images,
// and the width and the depth of the network. Each size is measured in a process of its own. It draws them beside what
// the operations and the bytes that are kept would make of them, and prints a table. `make bench-growth` does that.
//
// Usage: go run ./internal/peers/growth [-o file.png] [flags]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"github.com/amgen/amgen/internal/jsonlines"
)

// sweep is a way in which the work grows, and its sizes.
type sweep struct {
	name  string
	of    func(s size) int
	sizes []size
}

// sweeps grow one thing each, from the same middle.
func sweeps() []sweep {
	middle := size{Batch: 16, Side: 32, Width: 32, Blocks: 1}
	grow := func(name string, of func(s *size) *int, values ...int) sweep {
		s := sweep{name: name, of: func(s size) int { return *of(&s) }}
		for _, v := range values {
			at := middle
			*of(&at) = v
			s.sizes = append(s.sizes, at)
		}
		return s
	}
	return []sweep{
		grow("batch", func(s *size) *int { return &s.Batch }, 1, 2, 4, 8, 16, 32, 64, 128),
		grow("image side", func(s *size) *int { return &s.Side }, 16, 24, 32, 48, 64, 96, 128),
		grow("width", func(s *size) *int { return &s.Width }, 8, 16, 32, 48, 64, 96, 128),
		grow("depth", func(s *size) *int { return &s.Blocks }, 1, 2, 3, 4, 6, 8),
	}
}

func main() {
	var backend, picture, record, only string
	var steps int
	flag.StringVar(&backend, "backend", "simd", "GoMLX's `backend` by its name")
	flag.StringVar(&picture, "o", "", "PNG `file` of the picture (default: none)")
	flag.StringVar(&record, "record", "", "`file` of results, one a line of JSON: sizes that it has aren't measured")
	flag.IntVar(&steps, "steps", 5, "steps of a size, of which the fastest is taken")
	flag.StringVar(&only, "only", "", "measure this `size` in this process, as JSON, and print a line")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, backend, picture, record, only, steps)
	if err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, backend, picture, record, only string, steps int) error {
	if steps < 1 {
		return fmt.Errorf("-steps must be at least 1, got %d", steps)
	}
	if only != "" {
		var s size
		if err := json.Unmarshal([]byte(only), &s); err != nil {
			return err
		}
		return measure(ctx, os.Stdout, s, backend, steps)
	}
	known, err := read(record)
	if err != nil {
		return err
	}
	all := sweeps()
	for _, sweep := range all {
		for _, s := range sweep.sizes {
			if _, ok := known[s]; ok {
				continue
			}
			r, err := child(ctx, s, backend, steps)
			if err != nil {
				return fmt.Errorf("%+v: %w", s, err)
			}
			fmt.Fprintf(os.Stderr, "%+v: %.4g ms, %.0f MB\n", s, r.StepMS, r.PeakMB)
			known[s] = r
			if err := jsonlines.Append(record, r); err != nil {
				return err
			}
		}
	}
	if picture != "" {
		if err := drawing(picture, all, known); err != nil {
			return err
		}
	}
	return table(os.Stdout, all, known)
}

// child measures a size in a process of its own.
func child(ctx context.Context, s size, backend string, steps int) (r result, err error) {
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, self, "-only", string(text), "-backend", backend, "-steps", fmt.Sprint(steps))
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%w: %s", err, strings.TrimSpace(messages.String()))
	}
	return r, json.Unmarshal(out, &r)
}

// table writes each size's figures beside those of the model.
func table(w io.Writer, all []sweep, known map[size]result) error {
	m := fit(known)
	fmt.Fprint(w, "| | | step | GFLOP/s | of the model | peak | of the model |\n|---|---|---|---|---|---|---|\n")
	for _, sweep := range all {
		for _, s := range sweep.sizes {
			r := known[s]
			fmt.Fprintf(w, "| %s | %d | %.4g ms | %.0f | %.2f | %.0f MB | %.2f |\n", sweep.name, sweep.of(s), r.StepMS,
				r.FLOPs/r.StepMS/1e6, r.StepMS/m.time(r), r.PeakMB, r.PeakMB/m.memory(r))
		}
	}
	_, err := fmt.Fprintf(w, "\nThe model: %.0f GFLOP/s, and %.2g ns a number that unet.Config.Activations counts; "+
		"%.0f MB, 16 bytes a parameter and %.2g bytes such a number.\n", 1e-9/m.flop, m.number*1e9, baseMB, m.kept)
	return err
}
