package flows_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tilted is the target N(m·1, U diag(τ²) Uᵀ) in some shape of example, U orthogonal, reached from N(0, I) by the linear
// path: along axis i of U the variance is σᵢ² = (1 − t)² + t²τᵢ².
type tilted struct {
	mean float64
	tau  []float64
	axes [][]float64 // U by columns, as rows
	dims []int
}

var tiltedTargets = []tilted{
	{1.5, []float64{0.3, 1.4}, [][]float64{{0.8, 0.6}, {-0.6, 0.8}}, []int{2}},
	{-0.5, []float64{0.2, 0.5, 1, 2}, [][]float64{{.5, .5, .5, .5}, {.5, -.5, .5, -.5}, {.5, .5, -.5, -.5},
		{.5, -.5, -.5, .5}}, []int{2, 2, 1}},
}

// action is the true one, s* = m·x + ½ Σᵢ (σ̇ᵢ/σᵢ) yᵢ², y = Uᵀ(x − t m): its Hessian isn't diagonal.
func (q tilted) action(_ *mlcontext.Context, t, x *Node) *Node {
	flat := Reshape(x, x.Shape().Dimensions[0], -1)
	centred := Sub(flat, MulScalar(ExpandDims(t, 1), q.mean))
	s := MulScalar(ReduceSum(flat, 1), q.mean)
	for i, axis := range q.axes {
		y := ReduceSum(Mul(centred, ExpandDims(ConvertDType(Const(x.Graph(), axis), x.DType()), 0)), 1)
		variance := Add(Square(OneMinus(t)), MulScalar(Square(t), q.tau[i]*q.tau[i]))
		rate := Div(Sub(MulScalar(t, q.tau[i]*q.tau[i]), OneMinus(t)), variance)
		s = Add(s, MulScalar(Mul(rate, Square(y)), 0.5))
	}
	return s
}

// density is log q_1(x).
func (q tilted) density(x []float64) float64 {
	log := 0.0
	for i, axis := range q.axes {
		y := 0.0
		for j := range x {
			y += axis[j] * (x[j] - q.mean)
		}
		log -= y*y/(2*q.tau[i]*q.tau[i]) + math.Log(q.tau[i]) + math.Log(2*math.Pi)/2
	}
	return log
}

func likelihood(t testing.TB, q tilted, options flows.LikelihoodOptions) *flows.Likelihood {
	t.Helper()
	l, err := flows.NewLikelihood(testBackend(t), mlcontext.New(), plain(q.action, flows.Linear{}), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Finalize)
	return l
}

