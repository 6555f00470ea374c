package science_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
)

func newRNG(seed int64) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 0x5c1e)) }

// scores is sliced score matching on any path: what follows are Langevin steps, not a diffusion's flow, so it needs no
// diffusion's path.
type scores struct{ flows.SlicedScoreMatching }

func (scores) Check(flows.Path) error { return nil }

// measureHydrogenScores learns ∇log q_t by sliced score matching and takes 1 000 samples of the start through the times
// by annealed Langevin dynamics: at each of 100 times a few steps x ← x + ½ε ∇log q_t + √ε z.
func measureHydrogenScores(t *testing.T) {
	backend := testBackend(t)
	p := hydrogenProblem(t)
	model := flows.MLP{Hidden: []int{256, 256, 256, 256}}.Field()
	ctx, took := run{backend, p, model, scores{}, hydrogenConfig(), hydrogenScoreSteps}.train(t)
	score, err := context.NewExec(backend, ctx.Reuse(), func(ctx *context.Context, time, x *Node) *Node {
		return model(ctx, BroadcastToDims(Reshape(time), x.Shape().Dimensions[0]), x)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, epsilon := range []float64{0.01, 0.03} {
		for _, inner := range []int{1, 5} {
			start, err := p.Source(7, 0, hydrogenParticles)
			if err != nil {
				t.Fatal(err)
			}
			x, rng := tensors.MustCopyFlatData[float32](start), newRNG(9)
			var states []eval.Cloud
			for step := 1; step <= 100; step++ {
				for range inner {
					out, err := score.Exec([]float32{float32(step) / 100}, tensors.FromFlatDataAndDimensions(x, hydrogenParticles, 3))
					if err != nil {
						t.Fatal(err)
					}
					for i, s := range tensors.MustCopyFlatData[float32](out[0]) {
						x[i] += float32(epsilon/2*float64(s) + math.Sqrt(epsilon)*rng.NormFloat64())
					}
				}
				if step%5 == 0 {
					states = append(states, points(t, tensors.FromFlatDataAndDimensions(x, hydrogenParticles, 3), nil))
				}
			}
			t.Logf("ε = %g, %d steps at each of 100 times:", epsilon, inner)
			reportHydrogen(t, "SSM, Langevin", took, p, states)
		}
	}
}
