package flows_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// truth is a law of motion with the action that has the Gaussian's marginals q_t, and the loss's integrand there:
// the loss is −∫ w(t) energy(t) dt.
type truth struct {
	name     string
	dynamics flows.Dynamics
	action   flows.Action
	energy   func(t float64) float64
	noisy    bool // the boundary estimator's variance says nothing
}

// truths are closed forms for q_t = N(t m·1, σ²I), σ² = (1 − t)² + t²τ², in D dimensions, y = (x − t m)/σ:
//
//   - entropic: ∇s = m + (σ̇/σ − g²/2σ²)(x − t m), of AM's drift plus ½g²∇log q_t;
//   - unbalanced: s = a·(x − t m) + b(‖y‖² − D), a = m/(1 + σ²), b = σσ̇/(2 + σ²), which solves
//     −∇·(q∇s) + qs = ∂ₜq, the energy is ½E‖∇s‖² + ½E s²;
//   - p-norm: ∇s = sign(v)|v|^(p−1) of the velocity v = m + (σ̇/σ)(x − t m), which each axis has to itself: the
//     energy is E c(v), by Fenchel's equality.
func truths(t *testing.T, q gaussian) []truth {
	t.Helper()
	dim := 1.0
	for _, d := range q.dims {
		dim *= float64(d)
	}
	m, tau := q.mean, q.tau
	sigma := func(t float64) (value, slope float64) {
		value = math.Sqrt((1-t)*(1-t) + t*t*tau*tau)
		return value, (t*tau*tau - (1 - t)) / value
	}
	all := []truth{}
	for _, noise := range []struct {
		name  string
		graph flows.Diffusion
		host  func(t float64) float64
	}{
		{"entropic", flows.ConstantDiffusion(0.8), func(float64) float64 { return 0.8 }},
		{"annealed", flows.AnnealedDiffusion(1.1), func(t float64) float64 { return 1.1 * (1 - t) }},
	} {
		all = append(all, truth{noise.name, flows.Dynamics{Diffusion: noise.graph},
			func(vars *mlcontext.Context, t, x *Node) *Node {
				variance, centred := q.centred(t, x)
				// but for a constant, which has no say
				logDensity := MulScalar(Div(sumAll(Square(centred)), variance), -0.5)
				return Add(q.action(0)(vars, t, x), MulScalar(Mul(Square(noise.graph(t)), logDensity), 0.5))
			},
			func(t float64) float64 {
				s, ds := sigma(t)
				g := noise.host(t)
				radial := ds - g*g/(2*s)
				return 0.5 * dim * (m*m + radial*radial)
			}, false})
	}
	all = append(all, truth{"unbalanced", flows.Dynamics{Growth: true},
		func(_ *mlcontext.Context, t, x *Node) *Node {
			variance, centred := q.centred(t, x)
			a := DivScalar(OnePlus(variance), m) // 1/a
			slope := Sub(MulScalar(t, tau*tau), OneMinus(t))
			b := Div(slope, AddScalar(variance, 2))
			return Add(Div(sumAll(centred), a), Mul(b, AddScalar(Div(sumAll(Square(centred)), variance), -dim)))
		},
		func(t float64) float64 {
			s, ds := sigma(t)
			a, b := m/(1+s*s), s*ds/(2+s*s)
			return 0.5 * dim * (a*a + 4*b*b/(s*s) + a*a*s*s + 2*b*b)
		}, false})
	for _, p := range []float64{4. / 3, 1.6, 2} {
		cost, err := flows.PNormCost(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, truth{fmt.Sprintf("%.2f-norm", p), flows.Dynamics{Cost: cost},
			func(_ *mlcontext.Context, t, x *Node) *Node {
				variance, centred := q.centred(t, x)
				rate := Div(Sub(MulScalar(t, tau*tau), OneMinus(t)), variance) // σ̇/σ
				wide := reshapeLike(rate, x)
				v := AddScalar(Mul(wide, centred), m)
				return Div(sumAll(PowScalar(Abs(v), p)), MulScalar(rate, p))
			},
			func(t float64) float64 {
				_, ds := sigma(t)
				return dim * gaussianMean(func(z float64) float64 { return math.Pow(math.Abs(m+ds*z), p) / p })
			}, true})
	}
	return all
}

