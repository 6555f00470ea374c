package flows_test

import (
	"fmt"
	"testing"

	"github.com/amgen/amgen/flows"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// BenchmarkStep is one training step of the toy: 256 points, three hidden layers of 128.
func BenchmarkStep(b *testing.B) {
	for _, e := range []flows.Estimator{flows.Boundary, flows.Pathwise} {
		b.Run(fmt.Sprintf("shape=256x2/estimator=%v/impl=%s", e, defaultBackend), func(b *testing.B) {
			model := flows.Model{Action: flows.MLP{}.Action(), Path: flows.Linear{},
				Objective: flows.ActionMatching{Weight: flows.LinearDecay, Estimator: e}}
			trainer, err := flows.NewTrainer(testBackend(b), mlcontext.New(), model, flows.TrainerConfig{
				LearningRate: 1e-4, ClipNorm: 1, EMADecay: 0.9999, Seed: 1})
			if err != nil {
				b.Fatal(err)
			}
			data := toyData(b, 256, 1)
			if err := trainer.Run(b.Context(), data, 3); err != nil { // compile and warm up
				b.Fatal(err)
			}
			b.ResetTimer()
			if err := trainer.Run(b.Context(), data, b.N); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkVelocity is one evaluation of ∇ₓs of the same network.
func BenchmarkVelocity(b *testing.B) {
	sampler, err := flows.NewSampler(testBackend(b), mlcontext.New(), plain(flows.MLP{}.Action(), flows.Linear{}))
	if err != nil {
		b.Fatal(err)
	}
	defer sampler.Finalize()
	x, err := flows.Noise(1, 0, 256, 2)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("shape=256x2/impl="+defaultBackend, func(b *testing.B) {
		for b.Loop() {
			v, err := sampler.Velocity(0.5, x)
			if err != nil {
				b.Fatal(err)
			}
			v.MustFinalizeAll()
		}
	})
}
