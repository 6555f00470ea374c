package flows_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// around is x mod period in [−period/2, period/2), and wrapped the same in a graph.
func around(x, period float64) float64 { return x - period*math.Floor(x/period+0.5) }

func wrapped(x *Node, period float64) *Node {
	return Sub(x, MulScalar(Floor(AddScalar(DivScalar(x, period), 0.5)), period))
}

// Curves go from anywhere on the circle to the data, the shorter way round at constant speed, and stay on it.
func TestTorusPath(t *testing.T) {
	const period = 3.0
	data := [][]float64{{1.4, -1.5}, {0.5, 3.25}, {0, -1.4}, {-7, 1.5}}
	times := []float64{0, 0.3, 0.5, 0.9, 1}
	for _, antithetic := range []bool{false, true} {
		d := draw(t, flows.Torus{Circumference: period, Antithetic: antithetic}, data, times, 31)
		var target []float64
		for _, row := range data {
			target = append(target, row...)
		}
		for i, x1 := range target {
			if !(math.Abs(around(d.end[i]-x1, period)) <= 1e-12) {
				t.Errorf("the curve ends at %g, want %g mod %g", d.end[i], x1, period)
			}
			way := around(x1-d.start[i], period)
			if !(math.Abs(way) <= period/2) {
				t.Fatalf("the test's own way %g is not the shorter one", way)
			}
			for k, when := range times {
				x := d.x[k][i]
				if x < -period/2 || x >= period/2 || !(math.Abs(around(x-d.start[i]-when*way, period)) <= 1e-12) {
					t.Errorf("x at t=%g is %g, want %g mod %g", when, x, d.start[i]+when*way, period)
				}
				slope := around(d.later[k][i]-d.earlier[k][i], period) / (2 * nudge)
				if !(math.Abs(d.v[k][i]-way) <= 1e-12) || !(math.Abs(slope-way) <= 1e-5) {
					t.Errorf("ẋ at t=%g is %g, the difference quotient %g, the way %g", when, d.v[k][i], slope, way)
				}
			}
		}
		if opposite := d.start[0]+d.start[4] == 0 && d.start[3]+d.start[7] == 0; opposite != antithetic {
			t.Errorf("antithetic %t: starts %v", antithetic, d.start)
		}
	}
}

