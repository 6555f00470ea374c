package flows_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// gaussian is the target N(m·1, τ²I) in some shape of example, reached from N(0, I) by the linear path:
// q_t = N(t m·1, σ_t² I) with σ_t² = (1 − t)² + t²τ².
type gaussian struct {
	mean, tau float64
	dims      []int
}

// data draws n examples inside the graph.
func (q gaussian) data(vars *mlcontext.Context, g *Graph, dtype dtypes.DType, n int) *Node {
	z := vars.RandomNormal(g, shapes.Make(dtype, append([]int{n}, q.dims...)...))
	return AddScalar(MulScalar(z, q.tau), q.mean)
}

// action is the true one, s* = ṁ·x + (σ̇/2σ)‖x − m_t‖², plus epsilon times t·Σ sin x.
func (q gaussian) action(epsilon float64) flows.Action {
	return func(_ *mlcontext.Context, t, x *Node) *Node {
		sum := func(v *Node) *Node {
			for v.Rank() > 1 {
				v = ReduceSum(v, -1)
			}
			return v
		}
		wide := t
		for wide.Rank() < x.Rank() {
			wide = ExpandDims(wide, -1)
		}
		variance := Add(Square(OneMinus(t)), MulScalar(Square(t), q.tau*q.tau)) // σ²
		slope := Sub(MulScalar(t, q.tau*q.tau), OneMinus(t))                    // σσ̇
		quadratic := Mul(Div(slope, variance), sum(Square(Sub(x, MulScalar(wide, q.mean)))))
		s := Add(MulScalar(sum(x), q.mean), MulScalar(quadratic, 0.5))
		return Add(s, MulScalar(Mul(t, sum(Sin(x))), epsilon))
	}
}

// loss is −½∫ w(t) E‖v*‖² dt, with E‖v*‖² = D (m² + σ̇²), by Simpson's rule.
func (q gaussian) loss(w func(t float64) float64) float64 {
	dim := 1
	for _, d := range q.dims {
		dim *= d
	}
	integrand := func(t float64) float64 {
		variance := (1-t)*(1-t) + t*t*q.tau*q.tau
		slope := t*q.tau*q.tau - (1 - t)
		return w(t) * float64(dim) * (q.mean*q.mean + slope*slope/variance)
	}
	const n = 2000
	sum := integrand(0) + integrand(1)
	for i := 1; i < n; i++ {
		sum += integrand(float64(i)/n) * float64(2+2*(i%2))
	}
	return -0.5 * sum / (3 * n)
}

// losses draws n losses of single examples.
func losses(t *testing.T, backend backends.Backend, model flows.Action, am flows.ActionMatching, times flows.Times,
	q gaussian, n int, seed int64) []float64 {
	t.Helper()
	return lossesOn(t, backend, flows.Linear{}, model, am, times, q, n, seed)
}

func lossesOn(t *testing.T, backend backends.Backend, path flows.Path, model flows.Action, am flows.ActionMatching,
	times flows.Times, q gaussian, n int, seed int64) []float64 {
	t.Helper()
	vars := mlcontext.New().Checked(false)
	if err := vars.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	exec, err := mlcontext.NewExec(backend, vars, func(vars *mlcontext.Context, g *Graph) *Node {
		return am.Loss(vars, model, path, times, q.data(vars, g, dtypes.Float64, n))
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec()
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float64](out[0])
}

var weights = []struct {
	name  string
	graph flows.Weight
	host  func(t float64) float64
}{
	{"1", flows.Constant, func(float64) float64 { return 1 }},
	{"1-t", flows.LinearDecay, func(t float64) float64 { return 1 - t }},
	{"t(1-t)", flows.Weight{Func: func(t *Node) *Node { return Mul(t, OneMinus(t)) }},
		func(t float64) float64 { return t * (1 - t) }},
}

// Each weight of the registry is the function that its name says.
func TestWeightByName(t *testing.T) {
	backend := testBackend(t)
	at := map[string]float64{"constant": 1, "linear-decay": 0.7, "cubic-rise": 0.027, "cubic-decay": 0.343} // t = 0.3
	for _, name := range flows.WeightNames() {
		if name == "auto" {
			continue // what the estimator wants
		}
		weight, err := flows.WeightByName(name)
		if err != nil {
			t.Fatal(err)
		}
		got := float64s(t, MustExecOnce(backend, weight.Func, []float64{0.3}))[0]
		if want, known := at[name]; !known || !(math.Abs(got-want) <= 1e-15) {
			t.Errorf("%s at 0.3 is %g, want %g", name, got, want)
		}
	}
}

// risingTimes draws times of density p(t) = ½ + t, by its quantiles t = ½(√(1 + 8u) − 1): a loss that forgets 1/p
// shows.
type risingTimes struct{}

func (risingTimes) Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node) {
	u := vars.RandomUniform(g, shape)
	t = StopGradient(MulScalar(AddScalar(Sqrt(OnePlus(MulScalar(u, 8))), -1), 0.5))
	return t, AddScalar(t, 0.5)
}

