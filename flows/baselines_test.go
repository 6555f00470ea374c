package flows_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// baseline is an objective with its true field for N(0, I) → N(m, τ²I) in 2 dimensions, and the loss there at t;
// decayed is the objective with the weight 1 − t.
type baseline struct {
	name               string
	objective, decayed flows.Objective
	path               flows.Path
	field              flows.Action
	loss               func(t float64) float64
}

// On the path x_t = a x₀ + b x₁ with σ_t² = a² + b²τ²: the noise is E[x₀ | x_t] = a(x − bm)/σ_t² with variance
// 1 − a²/σ_t², the score −(x − bm)/σ_t², and on the linear path the velocity m + (σ̇/σ)(x − tm) with 1 + τ² − σ̇².
func baselines(q gaussian) []baseline {
	const dim = 2
	vpVariance := func(t *Node) (a, b, variance *Node) {
		u := OneMinus(t)
		b = Exp(Neg(Add(MulScalar(u, 0.05), MulScalar(Square(u), 19.9/4))))
		a = Sqrt(OneMinus(Square(b)))
		return a, b, Add(Square(a), MulScalar(Square(b), q.tau*q.tau))
	}
	host := func(t float64) (a, b, variance float64) {
		b = vpAlpha(t)
		a = math.Sqrt(1 - b*b)
		return a, b, a*a + b*b*q.tau*q.tau
	}
	noise := func(t, x *Node) *Node {
		a, b, variance := vpVariance(t)
		return Mul(reshapeLike(Div(a, variance), x), Sub(x, reshapeLike(MulScalar(b, q.mean), x)))
	}
	return []baseline{
		{"fm", flows.FlowMatching{}, flows.FlowMatching{Weight: flows.LinearDecay}, flows.Linear{},
			func(_ *mlcontext.Context, t, x *Node) *Node {
				variance, centred := q.centred(t, x)
				slope := Sub(MulScalar(t, q.tau*q.tau), OneMinus(t))
				return AddScalar(Mul(reshapeLike(Div(slope, variance), x), centred), q.mean)
			},
			func(t float64) float64 {
				variance := (1-t)*(1-t) + t*t*q.tau*q.tau
				slope := t*q.tau*q.tau - (1 - t)
				return 0.5 * dim * (1 + q.tau*q.tau - slope*slope/variance)
			}},
		{"dsm", flows.DenoisingScoreMatching{}, flows.DenoisingScoreMatching{Weight: flows.LinearDecay}, flows.VP{},
			func(_ *mlcontext.Context, t, x *Node) *Node { return noise(t, x) },
			func(t float64) float64 {
				a, _, variance := host(t)
				return 0.5 * dim * (1 - a*a/variance)
			}},
		{"ssm", flows.SlicedScoreMatching{}, flows.SlicedScoreMatching{Weight: flows.LinearDecay}, flows.VP{},
			func(_ *mlcontext.Context, t, x *Node) *Node {
				_, b, variance := vpVariance(t)
				return Div(Sub(reshapeLike(MulScalar(b, q.mean), x), x), reshapeLike(variance, x))
			},
			func(t float64) float64 {
				_, _, variance := host(t)
				return -0.5 * dim / variance
			}},
	}
}

