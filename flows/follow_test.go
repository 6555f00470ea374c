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
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func noise(t testing.TB, seed int64, first, count int, dims ...int) *tensors.Tensor {
	t.Helper()
	x, err := flows.Noise(seed, first, count, dims...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// plain is a model that moves along ∇ₓs.
func plain(action flows.Action, path flows.Path) flows.Model {
	return moving(action, path, flows.Dynamics{})
}

// moving is a model of that motion.
func moving(action flows.Action, path flows.Path, motion flows.Dynamics) flows.Model {
	return flows.Model{Action: action, Path: path, Objective: flows.ActionMatching{Dynamics: motion}}
}

func sampler(t testing.TB, model flows.Model) *flows.Sampler {
	t.Helper()
	s, err := flows.NewSampler(testBackend(t), mlcontext.New(), model)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Finalize)
	return s
}

func follow(t testing.TB, s *flows.Sampler, solver solve.Solver, x *tensors.Tensor,
	o flows.FollowOptions) flows.Particles {
	t.Helper()
	p, err := s.Follow(t.Context(), solver, x, 0, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func float64s(t testing.TB, x *tensors.Tensor) []float64 {
	t.Helper()
	if x.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](x)
	}
	out := []float64{}
	for _, v := range tensors.MustCopyFlatData[float32](x) {
		out = append(out, float64(v))
	}
	return out
}

// The diffusion of a true entropic action has the path's marginals on the way and at the end, on points and images,
// by either solver; its drift alone, as an ordinary equation, has others.
func TestDiffusionHasTheMarginals(t *testing.T) {
	for _, q := range []gaussian{{1.5, 0.5, []int{2}}, {0.7, 0.4, []int{2, 2, 1}}} {
		const count = 8192
		for _, truth := range truths(t, q) {
			if truth.dynamics.Diffusion == nil {
				continue
			}
			s := sampler(t, moving(truth.action, flows.Linear{}, truth.dynamics))
			for _, test := range []struct {
				solver solve.Solver
				nfe    int
			}{{solve.EulerMaruyama{Steps: 256}, 256}, {solve.StochasticHeun{Steps: 64}, 128}} {
				x := noise(t, 21, 0, count, q.dims...)
				p := follow(t, s, test.solver, x, flows.FollowOptions{Seed: 22, Times: []float64{0.3, 0.611, 1}})
				for _, m := range p.Trajectory {
					// 16 384 numbers know a mean to 0.8 % of the deviation, and a deviation to 0.6 %; the solvers are
					// off by about as much.
					mean, stderr, deviation := summary(float64s(t, m.X))
					want := math.Sqrt((1-m.T)*(1-m.T) + m.T*m.T*q.tau*q.tau)
					if math.Abs(mean-m.T*q.mean) > 4*stderr+0.005 || math.Abs(deviation-want) > 0.03*want {
						t.Errorf("%s by %s at t=%g: mean %.4f and deviation %.4f, want %.4f and %.4f", truth.name,
							test.solver.Name(), m.T, mean, deviation, m.T*q.mean, want)
					}
				}
				if p.Report.NFE != test.nfe || p.Report.Solver != test.solver.Name() {
					t.Errorf("report %+v, want %d evaluations", p.Report, test.nfe)
				}
			}
			drift := sampler(t, plain(truth.action, flows.Linear{}))
			x, _, err := drift.Sample(t.Context(), solve.Heun{Steps: 50}, noise(t, 21, 0, count, q.dims...))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, deviation := summary(float64s(t, x)); deviation > 0.9*q.tau {
				t.Errorf("%s: the drift alone has deviation %.4f, want it well below %.4f", truth.name, deviation,
					q.tau)
			}
		}
	}
}

// Example k of a seed moves by the same noise in a batch of 1 or 64, and at twice the steps by the same path refined.
func TestDiffusionIsReproducible(t *testing.T) {
	q := gaussian{1, 0.5, []int{2, 2, 1}}
	truth := truths(t, q)[0]
	s := sampler(t, moving(truth.action, flows.Linear{}, truth.dynamics))
	run := func(first, count, steps int, seed int64) []float64 {
		p := follow(t, s, solve.StochasticHeun{Steps: steps}, noise(t, 1, first, count, q.dims...),
			flows.FollowOptions{Seed: seed, First: first})
		return float64s(t, p.X)
	}
	all := run(0, 64, 10, 5)
	for k := 0; k < 64; k += 9 {
		if diff := cmp.Diff(all[4*k:4*k+4], run(k, 1, 10, 5), cmpopts.EquateApprox(1e-5, 1e-6)); diff != "" {
			t.Errorf("example %d alone:\n%s", k, diff)
		}
	}
	fine := run(0, 64, 640, 5)
	last := math.Inf(1)
	for _, steps := range []int{20, 40, 80} {
		d := distance(fine, run(0, 64, steps, 5))
		if !(d <= 0.7*last) { // strong order 1 halves it
			t.Errorf("%d steps are off the path by %.4f, half as many by %.4f", steps, d, last)
		}
		last = d
	}
	if d := distance(fine, run(0, 64, 640, 6)); !(d >= 10*last) {
		t.Errorf("another seed's noise is only %.4f away", d)
	}
}

func distance(a, b []float64) float64 {
	d := 0.0
	for i := range a {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}

// Particles of the true unbalanced action, weighted, have the path's marginals and mass 1; unweighted they don't.
// Resampling by the weights makes them so without.
func TestGrowthWeighsTheMarginals(t *testing.T) {
	q := gaussian{1.2, 0.6, []int{2}}
	const count = 20_000
	for _, truth := range truths(t, q) {
		if !truth.dynamics.Growth {
			continue
		}
		s := sampler(t, moving(truth.action, flows.Linear{}, truth.dynamics))
		p := follow(t, s, solve.RK4{Steps: 20}, noise(t, 31, 0, count, q.dims...),
			flows.FollowOptions{Times: []float64{0, 0.4, 1}})
		if first := p.Trajectory[0]; first.LogWeights[7] != 0 || cmp.Equal(first.X, p.X) {
			t.Errorf("at t=0 a log-weight is %g, want 0", first.LogWeights[7])
		}
		for _, m := range p.Trajectory[1:] {
			mean, deviation, mass, size := weighted(float64s(t, m.X), m.LogWeights)
			want := math.Sqrt((1-m.T)*(1-m.T) + m.T*m.T*q.tau*q.tau)
			if !(size <= 0.98*count && size >= 0.1*count) {
				t.Errorf("effective size %.0f of %d: the weights say nothing, or all", size, count)
			}
			tolerance := 4 * want / math.Sqrt(size) // the coordinates of an example share its weight
			if !(math.Abs(mean-m.T*q.mean) <= tolerance) || !(math.Abs(deviation-want) <= tolerance) ||
				!(math.Abs(mass-1) <= 0.05) {
				t.Errorf("t=%g: mean %.4f, deviation %.4f, mass %.4f, want %.4f, %.4f, 1", m.T, mean, deviation, mass,
					m.T*q.mean, want)
			}
		}
		if mean, _, _ := summary(float64s(t, p.X)); math.Abs(mean-q.mean) < 0.1 {
			t.Errorf("unweighted the mean is %.4f, as if weights were of no use", mean)
		}
		_, _, mass, _ := weighted(float64s(t, p.X), p.LogWeights)
		if err := s.Resample(&p, 3); err != nil {
			t.Fatal(err)
		}
		mean, stderr, deviation := summary(float64s(t, p.X))
		if math.Abs(mean-q.mean) > 10*stderr || math.Abs(deviation-q.tau) > 0.03 {
			t.Errorf("resampled: mean %.4f ± %.4f, deviation %.4f, want %g and %g", mean, stderr, deviation, q.mean,
				q.tau)
		}
		for i, l := range p.LogWeights {
			if !(math.Abs(l-math.Log(mass)) <= 1e-10) { // 20 000 numbers summed in float64
				t.Fatalf("resampled: log-weight %d is %.12g, want that of the mass, %.12g", i, l, math.Log(mass))
			}
		}
	}
}

// weighted are the mean and deviation of all coordinates by the weights of their examples, the mean weight, and the
// effective number of examples.
func weighted(x, logWeights []float64) (mean, deviation, mass, size float64) {
	each := len(x) / len(logWeights)
	sum, squares := 0.0, 0.0
	for i, v := range x {
		w := math.Exp(logWeights[i/each])
		sum += w
		squares += w * w
		mean += w * v
		deviation += w * v * v
	}
	mean /= sum
	return mean, math.Sqrt(deviation/sum - mean*mean), sum / float64(len(x)), sum * sum / squares / float64(each)
}

// Where s doesn't depend on x, log-weights are its integral, beside noise too; and adaptive steps are as short as the
// weights need, though nothing moves.
func TestLogWeightsAreTheIntegralOfS(t *testing.T) {
	model := func(_ *mlcontext.Context, t, x *Node) *Node {
		return Add(Cos(MulScalar(t, 20)), MulScalar(sumAll(x), 0))
	}
	want := math.Sin(20) / 20
	for _, test := range []struct {
		dynamics flows.Dynamics
		solver   solve.Solver
	}{
		{flows.Dynamics{Growth: true}, solve.Dopri5{RTol: 1e-6, ATol: 1e-6}},
		{flows.Dynamics{Growth: true, Diffusion: flows.ConstantDiffusion(1)}, solve.StochasticHeun{Steps: 1000}},
	} {
		s := sampler(t, moving(model, flows.Linear{}, test.dynamics))
		p := follow(t, s, test.solver, noise(t, 1, 0, 3, 2), flows.FollowOptions{})
		if diff := cmp.Diff([]float64{want, want, want}, p.LogWeights, cmpopts.EquateApprox(0, 1e-5)); diff != "" {
			t.Errorf("%s: ∫cos 20t dt\n%s", test.solver.Name(), diff)
		}
	}
}

// Asking for states changes no bit of the result, and adaptive steps keep their accuracy between.
func TestTrajectoryDoesNotChangeTheSteps(t *testing.T) {
	s := sampler(t, plain(quadratic, flows.Linear{}))
	x := noise(t, 4, 0, 3, 2)
	times := []float64{0, 0.01, 0.2, 0.45, 0.7, 0.9, 1}
	solver := solve.Dopri5{RTol: 1e-6, ATol: 1e-6}
	p := follow(t, s, solver, x, flows.FollowOptions{Times: times})
	plain, report, err := s.Sample(t.Context(), solver, x)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(float64s(t, plain), float64s(t, p.X)) || report.NFE != p.Report.NFE || p.LogWeights != nil {
		t.Errorf("NFE %d with times, %d without; or another result", p.Report.NFE, report.NFE)
	}
	before := float64s(t, x)
	for i, m := range p.Trajectory {
		want, _, err := s.Integrate(t.Context(), solve.RK4{Steps: 100}, x, 0, m.T)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(float64s(t, want), float64s(t, m.X), cmpopts.EquateApprox(0, 2e-5)); m.T != times[i] ||
			diff != "" {
			t.Errorf("t=%g:\n%s", m.T, diff)
		}
	}
	p.Finalize()
	if !cmp.Equal(before, float64s(t, x)) {
		t.Error("the initial state was changed")
	}
}

// circle is a linear path whose states are turns.
type circle struct{ flows.Linear }

func (circle) Period() float64 { return 1 }

// On a circular path the state wraps: a constant velocity takes each angle around, in whichever direction.
func TestCircularStatesWrap(t *testing.T) {
	model := func(_ *mlcontext.Context, _, x *Node) *Node {
		return Sub(MulScalar(sumAll(Slice(x, AxisRange(), AxisElem(0))), 2.25),
			MulScalar(sumAll(Slice(x, AxisRange(), AxisElem(1))), 1.5))
	}
	s := sampler(t, plain(model, circle{}))
	x := tensors.FromValue([][]float32{{0.5, 0.25}, {0.9, 0.75}, {0, 0.5}})
	for _, solver := range []solve.Solver{solve.Euler{Steps: 8}, solve.Dopri5{RTol: 1e-3, ATol: 1e-3}} {
		p := follow(t, s, solver, x, flows.FollowOptions{Times: []float64{0.1, 0.5, 0.9, 1}})
		for _, m := range p.Trajectory {
			for i, v := range float64s(t, m.X) {
				turn := float64s(t, x)[i] + m.T*[]float64{2.25, -1.5}[i%2]
				off := math.Abs(math.Remainder(v-turn, 1))
				if v < -0.5 || v >= 0.5 || !(off <= 1e-5) {
					t.Errorf("%s: coordinate %d at t=%g is %g, want %g", solver.Name(), i, m.T, v,
						math.Remainder(turn, 1))
				}
			}
		}
	}
	space, err := flows.NewCircularSpace(testBackend(t), 3)
	if err != nil {
		t.Fatal(err)
	}
	defer space.Finalize()
	// 1.5 and what rounds to it is −1.5; so is what lies below −1.5 by less than a float tells.
	edges, err := space.Advance(tensors.FromValue([][]float32{{1.5, -1.5, 1.49999999, 4.25, -1.5000001, 31}}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := tensors.MustCopyFlatData[float32](edges)
	if diff := cmp.Diff([]float32{-1.5, -1.5, -1.5, 1.25, 1.5, 1}, got, cmpopts.EquateApprox(0, 2e-6)); diff != "" ||
		got[4] >= 1.5 {
		t.Error(got, diff)
	}
	for _, period := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := flows.NewCircularSpace(testBackend(t), period); err == nil {
			t.Errorf("circles of circumference %g: no error", period)
		}
	}
}

// The model sees the condition beside x, and moves x alone.
func TestConditionIsSeen(t *testing.T) {
	model := func(_ *mlcontext.Context, _, seen *Node) *Node { // ∇ₓs = condition
		x, c := Slice(seen, AxisRange(), AxisRange(0, 2)), Slice(seen, AxisRange(), AxisRange(2))
		return sumAll(Mul(x, c))
	}
	s := sampler(t, plain(model, flows.Linear{}))
	condition := tensors.FromValue([][]float32{{1, 2}, {3, 4}})
	p := follow(t, s, solve.Euler{Steps: 2}, tensors.FromValue([][]float32{{10, 20}, {30, 40}}),
		flows.FollowOptions{Condition: condition})
	if diff := cmp.Diff([]float64{11, 22, 33, 44}, float64s(t, p.X)); diff != "" {
		t.Error(diff)
	}
}

func TestFollowRefuses(t *testing.T) {
	x := tensors.FromValue([][]float32{{1, 2}})
	diffuses := flows.Dynamics{Diffusion: flows.ConstantDiffusion(1)}
	grows := flows.Dynamics{Growth: true}
	for _, test := range []struct {
		motion flows.Dynamics
		solver solve.Solver
		t0, t1 float64
		words  string
	}{
		{diffuses, solve.Heun{Steps: 2}, 0, 1, "use euler-maruyama or stochastic-heun"},
		{diffuses, solve.EulerMaruyama{Steps: 2}, 1, 0, "forwards only"},
		{grows, solve.EulerMaruyama{Steps: 2}, 0, 1, "no noise"},
	} {
		s := sampler(t, moving(quadratic, flows.Linear{}, test.motion))
		_, err := s.Follow(t.Context(), test.solver, x, test.t0, test.t1, flows.FollowOptions{})
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: err %v, want one that mentions %q", test.solver.Name(), err, test.words)
		}
		_, _, err = s.Sample(t.Context(), test.solver, x)
		if err == nil || !strings.Contains(err.Error(), "use Sampler.Follow") {
			t.Errorf("Sample: err %v", err)
		}
	}
}

// Of the weights 1, 2, 3, 4, too large for a float64 by themselves, the effective number is 10²/30 and the mean 2.5.
// Near 1000 a float64 is rounded to 6e-14.
func TestWeightsInClosedForm(t *testing.T) {
	logs := make([]float64, 4)
	for i := range logs {
		logs[i] = 1000 + math.Log(float64(i+1))
	}
	size, err := flows.EffectiveSize(logs)
	if want := 100. / 30; err != nil || !(math.Abs(size-want) <= 1e-12) {
		t.Errorf("effective size %.15g, err %v, want %.15g", size, err, want)
	}
	mean, err := flows.LogMeanWeight(logs)
	if want := 1000 + math.Log(2.5); err != nil || !(math.Abs(mean-want) <= 1e-12) {
		t.Errorf("log of the mean weight %.15g, err %v, want %.15g", mean, err, want)
	}
}

// Systematic resampling takes each example as often as its weight says, rounded one way or the other.
func TestSystematicResample(t *testing.T) {
	weights := []float64{0.1, 0, 2.5, 0.4, 1}
	logs := make([]float64, len(weights))
	for i, w := range weights {
		logs[i] = math.Log(w) + 1000 // any scale
	}
	mean := make([]float64, len(weights))
	const seeds, n = 2000, 8
	for seed := range int64(seeds) {
		chosen, err := flows.SystematicResample(logs, n, seed)
		if err != nil || len(chosen) != n {
			t.Fatalf("%v, err %v", chosen, err)
		}
		counts := make([]float64, len(weights))
		for _, i := range chosen {
			counts[i]++
			mean[i] += 1.0 / seeds
		}
		for i, w := range weights {
			if math.Abs(counts[i]-n*w/4) >= 1 {
				t.Fatalf("example %d of share %.2f taken %g times", i, n*w/4, counts[i])
			}
		}
	}
	for i, w := range weights {
		if math.Abs(mean[i]-n*w/4) > 4*0.5/math.Sqrt(seeds) { // a count has at most deviation ½
			t.Errorf("example %d is taken %.3f times in the mean, want %.3f", i, mean[i], n*w/4)
		}
	}
	for _, bad := range [][]float64{nil, {math.NaN(), 1}, {math.Inf(-1)}, {math.Inf(1), 0}} {
		if _, err := flows.SystematicResample(bad, 3, 0); err == nil {
			t.Errorf("weights %v: no error", bad)
		}
	}
}