// centred is σ² of each time, [batch], and x − t m, [batch, ...].
func (q gaussian) centred(t, x *Node) (variance, centred *Node) {
	variance = Add(Square(OneMinus(t)), MulScalar(Square(t), q.tau*q.tau))
	return variance, Sub(x, MulScalar(reshapeLike(t, x), q.mean))
}

func reshapeLike(t, x *Node) *Node {
	for t.Rank() < x.Rank() {
		t = ExpandDims(t, -1)
	}
	return t
}

func sumAll(x *Node) *Node {
	for x.Rank() > 1 {
		x = ReduceSum(x, -1)
	}
	return x
}

// gaussianMean is E f(z), z ~ N(0, 1), by the trapezoidal rule.
func gaussianMean(f func(z float64) float64) float64 {
	const n, reach = 300, 9.0
	sum := 0.0
	for i := range n + 1 {
		z := -reach + 2*reach*float64(i)/n
		sum += f(z) * math.Exp(-z*z/2)
	}
	return sum * 2 * reach / n / math.Sqrt(2*math.Pi)
}

// integral is ∫₀¹ f dt by the midpoint rule.
func integral(f func(t float64) float64) float64 {
	const n = 1000
	sum := 0.0
	for i := range n {
		sum += f((float64(i) + 0.5) / n)
	}
	return sum / n
}

// At the true action of each dynamics the loss has its closed form, by both estimators and any weight.
func TestDynamicsLossAtTheTrueAction(t *testing.T) {
	backend := testBackend(t)
	for _, q := range []gaussian{{2, 0.5, []int{2}}, {0.7, 0.4, []int{2, 2, 1}}} {
		for _, truth := range truths(t, q) {
			for _, w := range weights {
				for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
					if e == flows.Boundary && truth.noisy {
						continue // ∂ₜs of this closed form has a pole where σ̇ = 0
					}
					t.Run(fmt.Sprintf("%s/%v/w=%s/%v", truth.name, q.dims, w.name, e), func(t *testing.T) {
						am := flows.ActionMatching{Weight: w.graph, Estimator: e, Dynamics: truth.dynamics}
						got, stderr, _ := summary(losses(t, backend, truth.action, am, flows.UniformTimes{}, q, 40_000,
							11))
						want := -integral(func(t float64) float64 { return w.host(t) * truth.energy(t) })
						if math.Abs(got-want) > 4*stderr {
							t.Errorf("loss %.4f ± %.4f, want %.4f", got, stderr, want)
						}
						if stderr > 0.06*math.Abs(want) {
							t.Errorf("standard error %.4f is too large to say anything of %.4f", stderr, want)
						}
					})
				}
			}
		}
	}
}

// The closed forms are minima: any change of the action raises the loss, to either side. This is what tells a wrong
// energy (a Laplacian of half the size, say) from the right one, which the value alone might not.
func TestDynamicsTruthIsAMinimum(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{2, 0.5, []int{2}}
	for _, truth := range truths(t, q) {
		at := func(epsilon float64) []float64 {
			model := func(vars *mlcontext.Context, t, x *Node) *Node {
				bump := Mul(t, sumAll(Sin(x)))
				return Add(truth.action(vars, t, x), MulScalar(bump, epsilon))
			}
			am := flows.ActionMatching{Weight: flows.Constant, Estimator: flows.Pathwise, Dynamics: truth.dynamics}
			return losses(t, backend, model, am, flows.UniformTimes{}, q, 40_000, 12)
		}
		best := at(0)
		for _, epsilon := range []float64{-0.3, 0.3} {
			worse := at(epsilon)
			for i := range worse {
				worse[i] -= best[i]
			}
			if got, stderr, _ := summary(worse); got < 3*stderr {
				t.Errorf("%s, ε=%g: the loss changes by %.4f ± %.4f, want a rise", truth.name, epsilon, got, stderr)
			}
		}
	}
}