// At the true action both estimators have the mean −½∫ w E‖v*‖² dt, for any weight and density of times, for points and
// for images. Times are independent, so the standard error is that of the mean; 4 of them fail once in 16 000 runs, and
// the seeds are fixed.
func TestLossAtTheTrueAction(t *testing.T) {
	backend := testBackend(t)
	for _, q := range []gaussian{{2, 0.5, []int{2}}, {0.7, 0.4, []int{3, 2, 2}}} {
		for _, w := range weights {
			for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
				for name, times := range map[string]flows.Times{"1": flows.UniformTimes{}, "½+t": risingTimes{}} {
					t.Run(fmt.Sprintf("%v/w=%s/p=%s/%v", q.dims, w.name, name, e), func(t *testing.T) {
						am := flows.ActionMatching{Weight: w.graph, Estimator: e}
						got, stderr, deviation := summary(losses(t, backend, q.action(0), am, times, q, 40_000, 1))
						want := q.loss(w.host)
						t.Logf("loss %.4f ± %.4f (deviation %.3f), exact %.4f", got, stderr, deviation, want)
						if math.Abs(got-want) > 4*stderr {
							t.Errorf("loss %.4f ± %.4f, want %.4f", got, stderr, want)
						}
						if stderr > 0.05*math.Abs(want) {
							t.Errorf("standard error %.4f is too large to say anything of %.4f", stderr, want)
						}
					})
				}
			}
		}
	}
}

// The true action is a minimiser: adding ε φ with φ = t Σ sin x raises the loss by ½ε²∫ w E‖∇φ‖² dt, to either
// side. Runs share their random numbers, so the difference is sharp. A ∂ₜs that is zero or total breaks this,
// and is how a loss runs to −∞.
func TestTrueActionIsAMinimum(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{2, 0.5, []int{2}}
	for _, w := range weights {
		for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			am := flows.ActionMatching{Weight: w.graph, Estimator: e}
			at := func(epsilon float64) []float64 {
				return losses(t, backend, q.action(epsilon), am, flows.UniformTimes{}, q, 40_000, 2)
			}
			best := at(0)
			for _, epsilon := range []float64{-1, 1} {
				worse := at(epsilon)
				for i := range worse {
					worse[i] -= best[i]
				}
				got, stderr, _ := summary(worse)
				// E‖∇φ‖² = t² D E cos²x = t² D (1 + cos(2tm) e^(−2σ²))/2.
				want := 0.0
				const n = 4000
				for i := range n {
					s := (float64(i) + 0.5) / n
					variance := (1-s)*(1-s) + s*s*q.tau*q.tau
					want += 0.5 * w.host(s) * s * s * 2 * (1 + math.Cos(2*s*q.mean)*math.Exp(-2*variance)) / 2 / n
				}
				if math.Abs(got-want) > 4*stderr || got < 3*stderr {
					t.Errorf("w=%s %v ε=%g: the loss rises by %.4f ± %.4f, want %.4f", w.name, e, epsilon, got, stderr,
						want)
				}
			}
		}
	}
}