// With the exact trace the log-likelihood of the transported Gaussian is its closed form within 0.01 nats a
// dimension, at points far in the tails too, by adaptive and fixed steps, on points and images.
func TestExactLikelihood(t *testing.T) {
	for _, q := range tiltedTargets {
		l := likelihood(t, q, flows.LikelihoodOptions{Trace: flows.ExactTrace})
		x := noise(t, 41, 0, 50, q.dims...)
		points, dim := float64s(t, x), len(q.tau)
		for _, test := range []struct {
			solver    solve.Solver
			tolerance float64 // nats a dimension
		}{
			{solve.Dopri5{RTol: 1e-5, ATol: 1e-5}, 1e-3},
			{solve.RK4{Steps: 40}, 1e-3},
			{solve.Heun{Steps: 200}, 0.01},
		} {
			got, report, err := l.Log(t.Context(), test.solver, x, flows.LogOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i, g := range got {
				want := q.density(points[i*dim : (i+1)*dim])
				if !(math.Abs(g-want) <= test.tolerance*float64(dim)) {
					t.Errorf("%v by %s: log q = %.5f, want %.5f", q.dims, test.solver.Name(), g, want)
				}
			}
			if report.NFE < 20 || report.Solver != test.solver.Name() {
				t.Errorf("report %+v", report)
			}
		}
	}
}

// Hutchinson's estimate is the closed form within 3 standard errors over probes, for each example; its variance is
// there, Rademacher's less than Gaussian's, and many probes divide it.
func TestHutchinsonLikelihood(t *testing.T) {
	const examples, repeats = 5, 200 // in one batch, each with probes of its own
	for _, q := range tiltedTargets {
		dim := len(q.tau)
		points := float64s(t, noise(t, 42, 0, examples, q.dims...))
		var flat []float32
		for range repeats {
			for _, v := range points {
				flat = append(flat, float32(v))
			}
		}
		variances := map[string]float64{}
		for name, h := range map[string]flows.LikelihoodOptions{
			"Rademacher":   {Trace: flows.Hutchinson},
			"Gaussian":     {Trace: flows.Hutchinson, Probe: flows.Gaussian},
			"8 Rademacher": {Trace: flows.Hutchinson, Probes: 8},
		} {
			x := tensors.FromFlatDataAndDimensions(flat, append([]int{examples * repeats}, q.dims...)...)
			got, _, err := likelihood(t, q, h).Log(t.Context(), solve.RK4{Steps: 16}, x, flows.LogOptions{Seed: 47})
			if err != nil {
				t.Fatal(err)
			}
			estimates := make([][]float64, examples)
			for i, g := range got {
				estimates[i%examples] = append(estimates[i%examples], g)
			}
			for i, e := range estimates {
				mean, stderr, deviation := summary(e)
				want := q.density(points[i*dim : (i+1)*dim])
				if math.Abs(mean-want) > 3*stderr+1e-3 { // 16 steps are off by less than 1e-3
					t.Errorf("%v %s: log q = %.4f ± %.4f, want %.4f", q.dims, name, mean, stderr, want)
				}
				variances[name] += deviation * deviation / examples
			}
		}
		// 1000 estimates know a variance to 5 %.
		if r, g, many := variances["Rademacher"], variances["Gaussian"], variances["8 Rademacher"]; r < 0.1 ||
			g < 1.2*r || math.Abs(r/many-8) > 2 {
			t.Errorf("%v: variances %.3v", q.dims, variances)
		}
	}
}

// Example k has the same probes, and likelihood, in any batch; another seed has others.
func TestLikelihoodDoesNotDependOnTheBatch(t *testing.T) {
	q := tiltedTargets[1]
	l := likelihood(t, q, flows.LikelihoodOptions{Trace: flows.Hutchinson, Probe: flows.Gaussian, Probes: 3})
	log := func(seed int64, first, count int) []float64 {
		got, _, err := l.Log(t.Context(), solve.RK4{Steps: 8}, noise(t, 43, first, count, q.dims...),
			flows.LogOptions{Seed: seed, First: first})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	all := log(1, 0, 16)
	near := cmpopts.EquateApprox(1e-4, 1e-4)
	if diff := cmp.Diff(all[5:7], log(1, 5, 2), near); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(all, log(2, 0, 16), near) {
		t.Error("another seed has the same probes")
	}
}

// Other costs move particles along ∇c*(∇s), whose divergence counts: the p-norm's truth transports the same Gaussian.
func TestLikelihoodOfACost(t *testing.T) {
	q := gaussian{2, 0.5, []int{2}}
	plain := tilted{q.mean, []float64{q.tau, q.tau}, [][]float64{{1, 0}, {0, 1}}, q.dims}
	// Targets, not noise: far out, the 1.6-norm's action has a curvature without bound where v = 0.
	backend := testBackend(t)
	x := MustExecOnce(backend, func(z *Node) *Node { return AddScalar(MulScalar(z, q.tau), q.mean) },
		noise(t, 44, 0, 40, 2))
	points := float64s(t, x)
	for _, truth := range truths(t, q) {
		if truth.dynamics.Cost == nil {
			continue
		}
		// The closed form's pole, at t = 0.8, lies between two steps.
		model := moving(truth.action, flows.Linear{}, truth.dynamics)
		got, _, err := flows.LogLikelihood(t.Context(), backend, mlcontext.New(), model, solve.Midpoint{Steps: 96}, x,
			flows.LikelihoodOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range got {
			if want := plain.density(points[2*i : 2*i+2]); !(math.Abs(g-want) <= 0.02) {
				t.Errorf("%s: log q = %.4f, want %.4f", truth.name, g, want)
			}
		}
	}
}

// A model that is a vector field, as flow matching learns it, has the same likelihood as the action that it derives
// from.
func TestLikelihoodOfAField(t *testing.T) {
	q := tiltedTargets[1]
	field := func(vars *mlcontext.Context, t, x *Node) *Node {
		return Gradient(ReduceAllSum(q.action(vars, t, x)), x)[0]
	}
	x := noise(t, 46, 0, 20, q.dims...)
	points := float64s(t, x)
	model := flows.Model{Action: field, Path: flows.Linear{}, Objective: flows.FlowMatching{}}
	got, _, err := flows.LogLikelihood(t.Context(), testBackend(t), mlcontext.New(), model, solve.RK4{Steps: 40}, x,
		flows.LikelihoodOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range got {
		if want := q.density(points[4*i : 4*i+4]); !(math.Abs(g-want) <= 4e-3) {
			t.Errorf("log q = %.4f, want %.4f", g, want)
		}
	}
}

// Points have the exact trace and images Hutchinson's unless told otherwise.
func TestLikelihoodDefaults(t *testing.T) {
	wide := tilted{0.5, nil, nil, []int{4, 4, 1}}
	for i := range 16 {
		axis := make([]float64, 16)
		for j := range axis { // Hadamard's matrix
			axis[j] = 0.25 * float64(1-2*(popcount(i&j)%2))
		}
		wide.tau, wide.axes = append(wide.tau, 0.5+0.1*float64(i)), append(wide.axes, axis)
	}
	for _, q := range []tilted{tiltedTargets[1], wide} {
		l := likelihood(t, q, flows.LikelihoodOptions{})
		x := noise(t, 45, 0, 3, q.dims...)
		one, _, err := l.Log(t.Context(), solve.RK4{Steps: 8}, x, flows.LogOptions{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		two, _, err := l.Log(t.Context(), solve.RK4{Steps: 8}, x, flows.LogOptions{Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		if exact := len(q.tau) <= 12; cmp.Equal(one, two) != exact {
			t.Errorf("%v: the seed matters %v, want %v", q.dims, !cmp.Equal(one, two), !exact)
		}
	}
}

func popcount(n int) (ones int) {
	for ; n > 0; n >>= 1 {
		ones += n & 1
	}
	return ones
}

// Uniform grey levels have the density 2^−D on [−1, 1)^D: 8 bits. So has N(0, I)'s source, in closed form.
func TestBitsPerDimension(t *testing.T) {
	for _, dims := range []int{1, 784} {
		if got := flows.BitsPerDimension(-float64(dims)*math.Ln2, dims); !(math.Abs(got-8) <= 1e-12) {
			t.Errorf("%d uniform levels of 256: %g bits, want 8", dims, got)
		}
	}
	// An action without a flow leaves N(0, I): bits are those of log N, ½x² + ½log 2π nats a number, plus 7.
	still := func(_ *mlcontext.Context, t, x *Node) *Node { return MulScalar(sumAll(x), 0) }
	x := tensors.FromValue([][]float32{{0.5, -0.25, 0}})
	model := plain(still, flows.Linear{})
	got, _, err := flows.LogLikelihood(t.Context(), testBackend(t), mlcontext.New(), model, solve.Euler{Steps: 1}, x,
		flows.LikelihoodOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := ((0.25+0.0625)/2/3+math.Log(2*math.Pi)/2)/math.Ln2 + 7
	if bits := flows.BitsPerDimension(got[0], 3); !(math.Abs(bits-want) <= 1e-6) {
		t.Errorf("%g bits, want %g", bits, want)
	}
}

// unnatural starts from something else than N(0, I).
type unnatural struct{ flows.Linear }

func (unnatural) NormalSource() bool { return false }

// silent says nothing about its source.
type silent struct{ flows.Path }

func TestLikelihoodRefuses(t *testing.T) {
	backend, x := testBackend(t), tensors.FromValue([][]float32{{1, 2}})
	flat, exact := plain(quadratic, flows.Linear{}), flows.LikelihoodOptions{Trace: flows.ExactTrace}
	for _, test := range []struct {
		model   flows.Model
		solver  solve.Solver
		options flows.LikelihoodOptions
		x       *tensors.Tensor
		words   string
	}{
		{moving(quadratic, flows.Linear{}, flows.Dynamics{Diffusion: flows.ConstantDiffusion(1)}),
			solve.Euler{Steps: 2},
			flows.LikelihoodOptions{}, x, "that diffuse"},
		{moving(quadratic, flows.Linear{}, flows.Dynamics{Growth: true}), solve.Euler{Steps: 2},
			flows.LikelihoodOptions{}, x, "that grow"},
		{plain(quadratic, unnatural{}), solve.Euler{Steps: 2}, exact, x, "doesn't start from N(0, I)"},
		{plain(quadratic, silent{flows.Linear{}}), solve.Euler{Steps: 2}, exact, x,
			"path linear, for it doesn't start"},
		{plain(quadratic, circle{}), solve.Euler{Steps: 2}, exact, x, "circular"},
		{flat, solve.Euler{Steps: 2}, flows.LikelihoodOptions{Trace: flows.Hutchinson, Probes: -1}, x, "at least 1"},
		{flat, solve.Euler{Steps: 2}, flows.LikelihoodOptions{Trace: flows.ExactTrace, Probes: 2}, x, "leave them out"},
		{flat, solve.Euler{Steps: 2}, flows.LikelihoodOptions{Trace: 7}, x, "unknown trace 7"},
		{flat, solve.EulerMaruyama{Steps: 2}, exact, x, "no noise"},
		{flat, solve.Euler{Steps: 2}, exact, tensors.FromValue([]float32{1}), "give floats"},
		{flows.Model{Action: quadratic, Path: flows.Linear{}}, solve.Euler{Steps: 2}, exact, x, "without an objective"},
	} {
		_, _, err := flows.LogLikelihood(t.Context(), backend, mlcontext.New(), test.model, test.solver, test.x,
			test.options)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: err %v, want one that mentions %q", test.solver.Name(), err, test.words)
		}
	}
}
