package edit

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval/lenet"
	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// Flags of the measurement that docs/guide/edit.md shows.
var (
	digits  = flag.Int("digits", 0, "number of MNIST test digits to fill halves of; 0 skips it")
	trained = flag.String("inpaint", "", "run trained by path inpaint to compare with")
	steps   = flag.String("ways", "25,2,1", "steps,repeats,iterations of restorations, separated by spaces")
)

// half tells whether the upper half of digit k is given, else the lower one.
func upper(k int) bool { return k%2 == 0 }

// TestDigits fills in halves of test digits by the bundled model, which isn't told their classes.
func TestDigits(t *testing.T) {
	if *digits == 0 {
		t.Skip("a measurement; ask for it by -digits 512")
	}
	data, err := imaging.Load(t.Context(), "mnist", imaging.Test, imaging.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := *digits
	truth := data.Images[:n*28*28]
	var trainedMask []bool
	if *trained != "" {
		r, err := run.Open(t.Context(), *trained, run.Options{})
		if err != nil {
			t.Fatal(err)
		}
		solver, _ := solve.ByName("heun", solve.Settings{Steps: 20})
		s, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: n, Solver: solver}))
		if err != nil {
			t.Fatal(err)
		}
		start, err := r.Source.Begin(0, 0, n)
		if err != nil {
			t.Fatal(err)
		}
		mask, _ := tensors.CopyFlatData[float32](start.Condition)
		for _, v := range mask {
			trainedMask = append(trainedMask, v == 0)
		}
		levels := make([]uint8, len(s.X))
		imaging.Quantize(levels, s.X)
		report(t, r, fmt.Sprintf("trained step %d heun 20 (%d "+
			"NFE)", r.Step, s.Report.NFE), truth, levels, trainedMask, data.Labels, n)
		report(t, r, "truth", truth, truth, trainedMask, data.Labels, n)
		r.Close()
	}
	if trainedMask == nil {
		trainedMask = make([]bool, n*28*28)
		for i := range trainedMask {
			k, row := i/784, i%784/28
			trainedMask[i] = upper(k) != (row < 14)
		}
	}
	m, err := models.Named("mnist")
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Open(t.Context(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	t.Log(r.Source.Dims, r.Plan.Config.Path, r.Plan.Config.Objective)
	given := func(k int) known.Known {
		return known.Pixels{Levels: truth[k*784 : (k+1)*784], Fill: trainedMask[k*784 : (k+1)*784]}
	}
	for _, way := range splitWays(*steps) {
		began := time.Now()
		s, err := Restore(t.Context(), r, given, Options{N: n, Restoration: way})
		if err != nil {
			t.Fatal(err)
		}
		levels := make([]uint8, len(s.X))
		imaging.Quantize(levels, s.X)
		name := fmt.Sprintf("%d steps, %d repeats, %d iterations (%d NFE, %.0f s)", way.Steps, way.Repeats,
			way.Iterations, s.Report.NFE, time.Since(began).Seconds())
		report(t, r, name, truth, levels, trainedMask, data.Labels, n)
	}
}

func splitWays(text string) (ways []known.Restoration) {
	for _, field := range strings.Fields(text) {
		var w known.Restoration
		fmt.Sscanf(field, "%d,%d,%d", &w.Steps, &w.Repeats, &w.Iterations)
		ways = append(ways, w)
	}
	return ways
}

func report(t *testing.T, r *run.Run, name string, truth, levels []uint8, fill []bool, labels []int32, n int) {
	t.Helper()
	var sum, squares, count float64
	for i, level := range levels {
		if fill[i] {
			d := float64(level) - float64(truth[i])
			sum, squares, count = sum+math.Abs(d), squares+d*d, count+1
		} else if level != truth[i] {
			t.Fatalf("%s: a known pixel has changed", name)
		}
	}
	network, err := lenet.Open(r.Engine.Backend, "mnist")
	if err != nil {
		t.Fatal(err)
	}
	_, logits, err := network.Extract(tensors.FromFlatDataAndDimensions(levels, n, 28, 28, 1))
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for i := range n {
		row := logits[i*10 : (i+1)*10]
		best := 0
		for c, v := range row {
			if v > row[best] {
				best = c
			}
		}
		if int32(best) == labels[i] {
			kept++
		}
	}
	t.Logf("%s: mean |error| %.2f, RMSE %.2f, class kept %.1f "+
		"%%", name, sum/count, math.Sqrt(squares/count), 100*float64(kept)/float64(n))
}
