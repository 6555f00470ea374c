package flows_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// blobs is a mixture of Gaussians N(m, τ²I) in the plane, reached from N(0, I) by the linear path, so that q_t is the
// mixture of N(t m, σ²I), σ² = (1 − t)² + t²τ².
var blobs = []struct {
	weight, tau float64
	mean        []float64
}{{0.5, 0.3, []float64{2, 0}}, {0.3, 0.6, []float64{-1.5, 1.5}}, {0.2, 0.2, []float64{-1, -2}}}

// blobField is the velocity E[ẋ_t | x_t = x] of the marginals, plus half the variance of the noise times the score.
func blobField(half float64) flows.Action {
	return func(_ *mlcontext.Context, t, x *Node) *Node {
		wide := ExpandDims(t, 1)
		var logs, velocities []*Node
		for _, b := range blobs {
			mean := ConvertDType(Const(x.Graph(), [][]float64{b.mean}), x.DType())
			centred := Sub(x, Mul(wide, mean))
			variance := Add(Square(OneMinus(wide)), MulScalar(Square(wide), b.tau*b.tau)) // [batch, 1]
			rate := Div(Sub(MulScalar(wide, b.tau*b.tau), OneMinus(wide)), variance)      // σ̇/σ
			velocities = append(velocities, Sub(Add(mean, Mul(rate, centred)), MulScalar(Div(centred, variance), half)))
			log := Sub(MulScalar(Div(ReduceAndKeep(Square(centred), ReduceSum, 1), variance), -0.5), Log(variance))
			logs = append(logs, AddScalar(log, math.Log(b.weight)))
		}
		shares := Softmax(Concatenate(logs, 1), 1) // [batch, blobs]
		sum := ZerosLike(x)
		for i, v := range velocities {
			sum = Add(sum, Mul(Slice(shares, AxisRange(), AxisRange(i, i+1)), v))
		}
		return sum
	}
}

// The stochastic equation dx = (v + ½g²∇log q) dt + g dW and its probability flow dx = v dt have one distribution at
// the end, that of the data, to within what 1000 points can tell; the drift of the first without its noise has
// another.
func TestDiffusionAndProbabilityFlowHaveTheSameMarginals(t *testing.T) {
	const count, g = 1000, 0.9
	law := flows.FlowMatching{}.Motion()
	noisy := law
	noisy.Diffusion = flows.ConstantDiffusion(g)
	flow := sampler(t, moving(blobField(0), flows.Linear{}, law))
	drift := sampler(t, moving(blobField(g*g/2), flows.Linear{}, law))
	diffusion := sampler(t, moving(blobField(g*g/2), flows.Linear{}, noisy))
	draw := func(s *flows.Sampler, solver solve.Solver, seed int64) eval.Cloud {
		p := follow(t, s, solver, noise(t, seed, 0, count, 2), flows.FollowOptions{Seed: seed})
		cloud, err := eval.CloudOf(p.X)
		if err != nil {
			t.Fatal(err)
		}
		return cloud
	}
	distance := func(a, b eval.Cloud) float64 {
		d, err := eval.MMD{Bandwidths: []float64{0.3, 1, 3}}.Squared(a, b)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	ode := draw(flow, solve.Heun{Steps: 40}, 51)
	chance := 0.0 // the largest between two sets of the same distribution
	for seed := int64(52); seed < 57; seed++ {
		chance = max(chance, math.Abs(distance(ode, draw(flow, solve.Heun{Steps: 40}, seed))))
	}
	sde := draw(diffusion, solve.StochasticHeun{Steps: 64}, 60)
	if d := distance(ode, sde); !(math.Abs(d) <= 3*chance) {
		t.Errorf("MMD² between diffusion and flow is %.2g, between two sets of the flow at most %.2g", d, chance)
	}
	if d := distance(ode, draw(drift, solve.Heun{Steps: 40}, 61)); !(d >= 10*chance) {
		t.Errorf("MMD² between the drift alone and the flow is %.2g: the test sees nothing, chance %.2g", d, chance)
	}
}