// The source is even around the circle, in training and in sampling: four standard errors of its Fourier coefficients
// and its moments.
func TestTorusSource(t *testing.T) {
	const count, period = 8000, 4.0
	data := make([][]float64, count)
	for i := range data {
		data[i] = []float64{0}
	}
	x, err := flows.SourceNoise(flows.Torus{}, 3, 0, count, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, starts := range map[string][]float64{"path": draw(t, flows.Torus{}, data, nil, 32).start,
		"sampling": float64s(t, x)} {
		var cos, sin, square []float64
		for _, v := range starts {
			if !(v >= -period/2 && v < period/2) {
				t.Fatalf("%s: %g is off the circle", name, v)
			}
			s, c := math.Sincos(2 * math.Pi * v / period)
			cos, sin, square = append(cos, c), append(sin, s), append(square, v*v-period*period/12)
		}
		for _, values := range [][]float64{cos, sin, square, starts} {
			if mean, stderr, _ := summary(values); math.Abs(mean) > 4*stderr {
				t.Errorf("%s: mean %.4f ± %.4f, want 0", name, mean, stderr)
			}
		}
	}
	alone, err := flows.SourceNoise(flows.Torus{}, 3, 17, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if float64s(t, alone)[0] != float64s(t, x)[17] {
		t.Error("example 17 depends on its batch")
	}
}

// To data at one place c the path has the marginals c ± ½(1 − t)P, evenly, and the true action −d²/2(1 − t), d the way
// from c: at it the loss is −½∫ w P²/12 dt an axis, by both estimators, with c where the circle is cut.
func TestTorusLossAtTheTrueAction(t *testing.T) {
	const period, place, n = 3.0, 1.45, 40_000
	model := func(_ *mlcontext.Context, t, x *Node) *Node {
		way := wrapped(AddScalar(x, -place), period)
		return Neg(Div(sumAll(Square(way)), MulScalar(OneMinus(t), 2)))
	}
	for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
		am := flows.ActionMatching{Weight: flows.LinearDecay, Estimator: e}
		vars := mlcontext.New().Checked(false)
		if err := vars.SetRNGStateFromSeed(33); err != nil {
			t.Fatal(err)
		}
		exec, err := mlcontext.NewExec(testBackend(t), vars, func(vars *mlcontext.Context, g *Graph) *Node {
			data := MulScalar(Ones(g, shapes.Make(dtypes.Float64, n, 2)), place)
			return am.Loss(vars, model, flows.Torus{Circumference: period}, flows.UniformTimes{}, data)
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Exec()
		if err != nil {
			t.Fatal(err)
		}
		got, stderr, _ := summary(float64s(t, out[0]))
		want := -0.5 * 0.5 * 2 * period * period / 12
		if math.Abs(got-want) > 4*stderr || stderr > 0.02*math.Abs(want) {
			t.Errorf("%v: loss %.4f ± %.4f, want %.4f", e, got, stderr, want)
		}
	}
}

// Around the circle nothing has a seam: a network's action is the same a turn on, and both estimators have one mean;
// the network by itself has a seam, and there they differ. A field is taken along the circle.
func TestOnPathHasNoSeam(t *testing.T) {
	backend := testBackend(t)
	path := flows.Torus{Circumference: 3}
	bare := flows.MLP{Hidden: []int{32, 32}}.Signed()
	model := flows.OnPath(bare, path)
	vars := mlcontext.New().Checked(false)
	value := mlcontext.MustExecOnce(backend, vars, func(vars *mlcontext.Context, x *Node) *Node {
		time := MulScalar(Ones(x.Graph(), shapes.Make(x.DType(), 1)), 0.4)
		return Sub(model(vars, time, x), model(vars, time, AddScalar(x, 3)))
	}, [][]float64{{0.2, -1.1}})
	if d := float64s(t, value)[0]; !(math.Abs(d) <= 1e-12) {
		t.Errorf("a turn on the action differs by %g", d)
	}
	q := gaussian{0.9, 0.3, []int{2}} // much of the way there leads across the cut
	for name, test := range map[string]struct {
		model flows.Action
		agree bool
	}{"on the circle": {model, true}, "bare": {bare, false}} {
		var samples [2][]float64
		for i, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			am := flows.ActionMatching{Weight: flows.Constant, Estimator: e}
			samples[i] = lossesOn(t, backend, path, test.model, am, flows.UniformTimes{}, q, 20_000, 34)
		}
		for i := range samples[0] {
			samples[0][i] -= samples[1][i]
		}
		if diff, stderr, _ := summary(samples[0]); (math.Abs(diff) < 4*stderr) != test.agree {
			t.Errorf("%s: pathwise − boundary = %.4f ± %.4f", name, diff, stderr)
		}
	}

	// h = (y, x²) of the plane, θ = x/R: the component along is −sin θ R sin θ + cos θ R² cos² θ.
	radius := 3 / (2 * math.Pi)
	field := flows.OnPath(func(_ *mlcontext.Context, _, e *Node) *Node {
		first, second := Slice(e, AxisRange(), AxisRange(0, 1)), Slice(e, AxisRange(), AxisRange(1, 2))
		return Concatenate([]*Node{second, Square(first)}, 1)
	}, path)
	v := mlcontext.MustExecOnce(backend, mlcontext.New(), func(vars *mlcontext.Context,
		x *Node) *Node {
		return field(vars, nil, x)
	}, [][]float64{{1.2}})
	sin, cos := math.Sincos(1.2 / radius)
	if want := -sin*radius*sin + cos*radius*radius*cos*cos; !(math.Abs(float64s(t, v)[0]-want) <= 1e-12) {
		t.Errorf("along the circle %g, want %g", float64s(t, v)[0], want)
	}
	// On a flat path the model is itself.
	flat := mlcontext.MustExecOnce(backend, vars, func(vars *mlcontext.Context, x *Node) *Node {
		on, time := flows.OnPath(bare, flows.Linear{}), FillScalar(x.Graph(), shapes.Make(x.DType(), 2), 0.4)
		vars = vars.InAbsPath("/flat").Checked(false)
		return Stack([]*Node{on(vars, time, x), bare(vars, time, x)}, 0)
	}, [][]float64{{0.2, -1.1}, {1.4, 0.6}})
	if s := float64s(t, flat); !slices.Equal(s[:2], s[2:]) || s[0] == s[1] {
		t.Errorf("actions %v on a flat path, want %v", s[:2], s[2:])
	}
}

// Trained on N(P/2, 0.3²), which lies across the cut, samples are there, with that deviation, and on the circle all
// the way: 2048 know the mean to 0.007; what the network still lacks shows where ways part, opposite the data. With
// noise they stay on the circle too.
func TestTorusToy(t *testing.T) {
	const period, spread = 4.0, 0.3
	backend, path := testBackend(t), flows.Torus{}
	data, err := flows.NewPoints("across", 256, 2, 1, func(rng *rand.Rand, p []float32) {
		for i := range p {
			p[i] = float32(period/2 + spread*rng.NormFloat64())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	const steps = 400
	vars := mlcontext.New()
	model := flows.OnPath(flows.MLP{Hidden: []int{48, 48}}.Action(), path)
	trainer, err := flows.NewTrainer(backend, vars, plain(model, path), flows.TrainerConfig{
		LearningRate: 1e-2, Warmup: 20, Decay: optimizer.CosineDecay, DecaySteps: steps, ClipNorm: 10, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(t.Context(), data, steps); err != nil {
		t.Fatal(err)
	}
	start, err := flows.SourceNoise(path, 2, 0, 2048, 2)
	if err != nil {
		t.Fatal(err)
	}
	run := func(solver solve.Solver, d flows.Dynamics) (mean, deviation float64) {
		s, err := flows.NewSampler(backend, vars, moving(model, path, d))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Finalize()
		onCircle := func(when float64, x *tensors.Tensor) error {
			for _, v := range float64s(t, x) {
				if !(v >= -period/2 && v < period/2) {
					t.Fatalf("%g at t=%g is off the circle", v, when)
				}
			}
			return nil
		}
		var off []float64
		for _, v := range float64s(t, follow(t, s, solver, start, flows.FollowOptions{Seed: 1, OnStep: onCircle}).X) {
			off = append(off, around(v-period/2, period))
		}
		mean, _, deviation = summary(off)
		return mean, deviation
	}
	if mean, deviation := run(solve.Heun{Steps: 20}, flows.Dynamics{}); math.Abs(mean) > 0.05 ||
		math.Abs(deviation-spread) > 0.08 {
		t.Errorf("mean %.3f and deviation %.3f around the cut, want 0 and %g", mean, deviation, spread)
	}
	run(solve.StochasticHeun{Steps: 8}, flows.Dynamics{Diffusion: flows.ConstantDiffusion(2)})
}

func TestTorusRefuses(t *testing.T) {
	err := flows.CheckLikelihood(flows.Torus{}, flows.Dynamics{})
	if err == nil || !strings.Contains(err.Error(), "circular path") {
		t.Errorf("likelihood: err %v, want one that mentions the circular path", err)
	}
	if err := (flows.DenoisingScoreMatching{}).Check(flows.Torus{}); err == nil ||
		!strings.Contains(err.Error(), "use path vp") {
		t.Errorf("dsm: err %v, want one that says to use vp", err)
	}
	if _, err := flows.NewSampler(testBackend(t), mlcontext.New(),
		plain(quadratic, flows.Torus{Circumference: -1})); err == nil {
		t.Error("a negative circumference: no error")
	}
}
