package flows_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Particles that follow the true scores by Langevin dynamics come after q_t: the mean lags by its speed over the rate
// ½σ²/variance at which they forget, the deviation is that of a time as much earlier. With little noise they stay
// behind.
func TestLangevinFollowsTheMarginals(t *testing.T) {
	q := gaussian{2, 0.5, []int{2}}
	score := func(_ *mlcontext.Context, t, x *Node) *Node {
		variance, centred := q.centred(t, x)
		return Neg(Div(centred, reshapeLike(variance, x)))
	}
	end := func(sigma float64, steps int) (mean, deviation float64) {
		ssm := flows.SlicedScoreMatching{Langevin: flows.ConstantDiffusion(sigma)}
		if err := ssm.Check(flows.Linear{}); err != nil {
			t.Fatal(err)
		}
		s := sampler(t, moving(score, flows.Linear{}, ssm.Motion()))
		p := follow(t, s, solve.StochasticHeun{Steps: steps}, noise(t, 71, 0, 4096, 2), flows.FollowOptions{Seed: 72})
		mean, _, deviation = summary(float64s(t, p.X))
		return mean, deviation
	}
	lag := q.mean / (0.5 * 36 / (q.tau * q.tau))
	// 8192 numbers know the mean to 0.0055 and the deviation to 0.004; the second-order terms of the lag are as small.
	if mean, deviation := end(6, 400); math.Abs(mean-(q.mean-lag)) > 0.025 || math.Abs(deviation-q.tau) > 0.02 {
		t.Errorf("σ = 6: mean %.4f and deviation %.4f, want %.4f and %g", mean, deviation, q.mean-lag, q.tau)
	}
	if mean, _ := end(0.5, 100); mean > 0.5*q.mean {
		t.Errorf("σ = ½: mean %.4f, as if it didn't lag", mean)
	}
}

// Of a diffusion's predicted noise the dynamics is the same, with noise in proportion to what x_t holds.
func TestLangevinOfPredictedNoise(t *testing.T) {
	q := gaussian{1, 0.5, []int{2}}
	dsm := flows.DenoisingScoreMatching{Langevin: flows.ConstantDiffusion(20)}
	var field flows.Action
	for _, b := range baselines(q) {
		if b.name == "dsm" {
			field = b.field
		}
	}
	s := sampler(t, moving(field, flows.VP{}, dsm.Motion()))
	p := follow(t, s, solve.StochasticHeun{Steps: 1000}, noise(t, 73, 0, 2048, 2), flows.FollowOptions{Seed: 74})
	// It stops when the noise is small, where q_t is nearly the data.
	if mean, _, deviation := summary(float64s(t, p.X)); math.Abs(mean-q.mean) > 0.05 ||
		math.Abs(deviation-q.tau) > 0.06 {
		t.Errorf("mean %.4f and deviation %.4f, want about %g and %g", mean, deviation, q.mean, q.tau)
	}
	if dsm.Check(flows.Linear{}) == nil {
		t.Error("dsm takes a path without its noise")
	}
}
