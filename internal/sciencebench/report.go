package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// titles are those of rows in tables, in their order.
var titles = []struct{ name, title string }{
	{halves, "half of the truth, or fresh samples"},
	{unchanged, "snapshot before, unchanged"},
	{randomPairs, "random pairs, interpolated"},
	{optimalPairs, "optimal pairs, interpolated"},
	{methods[0].name, methods[0].title},
	{methods[0].name + bothSides, methods[0].title + ", from both sides"},
	{methods[1].name, methods[1].title},
	{methods[1].name + bothSides, methods[1].title + ", from both sides"},
	{methods[2].name, methods[2].title},
	{trueMotion, "the true motion, ∇ arg ψ"},
}

// report prints a table for each set and protocol: means over the seeds with standard deviations. Scores that are
// learned count by the steps, the batch and the smoothing of the options alone.
func report(w io.Writer, o options, chosen []set, scores []score) {
	fmt.Fprintf(w, "Perceptrons of %d × %d, %d steps of %d, twice as many of uAM, Adam from 3e-3 with cosine decay, "+
		"averaged parameters, a smoothing of %g, rk4 of 20 steps; mean ± standard deviation over seeds.\n",
		len(widths), widths[0], o.steps, o.batch, o.smoothing)
	for _, s := range chosen {
		for _, p := range []protocol{leaveOut, allTimes, velocities, wholeWay, authorsWay} {
			var used []score
			for _, v := range scores {
				fits := v.Steps == 0 || v.Steps == o.steps && v.Batch == o.batch &&
					(v.Smoothing == o.smoothing || s.name == hydrogen)
				if v.Set == s.name && v.Protocol == p && fits && v.Seed <= int64(o.seeds) {
					used = append(used, v)
				}
			}
			if len(used) > 0 {
				table(w, s, p, used)
			}
		}
	}
}

// table prints one.
func table(w io.Writer, s set, p protocol, scores []score) {
	what, figure := "W₁ at time", func(v score) *float64 { return v.W1 }
	switch p {
	case velocities:
		what, figure = "cosine with RNA velocity at time", func(v score) *float64 { return v.Cosine }
	case wholeWay, authorsWay:
		what, figure = "10⁴ MMD² by the authors' kernel, mean of so many times", func(v score) *float64 { return v.MMD }
	}
	var times []int
	for _, v := range scores {
		if !slices.Contains(times, v.Time) {
			times = append(times, v.Time)
		}
	}
	slices.Sort(times)
	fmt.Fprintf(w, "\n**%s**, %s\n\n| %s", s.title, p, what)
	for _, t := range times {
		fmt.Fprintf(w, " | %d", t)
	}
	fmt.Fprintf(w, " | mean | seeds |\n|---%s|---|---|\n", strings.Repeat("|---", len(times)))
	for _, row := range titles {
		line(w, row.title, row.name, times, scores, figure)
	}
	for _, row := range titles {
		line(w, row.title+", relative error of mass", row.name, times, scores, func(v score) *float64 { return v.Mass })
	}
	for _, other := range s.printed {
		if other.protocol == p {
			fmt.Fprintf(w, "| %s | %s | | |\n", other.name, strings.Join(other.w1, " | "))
		}
	}
}

// line prints a row, unless there are no figures of it.
func line(w io.Writer, title, name string, times []int, scores []score, figure func(score) *float64) {
	var cells []string
	whole, means, seeds := 0.0, 0, 0
	for _, t := range times {
		var values []float64
		for _, v := range scores {
			if x := figure(v); v.Method == name && v.Time == t && x != nil {
				values = append(values, *x)
			}
		}
		if len(values) == 0 {
			cells = append(cells, "")
			continue
		}
		mean, deviation := spread(values)
		whole, means, seeds = whole+mean, means+1, max(seeds, len(values))
		if cell := fmt.Sprintf("%.3f", mean); deviation > 1e-9 {
			cells = append(cells, cell+fmt.Sprintf(" ± %.3f", deviation))
		} else {
			cells = append(cells, cell)
		}
	}
	if means > 0 {
		fmt.Fprintf(w, "| %s | %s | %.3f | %d |\n", title, strings.Join(cells, " | "), whole/float64(means), seeds)
	}
}

// spread is the mean and the standard deviation, 0 of a single value.
func spread(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / max(1, float64(len(values)-1)))
}
