package edit

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval/lenet"
	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// Flags of the measurement that docs/guide/edit.md shows.
var (
	digits  = flag.Int("digits", 0, "number of MNIST test digits whose halves are filled in; 0 skips the measurement")
	trained = flag.String("inpaint", "", "run trained by path inpaint to compare with, whose halves are taken")
	ways    = flag.String("ways", "25,4,1", "steps,repeats,iterations of restorations, separated by spaces")
)

// halves are digits of which the upper or the lower half is to be filled in.
type halves struct {
	truth  []uint8 // [n, 28, 28]
	fill   []bool  // the same
	labels []int32
}

const digitSize = 28 * 28

// TestDigits measures how well halves of test digits are filled in by the bundled model, which isn't told their
// classes.
func TestDigits(t *testing.T) {
	if *digits == 0 {
		t.Skip("a measurement; ask for it by -digits 512")
	}
	data, err := imaging.Load(t.Context(), "mnist", imaging.Test, imaging.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := halves{truth: data.Images[:*digits*digitSize], labels: data.Labels[:*digits]}
	r := digitsModel(t)
	network, err := lenet.Open(r.Engine.Backend, "mnist")
	if err != nil {
		t.Fatal(err)
	}
	if *trained != "" {
		levels := h.restore(t)
		t.Log("the run trained for it, heun 20: ", h.report(t, network, levels))
	} else {
		for i := range h.truth {
			h.fill = append(h.fill, (i/digitSize%2 == 0) == (i%digitSize < digitSize/2))
		}
	}
	t.Log("the digits themselves: ", h.report(t, network, h.truth))
	given := func(k int) known.Known {
		return known.Pixels{Levels: h.truth[k*digitSize : (k+1)*digitSize], Fill: h.fill[k*digitSize : (k+1)*digitSize]}
	}
	for field := range strings.FieldsSeq(*ways) {
		var w known.Restoration
		if _, err := fmt.Sscanf(field, "%d,%d,%d", &w.Steps, &w.Repeats, &w.Iterations); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		s, err := Restore(t.Context(), r, given, Options{N: len(h.labels), Restoration: w})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d evaluations, %.0f s: %s", field, s.Report.NFE, time.Since(began).Seconds(),
			h.report(t, network, quantised(s.X)))
	}
}

// restore fills in the digits by the trained run, and takes its halves.
func (h *halves) restore(t *testing.T) []uint8 {
	t.Helper()
	r, err := run.Open(t.Context(), *trained, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := len(h.labels)
	s, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: n, Solver: solve.Heun{Steps: 20}}))
	if err != nil {
		t.Fatal(err)
	}
	start, err := r.Source.Begin(0, 0, n)
	if err != nil {
		t.Fatal(err)
	}
	defer start.Finalize()
	mask, err := tensors.CopyFlatData[float32](start.Condition)
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range mask {
		h.fill = append(h.fill, given == 0)
	}
	levels := quantised(s.X)
	for i, level := range h.truth { // the run's own may be off by rounding
		if !h.fill[i] {
			levels[i] = level
		}
	}
	return levels
}

// report compares filled digits with the true ones, in the halves that weren't known, and asks the classifier.
func (h *halves) report(t *testing.T, network *lenet.Network, levels []uint8) string {
	t.Helper()
	var sum, squares, count float64
	for i, level := range levels {
		d := float64(level) - float64(h.truth[i])
		if h.fill[i] {
			sum, squares, count = sum+math.Abs(d), squares+d*d, count+1
		} else if d != 0 {
			t.Fatalf("known pixel %d is %d, want %d", i, level, h.truth[i])
		}
	}
	n := len(h.labels)
	_, logits, err := network.Extract(tensors.FromFlatDataAndDimensions(levels, n, 28, 28, 1))
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for i, label := range h.labels {
		row := logits[i*network.Classes() : (i+1)*network.Classes()]
		if slices.Index(row, slices.Max(row)) == int(label) {
			kept++
		}
	}
	return fmt.Sprintf("mean |error| %.2f of 255, RMSE %.1f, class kept %.1f %% of "+
		"%d", sum/count, math.Sqrt(squares/count),
		100*float64(kept)/float64(n), n)
}
