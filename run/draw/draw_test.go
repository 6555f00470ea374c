package draw_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/google/go-cmp/cmp"
)

// TestParts: samples that are drawn in parts are those that are drawn at once, and each state at t = 1 is the end.
func TestParts(t *testing.T) {
	r := smallrun.Open(t, nil)
	options := draw.Options{N: 20, Batch: 8, Seed: 3, Solver: solve.Heun{Steps: 3}, Times: []float64{0, 1}}
	whole, err := draw.Collect(draw.Draw(t.Context(), r, options))
	if err != nil {
		t.Fatal(err)
	}
	if whole.Len() != 20 || len(whole.States) != 2 || !slices.Equal(whole.States[1].X, whole.X) ||
		slices.Equal(whole.States[0].X, whole.X) {
		t.Errorf("%d samples, of %d states", whole.Len(), len(whole.States))
	}
	parts := draw.New(r.Source, options.Times)
	for _, part := range [][2]int{{0, 8}, {8, 12}} {
		options.First, options.N = part[0], part[1]
		for batch, err := range draw.From(t.Context(), r.Source, r.Sampler, options) {
			if err != nil {
				t.Fatal(err)
			}
			parts.Append(batch)
		}
	}
	if !slices.Equal(parts.X, whole.X) || !slices.Equal(parts.States[0].X, whole.States[0].X) {
		t.Error("parts differ from the whole")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := draw.Collect(draw.Draw(ctx, r, options)); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: got %v", err)
	}
	for _, wrong := range []draw.Options{{First: -1}, {N: -5}, {N: 4, Batch: -1}} {
		var config run.ConfigError
		if _, err := draw.Collect(draw.Draw(t.Context(), r, wrong)); !errors.As(err, &config) {
			t.Errorf("%+v: got %v", wrong, err)
		}
	}
}

// TestWatch: what is seen after the last step is what is drawn, watching changes no bit, and the samples that are done
// stay at their ends while the next batch begins at its source.
func TestWatch(t *testing.T) {
	r := smallrun.Open(t, nil)
	o := draw.Options{N: 20, Batch: 8, Seed: 3, Solver: solve.Heun{Steps: 3}, Times: []float64{0}}
	want, err := draw.Collect(draw.Draw(t.Context(), r, o))
	if err != nil {
		t.Fatal(err)
	}
	var done *draw.Samples
	var last, begun []float32
	calls := 0
	o.Watch = func(at float64, state func() (*draw.Samples, error)) {
		calls++
		batch, err := state()
		if err != nil {
			t.Error(err)
			return
		}
		seen := o.Unfinished(done, at, batch)
		if last = seen.States[0].X; at == 0 {
			begun = append(begun, batch.X...)
		}
		if n := seen.Len(); n != min(20, (calls+3)/4*8) || seen.Times[0] != at {
			t.Errorf("%d samples at %g in call %d", n, at, calls)
		}
	}
	for batch, err := range draw.Draw(t.Context(), r, o) {
		if err != nil {
			t.Fatal(err)
		}
		if done == nil {
			done = batch
		} else {
			done.Append(batch)
		}
		if !slices.Equal(last, want.X[:len(last)]) {
			t.Error("the last state that is seen isn't what is drawn")
		}
	}
	if calls != 3*4 || !slices.Equal(done.X, want.X) || !slices.Equal(begun, want.States[0].X) {
		t.Errorf("%d calls; what is drawn, or where it begins, differs", calls)
	}
}

// TestConcurrentDrawing: several goroutines draw from one run at once, the same as one after another.
func TestConcurrentDrawing(t *testing.T) {
	r := smallrun.Open(t, nil)
	drawn := func(seed int64) []float32 {
		s, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: 12, Batch: 5, Seed: seed}))
		if err != nil {
			t.Error(err)
			return nil
		}
		if _, err := s.Picture(draw.Layout{}); err != nil {
			t.Error(err)
		}
		return s.X
	}
	want := make([][]float32, 8)
	for i := range want {
		want[i] = drawn(int64(i))
	}
	got := make([][]float32, len(want))
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() { got[i] = drawn(int64(i)) })
	}
	all.Wait()
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("seed %d differs among others", i)
		}
	}
}

// TestSolver: the default suits the run, and a solver that doesn't is refused.
func TestSolver(t *testing.T) {
	for objective, want := range map[string]string{"am": draw.DefaultSolver, "eam": draw.DefaultNoisySolver} {
		cfg, err := run.Preset("moons", "")
		if err != nil {
			t.Fatal(err)
		}
		cfg.Objective = objective
		plan, err := cfg.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		solver, err := draw.Solver(plan, "", solve.Settings{})
		if err != nil || solver.Name() != want {
			t.Errorf("%s: got %v (%v), want %s", objective, solver, err, want)
		}
		other := map[string]string{"am": draw.DefaultNoisySolver, "eam": draw.DefaultSolver}[objective]
		var config run.ConfigError
		if _, err := draw.Solver(plan, other, solve.Settings{}); !errors.As(err, &config) {
			t.Errorf("%s by %s: got %v", objective, other, err)
		}
	}
}

// TestSolverOfImages: few steps by default, and a tolerance asks for an adaptive solver.
func TestSolverOfImages(t *testing.T) {
	cfg, err := run.Preset("mnist", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := cfg.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		set  solve.Settings
		want solve.Solver
	}{
		{solve.Settings{}, solve.AB2{Steps: draw.DefaultImageSteps}},
		{solve.Settings{Steps: 7}, solve.AB2{Steps: 7}},
		{solve.Settings{RTol: 1e-3}, solve.Dopri5{RTol: 1e-3, ATol: solve.DefaultTolerance}},
	} {
		got, err := draw.Solver(plan, "", test.set)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%+v (err %v):\n%s", test.set, err, diff)
		}
	}
	var config run.ConfigError
	if got, err := draw.Solver(plan, "", solve.Settings{RTol: 1e-3, Steps: 7}); !errors.As(err, &config) {
		t.Errorf("steps and a tolerance: got %v (%v)", got, err)
	}
}

// TestWeights: an unbalanced run has a weight for each sample.
func TestWeights(t *testing.T) {
	r := smallrun.Open(t, func(c *run.Config) { c.Objective = "uam" })
	s, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: 7, Batch: 4, Times: []float64{0.5}}))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.LogWeights) != 7 || len(s.States[0].LogWeights) != 7 || math.IsNaN(s.LogWeights[6]) {
		t.Errorf("got weights %v and %v", s.LogWeights, s.States)
	}
}
