package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/gomlx/gomlx/backends"
)

// cell is where a measurement belongs.
type cell struct {
	name  string
	batch int
}

// backendNames are those that this binary has, simd first. GoMLX has several names for XLA.
func backendNames() (names []string) {
	for _, name := range []string{"simd", "go", "xla"} {
		if slices.Contains(backends.List(), name) {
			names = append(names, name)
		}
	}
	return names
}

// table writes the medians of a step and of a forward pass, each with what the first program takes over it.
func table(w io.Writer, names []string, batches []int, results map[cell][]measurement) error {
	fmt.Fprint(w, "| | parameters |")
	for _, batch := range batches {
		fmt.Fprintf(w, " step, batch %d | forward, batch %d |", batch, batch)
	}
	fmt.Fprint(w, "\n|---|---|")
	for range batches {
		fmt.Fprint(w, "---|---|")
	}
	fmt.Fprintln(w)
	for _, name := range names {
		fmt.Fprintf(w, "| %s | %d |", name, results[cell{name, batches[0]}][0].params)
		for _, batch := range batches {
			for _, of := range []func(measurement) float64{
				func(m measurement) float64 { return m.step }, func(m measurement) float64 { return m.forward },
			} {
				first, this := medianOf(results[cell{names[0], batch}], of), medianOf(results[cell{name, batch}], of)
				if this == 0 {
					fmt.Fprint(w, " no |")
					continue
				}
				fmt.Fprintf(w, " %s ms", digits(this))
				if name != names[0] {
					fmt.Fprintf(w, " (%.2g)", first/this)
				}
				fmt.Fprint(w, " |")
			}
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "\nIn brackets: the time of %s over this one. A backend can't do what says no.\n",
		names[0])
	return err
}

// digits writes three or more significant digits.
func digits(x float64) string {
	if x >= 100 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

func medianOf(all []measurement, of func(measurement) float64) float64 {
	var values []float64
	for _, m := range all {
		values = append(values, of(m))
	}
	return median(values)
}
