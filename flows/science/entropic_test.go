package science_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// What entropic Action Matching learned, dx = ∇s dt + σ dW, has at every time the points of its probability flow
// dx = (∇s − ½σ²∇log q_t) dt, as far as 1000 points can tell; the drift alone has others. The path of the Gaussian toy
// has the score in closed form.
func TestTrainedDiffusionAndProbabilityFlow(t *testing.T) {
	const count, sigma = 1000, 1.2
	backend := testBackend(t)
	p := open(t, "gaussian", science.Options{Batch: 256, Seed: 1})
	model := flows.MLP{Hidden: []int{64, 64}}.Action()
	eam := flows.ActionMatching{Dynamics: flows.Dynamics{Diffusion: flows.ConstantDiffusion(sigma)}}
	vars, took := run{backend, p, model, eam, flows.TrainerConfig{LearningRate: 5e-3, Warmup: 20, ClipNorm: 10,
		EMADecay:  0.99,
		EMAWarmup: true, Seed: 1}, 800}.train(t)
	t.Logf("trained in %v", took)
	// q_t is N(t m, v I), v = (1 − t)² + t²/4.
	drift := func(half float64) flows.Action {
		return func(vars *mlcontext.Context, t, x *Node) *Node {
			wide := Reshape(t, -1, 1)
			mean := Mul(wide, ConvertDType(Const(x.Graph(), [][]float64{{3, 1}}), x.DType()))
			variance := Add(Square(OneMinus(wide)), MulScalar(Square(wide), 0.25))
			grad := Gradient(ReduceAllSum(model(vars, t, x)), x)[0]
			return Add(grad, MulScalar(Div(Sub(x, mean), variance), half))
		}
	}
	times := []float64{0.5, 0.8, 1}
	draw := func(model flows.Action, law flows.Dynamics, solver solve.Solver, seed int64) (clouds []eval.Cloud) {
		followed := flows.Model{Action: model, Path: p.Path, Objective: flows.ActionMatching{Dynamics: law}}
		sampler, err := flows.NewSampler(backend, vars, followed)
		if err != nil {
			t.Fatal(err)
		}
		defer sampler.Finalize()
		start, err := p.Source(seed, 0, count)
		if err != nil {
			t.Fatal(err)
		}
		end, err := sampler.Follow(t.Context(), solver, start, 0, 1, flows.FollowOptions{Seed: seed, Times: times})
		if err != nil {
			t.Fatal(err)
		}
		defer end.Finalize()
		for _, m := range end.Trajectory {
			clouds = append(clouds, points(t, m.X, nil))
		}
		return clouds
	}
	field := flows.FlowMatching{}.Motion()
	flow := func(seed int64) []eval.Cloud { return draw(drift(sigma*sigma/2), field, solve.Heun{Steps: 40}, seed) }
	ode, sde := flow(51), draw(model, eam.Motion(), solve.StochasticHeun{Steps: 64}, 60)
	alone := draw(drift(0), field, solve.Heun{Steps: 40}, 61)
	others := [][]eval.Cloud{flow(52), flow(53), flow(54), flow(55)}
	for i, at := range times {
		distance := func(other eval.Cloud) float64 {
			d, err := eval.MMD{Bandwidths: []float64{0.2, 0.5, 1.5}}.Squared(ode[i], other)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		chance := 0.0 // the largest between sets of the flow
		for _, other := range others {
			chance = max(chance, math.Abs(distance(other[i])))
		}
		if d := distance(sde[i]); off(d, 0, 3*chance) {
			t.Errorf("t = %g: MMD² between diffusion and flow is %.2g, between two sets of the flow at most %.2g", at,
				d, chance)
		}
		if d := distance(alone[i]); !(d >= 10*chance) {
			t.Errorf("t = %g: MMD² between the drift alone and the flow is %.2g: the test sees nothing, chance %.2g",
				at, d, chance)
		}
	}
	truth, err := p.Marginals[0].Points(3, count)
	want := points(t, truth, err)
	if d, err := (eval.MMD{Bandwidths: []float64{0.2, 0.5, 1.5}}).Squared(sde[2], want); err != nil || !(d <= 0.02) {
		t.Errorf("MMD² between the diffusion's end and the data is %.2g, err %v", d, err)
	}
}
