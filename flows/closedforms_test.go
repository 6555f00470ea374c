package flows_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// What docs/measurements/science.md says of closed forms is measured by
//
//	go test ./flows -run TestTrainedClosedForms -v -closed-forms
//
// Without the flag networks are trained for a moment, and are held to less.
var closedForms = flag.Bool("closed-forms", false, "train long enough for errors of 5 %: it takes minutes")

// schooling is how long a network is trained for a closed form.
type schooling struct {
	hidden []int
	batch  int
	rate   float64 // of learning, at first
	steps  int
	error  float64 // relative, that is allowed
}

// Trained networks recover the closed forms: on held-out points of N(0, I) → N(2, ½²) in the plane, t even in [0, 1],
// the relative L2 error of ∇s is at most 5 %.
func TestTrainedClosedForms(t *testing.T) {
	how := schooling{[]int{32, 32}, 128, 1e-2, 300, 0.16}
	if *closedForms {
		how = schooling{[]int{64, 64, 64}, 512, 5e-3, 3000, 0.05}
	}
	backend, q := testBackend(t), gaussian{2, 0.5, []int{2}}
	all := append([]truth{{name: "am", action: q.action(0)}}, truths(t, q)...)
	for _, truth := range all {
		for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			if !*closedForms && (e == flows.Boundary && truth.name != "am" ||
				!slices.Contains([]string{"am", "entropic", "1.60-norm"}, truth.name)) {
				continue // the variance takes longer, or it is much like another
			}
			t.Run(fmt.Sprintf("%s/%v", truth.name, e), func(t *testing.T) {
				start := time.Now()
				found, ema := how.train(t, backend, q, truth.dynamics, e)
				took := time.Since(start)
				relative := gradientError(t, backend, q, ema, found, truth.action)
				t.Logf("| %s | %v | %.1f s | %.2f %% |", truth.name, e, took.Seconds(), 100*relative)
				if !(relative <= how.error) {
					t.Errorf("relative error %.3f of ∇s, want at most %g", relative, how.error)
				}
			})
		}
	}
}

// train learns the action, and returns it with its averaged variables.
func (how schooling) train(t *testing.T, backend backends.Backend, q gaussian, d flows.Dynamics,
	e flows.Estimator) (flows.Action, *mlcontext.Context) {
	t.Helper()
	data, err := flows.NewPoints("gaussian", how.batch, 2, 1, func(rng *rand.Rand, p []float32) {
		for i := range p {
			p[i] = float32(q.mean + q.tau*rng.NormFloat64())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	model := flows.MLP{Hidden: how.hidden}.Action()
	if d.Growth {
		model = flows.MLP{Hidden: how.hidden}.Signed()
	}
	vars := mlcontext.New()
	learned := flows.Model{Action: model, Path: flows.Linear{Antithetic: true},
		Objective: flows.ActionMatching{Weight: flows.Constant, Estimator: e, Dynamics: d}}
	trainer, err := flows.NewTrainer(backend, vars, learned, flows.TrainerConfig{
		LearningRate: how.rate, Warmup: 20, Decay: optimizer.CosineDecay, DecaySteps: how.steps, ClipNorm: 10,
		EMADecay:  0.99,
		EMAWarmup: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(t.Context(), data, how.steps); err != nil {
		t.Fatal(err)
	}
	ema, err := flows.EMAContext(vars)
	if err != nil {
		t.Fatal(err)
	}
	return model, ema
}

// gradientError is √(E‖∇s − ∇s*‖²/E‖∇s*‖²) over points that nothing was trained on.
func gradientError(t *testing.T, backend backends.Backend, q gaussian, vars *mlcontext.Context, found,
	truth flows.Action) float64 {
	t.Helper()
	const n = 20_000
	rng := rand.New(rand.NewPCG(41, 0))
	times, points := make([]float32, n), make([][]float32, n)
	for i := range points {
		when := (float64(i) + 0.5) / n
		sigma := math.Hypot(1-when, when*q.tau)
		times[i] = float32(when)
		points[i] = []float32{float32(when*q.mean + sigma*rng.NormFloat64()),
			float32(when*q.mean + sigma*rng.NormFloat64())}
	}
	gradient := func(model flows.Action) []float64 {
		out, err := mlcontext.ExecOnce(backend, vars, func(vars *mlcontext.Context, t, x *Node) *Node {
			return Gradient(ReduceAllSum(model(vars, t, x)), x)[0]
		}, tensors.FromValue(times), tensors.FromValue(points))
		if err != nil {
			t.Fatal(err)
		}
		return float64s(t, out)
	}
	got, want := gradient(found), gradient(truth)
	off, all := 0.0, 0.0
	for i := range got {
		off += (got[i] - want[i]) * (got[i] - want[i])
		all += want[i] * want[i]
	}
	return math.Sqrt(off / all)
}