// On any network both estimators have one mean, whatever the dynamics and their union.
func TestEstimatorsAgreeForEveryDynamics(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{1, 0.5, []int{2}}
	model := flows.MLP{Hidden: []int{32, 32}}.Action()
	cost, err := flows.PNormCost(1.5)
	if err != nil {
		t.Fatal(err)
	}
	for name, dynamics := range map[string]flows.Dynamics{
		"entropic":   {Diffusion: flows.ConstantDiffusion(0.7)},
		"unbalanced": {Growth: true},
		"1.5-norm":   {Cost: cost},
		"all":        {Diffusion: flows.AnnealedDiffusion(0.7), Growth: true, Cost: cost},
	} {
		for _, w := range weights {
			var samples [2][]float64
			for i, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
				am := flows.ActionMatching{Weight: w.graph, Estimator: e, Dynamics: dynamics}
				samples[i] = losses(t, backend, model, am, flows.UniformTimes{}, q, 8_000, 13)
			}
			for i := range samples[0] {
				samples[0][i] -= samples[1][i]
			}
			if diff, stderr, _ := summary(samples[0]); math.Abs(diff) > 4*stderr {
				t.Errorf("%s w=%s: pathwise − boundary = %.4f ± %.4f, want 0", name, w.name, diff, stderr)
			}
		}
	}
}

