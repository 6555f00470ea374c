package weights_test

import (
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/weights"
)

// trainToy trains a small action on points for steps more, from what ctx holds and from the data's
// given position, and returns the losses.
func trainToy(t *testing.T, backend backends.Backend, ctx *context.Context, position, steps int) (losses []float64) {
	t.Helper()
	data, err := flows.NewPoints("gaussian", 16, 2, 5, func(rng *rand.Rand, p []float32) {
		for i := range p {
			p[i] = float32(rng.NormFloat64())/2 + float32(3-2*i)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	data.Seek(position)
	action := flows.MLP{Hidden: []int{8, 8}}.Action()
	tr, err := flows.NewTrainer(backend, ctx, flows.Model{Action: action, Path: flows.Linear{},
		Objective: flows.ActionMatching{}},
		flows.TrainerConfig{Seed: 7, Warmup: 3, ClipNorm: 1, EMADecay: 0.9, OnStep: func(s flows.Step) error {
			losses = append(losses, s.Loss)
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context(), data, steps); err != nil {
		t.Fatal(err)
	}
	return losses
}

// TestResumeBitForBit: training that goes through a checkpoint on disk and a new context gives the
// losses and, at the end, every variable of training that was never interrupted, bit for bit.
func TestResumeBitForBit(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	whole := context.New()
	want := trainToy(t, backend, whole, 0, 8)

	first := context.New()
	got := trainToy(t, backend, first, 0, 5)
	state, err := weights.Snapshot(first, optimizer.EMAScope, weights.State{})
	if err != nil {
		t.Fatal(err)
	}
	if len(state.EMA) == 0 {
		t.Error("no averages in the snapshot")
	}
	state.Step, state.Position = 5, 5
	dir := t.TempDir()
	if _, _, err := weights.Save(dir, state); err != nil {
		t.Fatal(err)
	}
	saved, _, err := weights.Latest(dir)
	if err != nil {
		t.Fatal(err)
	}
	resumed := context.New()
	if err := weights.Install(resumed, saved.Variables(optimizer.EMAScope)); err != nil {
		t.Fatal(err)
	}
	got = append(got, trainToy(t, backend, resumed, int(saved.Position), 3)...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("losses (-uninterrupted +resumed):\n%s", diff)
	}
	a, err := weights.FromContext(whole)
	if err != nil {
		t.Fatal(err)
	}
	b, err := weights.FromContext(resumed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("variables (-uninterrupted +resumed):\n%s", diff)
	}
}