// At the true field the loss of each baseline has its closed form, weighted too and at times of any density, any other
// field has a larger one, and following the true field leads from the source to the target.
func TestBaselinesAtTheTrueField(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{2, 0.5, []int{2}}
	for _, b := range baselines(q) {
		at := func(objective flows.Objective, times flows.Times, epsilon float64) []float64 {
			vars := mlcontext.New().Checked(false)
			if err := vars.SetRNGStateFromSeed(51); err != nil {
				t.Fatal(err)
			}
			model := func(vars *mlcontext.Context, t, x *Node) *Node {
				return Add(b.field(vars, t, x), MulScalar(Sin(x), epsilon))
			}
			loss, err := mlcontext.ExecOnce(backend, vars, func(vars *mlcontext.Context, g *Graph) *Node {
				return objective.Loss(vars, model, b.path, times, q.data(vars, g, dtypes.Float64, 40_000))
			})
			if err != nil {
				t.Fatal(err)
			}
			return tensors.MustCopyFlatData[float64](loss)
		}
		decayed := func(t float64) float64 { return (1 - t) * b.loss(t) }
		for _, test := range []struct {
			name      string
			objective flows.Objective
			times     flows.Times
			want      float64
		}{
			{"w=1, p=1", b.objective, flows.UniformTimes{}, integral(b.loss)},
			{"w=1, p=½+t", b.objective, risingTimes{}, integral(b.loss)},
			{"w=1-t, p=½+t", b.decayed, risingTimes{}, integral(decayed)},
		} {
			got, stderr, _ := summary(at(test.objective, test.times, 0))
			if math.Abs(got-test.want) > 4*stderr || stderr > 0.05*math.Abs(test.want) {
				t.Errorf("%s, %s: loss %.4f ± %.4f, want %.4f", b.name, test.name, got, stderr, test.want)
			}
		}
		best := at(b.objective, flows.UniformTimes{}, 0)
		for _, epsilon := range []float64{-0.5, 0.5} {
			worse := at(b.objective, flows.UniformTimes{}, epsilon)
			for i := range worse {
				worse[i] -= best[i]
			}
			if rise, stderr, _ := summary(worse); rise < 3*stderr {
				t.Errorf("%s, ε=%g: the loss changes by %.4f ± %.4f, want a rise", b.name, epsilon, rise, stderr)
			}
		}
		start, err := flows.Noise(52, 0, 4096, q.dims...)
		if err != nil {
			t.Fatal(err)
		}
		model := flows.Model{Action: b.field, Path: b.path, Objective: b.objective}
		x, _, err := flows.Sample(t.Context(), backend, mlcontext.New(), model, solve.Heun{Steps: 200}, start)
		if err != nil {
			t.Fatal(err)
		}
		var sample []float64
		for _, v := range tensors.MustCopyFlatData[float32](x) {
			sample = append(sample, float64(v))
		}
		// The diffusion starts a little off: its mean at t = 0 is 0.0066·m, which the flow keeps in proportion.
		if mean, _, deviation := summary(sample); math.Abs(mean-q.mean) > 0.04 || math.Abs(deviation-q.tau) > 0.02 {
			t.Errorf("%s: mean %.4f and deviation %.4f, want %g and %g", b.name, mean, deviation, q.mean, q.tau)
		}
	}
}

// A baseline refuses a path without what it needs, an action, and settings that it doesn't have.
func TestBaselinesRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		objective flows.Objective
		path      flows.Path
		words     string
	}{
		"fm":  {flows.FlowMatching{}, onlySamples{}, "ẋ_t"},
		"dsm": {flows.DenoisingScoreMatching{}, flows.Linear{}, "use path vp"},
		"ssm": {flows.SlicedScoreMatching{}, flows.Trig{}, "use path vp"},
	} {
		if err := test.objective.Check(test.path); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: err %v, want one that mentions %q", name, err, test.words)
		}
		for _, settings := range []flows.ObjectiveSettings{{Sigma: -1}, {Anneal: true}, {CostP: 1.5},
			{Estimator: flows.Boundary}} {
			if _, err := flows.ObjectiveByName(name, settings); err == nil {
				t.Errorf("%s takes %+v", name, settings)
			}
		}
	}
	if _, err := flows.ObjectiveByName("fm", flows.ObjectiveSettings{Sigma: 1}); err == nil {
		t.Error("fm takes noise")
	}
	_, err := mlcontext.ExecOnce(testBackend(t), mlcontext.New(), func(vars *mlcontext.Context, data *Node) *Node {
		return flows.FlowMatching{}.Loss(vars, flows.MLP{}.Action(), flows.Linear{}, flows.WeylTimes{}, data)
	}, [][]float32{{1, 2}})
	if err == nil || !strings.Contains(err.Error(), "learns a vector field") {
		t.Errorf("an action as a model of fm: err %v", err)
	}
}