// s = Σᵢ aᵢ sin xᵢ + ½(Σ xᵢ)² has the Laplacian D − Σ aᵢ sin xᵢ. Hutchinson's estimate has it in the mean, and with
// Rademacher probes its variance is that of the off-diagonal ones, 2·D(D − 1), where Gaussian ones have more.
func TestLaplacians(t *testing.T) {
	backend := testBackend(t)
	const batch, dim = 20_000, 3
	vars := mlcontext.New().Checked(false)
	if err := vars.SetRNGStateFromSeed(14); err != nil {
		t.Fatal(err)
	}
	exec, err := mlcontext.NewExec(backend, vars, func(vars *mlcontext.Context, g *Graph) []*Node {
		x := Identity(StopGradient(vars.RandomNormal(g, shapes.Make(dtypes.Float64, batch, dim))))
		a := Const(g, [][]float64{{1, -2, 0.5}})
		s := Add(sumAll(Mul(a, Sin(x))), MulScalar(Square(sumAll(x)), 0.5))
		grad := Gradient(ReduceAllSum(s), x)[0]
		want := AddScalar(Neg(sumAll(Mul(a, Sin(x)))), dim)
		rademacher := flows.HutchinsonLaplacian(vars, flows.Rademacher, 1)
		gaussian := flows.HutchinsonLaplacian(vars, flows.Gaussian, 1)
		many := flows.HutchinsonLaplacian(vars, flows.Gaussian, 8)
		var out []*Node
		for _, laplacian := range []flows.Laplacian{flows.ExactLaplacian, rademacher, gaussian, many} {
			out = append(out, Sub(laplacian(grad, x), want))
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range tensors.MustCopyFlatData[float64](out[0]) {
		if !(math.Abs(d) <= 1e-12) {
			t.Fatalf("the exact Laplacian is off by %g", d)
		}
	}
	var variances []float64
	for i, name := range []string{"Rademacher", "Gaussian", "Gaussian, 8 probes"} {
		mean, stderr, deviation := summary(tensors.MustCopyFlatData[float64](out[i+1]))
		if math.Abs(mean) > 4*stderr {
			t.Errorf("%s: off by %.4f ± %.4f in the mean", name, mean, stderr)
		}
		variances = append(variances, deviation*deviation)
	}
	if want := 2.0 * dim * (dim - 1); math.Abs(variances[0]-want) > 0.05*want {
		t.Errorf("variance of a Rademacher probe %.3f, want %g", variances[0], want)
	}
	if variances[1] < 1.2*variances[0] {
		t.Errorf("variance of a Gaussian probe %.3f, of a Rademacher one %.3f, want much less", variances[1],
			variances[0])
	}
	if ratio := variances[1] / variances[2]; math.Abs(ratio-8) > 1 {
		t.Errorf("8 probes divide the variance by %.2f", ratio)
	}
}

// A p-norm's velocity is the gradient of its conjugate, sign(y)|y|^(q−1), which is 0 at 0; p outside (1, 2] is refused.
func TestPNormVelocity(t *testing.T) {
	backend := testBackend(t)
	ys := []float64{-3, -0.5, 0, 1e-3, 0.7, 2}
	for _, p := range []float64{1.2, 1.25, 4. / 3, 1.5, 1.9, 2} {
		cost, err := flows.PNormCost(p)
		if err != nil {
			t.Fatal(err)
		}
		v := MustExecOnce(backend, func(y *Node) *Node { return cost.Velocity(y) }, [][]float64{ys})
		for i, got := range tensors.MustCopyFlatData[float64](v) {
			want := math.Copysign(math.Pow(math.Abs(ys[i]), 1/(p-1)), ys[i])
			if !(math.Abs(got-want) <= 1e-12*(1+math.Abs(want))) {
				t.Errorf("p=%g: velocity at %g is %g, want %g", p, ys[i], got, want)
			}
		}
	}
	for _, p := range []float64{1, 0, 2.5, math.NaN(), math.Inf(1)} {
		if _, err := flows.PNormCost(p); err == nil {
			t.Errorf("p=%g: no error", p)
		}
	}
}

// Particles of a p-norm's dynamics follow ∇c*(∇s), so the true action transports the source to the target.
func TestSampleFollowsTheCost(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{2, 0.5, []int{2}}
	noise, err := flows.Noise(15, 0, 4096, q.dims...)
	if err != nil {
		t.Fatal(err)
	}
	for _, truth := range truths(t, q) {
		if truth.dynamics.Cost == nil {
			continue
		}
		// The closed form's pole, at t = 0.8, lies between two steps.
		model := moving(truth.action, flows.Linear{}, truth.dynamics)
		x, _, err := flows.Sample(t.Context(), backend, mlcontext.New(), model, solve.Midpoint{Steps: 96}, noise)
		if err != nil {
			t.Fatal(err)
		}
		var sample []float64
		for _, v := range tensors.MustCopyFlatData[float32](x) {
			sample = append(sample, float64(v))
		}
		mean, stderr, deviation := summary(sample)
		if math.Abs(mean-q.mean) > 4*stderr || math.Abs(deviation-q.tau) > 0.02 {
			t.Errorf("%s: mean %.4f ± %.4f and deviation %.4f, want %g and %g", truth.name, mean, stderr, deviation,
				q.mean, q.tau)
		}
	}
}

// The registry refuses settings that an objective doesn't have, and says why.
func TestObjectiveSettings(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings flows.ObjectiveSettings
		words    string
	}{
		{"am", flows.ObjectiveSettings{Sigma: 0.1}, "use eam or euam"},
		{"uam", flows.ObjectiveSettings{Anneal: true}, "use eam or euam"},
		{"eam", flows.ObjectiveSettings{Sigma: -1}, "give a positive number"},
		{"eam", flows.ObjectiveSettings{Sigma: math.NaN()}, "give a positive number"},
		{"am", flows.ObjectiveSettings{CostP: 3}, "give 1 < p ≤ 2"},
	} {
		_, err := flows.ObjectiveByName(test.name, test.settings)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s %+v: err %v, want one that mentions %q", test.name, test.settings, err, test.words)
		}
	}
	objective, err := flows.ObjectiveByName("euam", flows.ObjectiveSettings{Sigma: 0.2, CostP: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	if motion := objective.Motion(); motion.Diffusion == nil || motion.Cost == nil || !motion.Growth {
		t.Errorf("euam with a 1.5-norm moves by %+v, want all of them", motion)
	}
}