// On any network, not only the true action, both estimators have one mean; the variances differ and are logged.
// Both see the same parameters and draws, so their difference is sharper than either.
func TestEstimatorsAgreeOnARandomNetwork(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{2, 0.5, []int{2}}
	model := flows.MLP{Hidden: []int{32, 32}}.Action()
	for _, w := range weights {
		var samples [2][]float64
		for i, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			am := flows.ActionMatching{Weight: w.graph, Estimator: e}
			samples[i] = losses(t, backend, model, am, flows.UniformTimes{}, q, 40_000, 3)
			mean, stderr, deviation := summary(samples[i])
			t.Logf("w=%s %v: %.4f ± %.4f, variance %.3f", w.name, e, mean, stderr, deviation*deviation)
		}
		for i := range samples[0] {
			samples[0][i] -= samples[1][i]
		}
		if diff, stderr, _ := summary(samples[0]); math.Abs(diff) > 4*stderr {
			t.Errorf("w=%s: pathwise − boundary = %.4f ± %.4f, want 0", w.name, diff, stderr)
		}
	}
}

// gradients are those of the mean loss of each of some batches, by all parameters, [batches][parameters].
func gradients(t *testing.T, backend backends.Backend, e flows.Estimator, batches, batch int) [][]float64 {
	t.Helper()
	q := gaussian{2, 0.5, []int{2}}
	model := flows.MLP{Hidden: []int{8, 6}}.Action()
	vars := mlcontext.New().Checked(false)
	if err := vars.SetRNGStateFromSeed(4); err != nil {
		t.Fatal(err)
	}
	am := flows.ActionMatching{Weight: flows.Constant, Estimator: e}
	exec, err := mlcontext.NewExec(backend, vars, func(vars *mlcontext.Context, g *Graph) *Node {
		loss := am.Loss(vars, model, flows.Linear{}, flows.UniformTimes{}, q.data(vars, g, dtypes.Float64, batch))
		var flat []*Node
		for _, grad := range vars.BuildTrainableVariablesGradientsGraph(ReduceAllMean(loss)) {
			flat = append(flat, Reshape(grad, -1))
		}
		return Concatenate(flat, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	all := make([][]float64, batches)
	for i := range all {
		out, err := exec.Exec()
		if err != nil {
			t.Fatal(err)
		}
		all[i] = tensors.MustCopyFlatData[float64](out[0])
	}
	return all
}

// Training follows the gradient by the parameters, so that must agree in mean too. Over 64 batches seen by both,
// the mean difference, in its standard errors, is close to normal: over 100 parameters the root mean square stays
// below 1.5 (parameters are correlated) and the largest below 4.5.
func TestParameterGradientsAgree(t *testing.T) {
	backend := testBackend(t)
	const batches, batch = 64, 512
	p := gradients(t, backend, flows.Pathwise, batches, batch)
	b := gradients(t, backend, flows.Boundary, batches, batch)
	var largest, square, size float64
	params := len(p[0])
	for i := range params {
		var gradient, difference [batches]float64
		for j := range batches {
			gradient[j], difference[j] = p[j][i], p[j][i]-b[j][i]
		}
		diff, stderr, _ := summary(difference[:])
		mean, _, _ := summary(gradient[:])
		if stderr == 0 {
			if mean == 0 && diff == 0 {
				continue // a constant that the action's gradient doesn't see
			}
			t.Fatalf("parameter %d: no noise in the difference %g of gradient %g", i, diff, mean)
		}
		largest, square = max(largest, math.Abs(diff)/stderr), square+diff*diff/(stderr*stderr)
		size += mean * mean / (stderr * stderr)
	}
	rms, relative := math.Sqrt(square/float64(params)), math.Sqrt(size/float64(params))
	t.Logf("%d parameters: differences of %.2f standard errors (rms), %.2f at most; the gradients themselves %.1f",
		params, rms, largest, relative)
	if rms > 1.5 || largest > 4.5 {
		t.Errorf("gradients differ by %.2f standard errors (rms), %.2f at most", rms, largest)
	}
	if relative < 5 {
		t.Error("the gradients drown in noise: the test says nothing")
	}
}

// A boundary term without weight is not built: the model is called once for w = t(1 − t), twice for w = 1 − t and
// three times for w = 1; the pathwise estimator calls it once.
func TestModelIsCalledNoMoreThanNeeded(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{2, 0.5, []int{2}}
	for i, want := range []int{3, 2, 1} {
		for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			calls := 0
			counting := func(vars *mlcontext.Context, t, x *Node) *Node { calls++; return q.action(0)(vars, t, x) }
			losses(t, backend, counting, flows.ActionMatching{Weight: weights[i].graph, Estimator: e},
				flows.WeylTimes{}, q, 4, 5)
			if e == flows.Pathwise {
				want = 1
			}
			if calls != want {
				t.Errorf("w=%s %v: the model is called %d times, want %d", weights[i].name, e, calls, want)
			}
			want = []int{3, 2, 1}[i]
		}
	}
}

// The default weight is 1 with pathwise and 1 − t with boundary, unless there is growth; Auto is pathwise on a path
// that knows ẋ.
func TestDefaults(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{2, 0.5, []int{2}}
	mean := func(am flows.ActionMatching) float64 {
		m, _, _ := summary(losses(t, backend, q.action(0.3), am, flows.WeylTimes{}, q, 100, 6))
		return m
	}
	for _, test := range []struct {
		name          string
		short, spoken flows.ActionMatching
	}{
		{"pathwise", flows.ActionMatching{}, flows.ActionMatching{Weight: flows.Constant, Estimator: flows.Pathwise}},
		{"boundary", flows.ActionMatching{Estimator: flows.Boundary},
			flows.ActionMatching{Weight: flows.LinearDecay, Estimator: flows.Boundary}},
		{"boundary with growth", flows.ActionMatching{Estimator: flows.Boundary,
			Dynamics: flows.Dynamics{Growth: true}},
			flows.ActionMatching{Weight: flows.Constant, Estimator: flows.Boundary,
				Dynamics: flows.Dynamics{Growth: true}}},
	} {
		if a, b := mean(test.short), mean(test.spoken); a != b {
			t.Errorf("%s: default %g, spelt out %g", test.name, a, b)
		}
	}
}

// onlySamples is the linear path to one who doesn't know its velocity.
type onlySamples struct{ flows.Linear }

func (onlySamples) KnowsVelocity() bool { return false }

func (p onlySamples) Draw(vars *mlcontext.Context, data *Node) flows.Curves {
	c := p.Linear.Draw(vars, data)
	at := c.At
	c.At = func(t *Node) (x, velocity *Node) { x, _ = at(t); return x, nil }
	return c
}

func TestPathwiseNeedsTheVelocity(t *testing.T) {
	if err := (flows.ActionMatching{}).Check(onlySamples{}); err != nil {
		t.Errorf("Auto on a path without velocity: %v", err)
	}
	err := flows.ActionMatching{Estimator: flows.Pathwise}.Check(onlySamples{})
	if err == nil || !strings.Contains(err.Error(), "use boundary") {
		t.Errorf("err = %v, want one that says to use boundary", err)
	}
}

func TestWrongShapesSayWhat(t *testing.T) {
	backend := testBackend(t)
	wide := func(_ *mlcontext.Context, _, x *Node) *Node { return x }
	for _, test := range []struct {
		name  string
		model flows.Action
		data  any
		words string
	}{
		{"action", wide, [][]float32{{1, 2}}, "the action returned shape (Float32)[1 2]"},
		{"vector", wide, []float32{1, 2}, "(Float32)[2]; give a batch"},
		{"bytes", wide, [][]uint8{{1, 2}}, "(Uint8)[1 2]; convert it to float32"},
		{"image to MLP", flows.MLP{}.Action(), [][][]float32{{{1}, {2}}}, "(Float32)[1 2 1]; give at least one layer"},
	} {
		exec, err := mlcontext.NewExec(backend, mlcontext.New(), func(vars *mlcontext.Context, data *Node) *Node {
			return flows.ActionMatching{}.Loss(vars, test.model, flows.Linear{}, flows.WeylTimes{}, data)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exec.Exec(test.data); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: err %v, want one that mentions %q", test.name, err, test.words)
		}
	}
}
