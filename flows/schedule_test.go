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
)

// A path's schedule is its definition's a and b, with their difference quotients, and a is exactly 0 at the data.
func TestSchedules(t *testing.T) {
	for _, p := range interpolations {
		schedule := p.path.(flows.Scheduled).Schedule
		for _, at := range []float64{0.001, 0.05, 0.3, 0.5, 0.9, 0.99} {
			a, b, slopeA, slopeB := schedule(at)
			const d = 1e-6
			quotientA, quotientB := (p.a(at+d)-p.a(at-d))/(2*d), (p.b(at+d)-p.b(at-d))/(2*d)
			for i, pair := range [][2]float64{{a, p.a(at)}, {b, p.b(at)}, {slopeA, quotientA}, {slopeB, quotientB}} {
				tolerance := 1e-12
				if i > 1 {
					tolerance = 1e-7 * (1 + math.Abs(pair[1])) // d² and 1e-16/d
				}
				if !(math.Abs(pair[0]-pair[1]) <= tolerance) {
					t.Errorf("%s at t=%g: number %d is %.12g, want %.12g", p.name, at, i, pair[0], pair[1])
				}
			}
		}
		if a, b, _, _ := schedule(1); a != 0 || b != 1 {
			t.Errorf("%s ends at a=%g and b=%g", p.name, a, b)
		}
	}
}

// From noise to N(mean, deviation²) along each path, DPM-Solver++(2M) arrives where the closed form does, with few
// steps; data of one point take a single step.
func TestDPMSolverOnPaths(t *testing.T) {
	const mean = 0.5
	for _, p := range interpolations {
		schedule := p.path.(flows.Scheduled).Schedule
		for _, test := range []struct {
			deviation float64
			steps     int
			tolerance float64
		}{{0, 1, 1e-6}, {0.25, 100, 0.01}} {
			action := func(_ *mlcontext.Context, t, x *Node) *Node {
				return gaussianAction(p.path, t, x, mean, test.deviation)
			}
			x0 := []float64{-1.5, -0.2, 0, 0.7, 2}
			noise := tensors.FromFlatDataAndDimensions(append([]float64{}, x0...), 5, 1)
			x, report, err := flows.Sample(t.Context(), testBackend(t), mlcontext.New(), plain(action, p.path),
				solve.DPMSolver2M{Steps: test.steps}, noise)
			if err != nil || report.NFE != test.steps {
				t.Fatalf("%s: err %v, %d evaluations", p.name, err, report.NFE)
			}
			a0, b0, _, _ := schedule(0)
			for i, got := range tensors.MustCopyFlatData[float64](x) {
				want := mean + (x0[i]-b0*mean)/math.Hypot(a0, b0*test.deviation)*test.deviation
				if !(math.Abs(got-want) <= test.tolerance) {
					t.Errorf("%s, deviation %g: %g goes to %g, want %g", p.name, test.deviation, x0[i], got, want)
				}
			}
		}
	}
}

// gaussianAction is the action of the flow to N(mean, deviation²), with the coefficients of the path written down again
// and differentiated by GoMLX.
func gaussianAction(path flows.Path, t, x *Node, mean, deviation float64) *Node {
	coefficient := func(f func(t *Node) *Node) (value, slope *Node) {
		t := Identity(StopGradient(t))
		value = f(t)
		return value, Gradient(ReduceAllSum(value), t)[0]
	}
	signal := func(t *Node) *Node {
		switch path.(type) {
		case flows.Linear:
			return t
		case flows.Trig:
			return Sin(MulScalar(t, math.Pi/2))
		}
		u := OneMinus(t)
		return Exp(Neg(Mul(u, AddScalar(MulScalar(u, 19.9/4), 0.05))))
	}
	noise := func(t *Node) *Node {
		switch path.(type) {
		case flows.Linear:
			return OneMinus(t)
		case flows.Trig:
			return Cos(MulScalar(t, math.Pi/2))
		}
		return Sqrt(OneMinus(Square(signal(t))))
	}
	a, slopeA := coefficient(noise)
	b, slopeB := coefficient(signal)
	d2 := deviation * deviation
	rate := Div(Add(Mul(a, slopeA), MulScalar(Mul(b, slopeB), d2)), Add(Square(a), MulScalar(Square(b), d2)))
	x1 := Reshape(x, x.Shape().Dimensions[0])
	off := Sub(x1, MulScalar(b, mean))
	return Add(MulScalar(Mul(slopeB, x1), mean), MulScalar(Mul(rate, Square(off)), 0.5))
}

// DPM-Solver++(2M) is refused where there is no schedule, where particles have weights, and back to the noise.
func TestDPMSolverIsRefused(t *testing.T) {
	points := func(_ *mlcontext.Context, _, x *Node) *Node { return ReduceSum(x, 1) }
	x := tensors.FromValue([][]float32{{1, 2}})
	solver := solve.DPMSolver2M{Steps: 3}
	for _, test := range []struct {
		model  flows.Model
		t0, t1 float64
		words  string
	}{
		{plain(points, flows.Torus{}), 0, 1, "path torus isn't one"},
		{flows.Model{Action: points, Path: flows.Linear{},
			Objective: flows.ActionMatching{Dynamics: flows.Dynamics{Growth: true}}}, 0, 1, "log-weights"},
		{plain(points, flows.Linear{}), 1, 0, "towards"},
	} {
		sampler, err := flows.NewSampler(testBackend(t), mlcontext.New(), test.model)
		if err != nil {
			t.Fatal(err)
		}
		p, err := sampler.Follow(t.Context(), solver, x, test.t0, test.t1, flows.FollowOptions{})
		if err == nil || !strings.Contains(err.Error(), test.words) || !strings.Contains(err.Error(), "use heun, ab2") {
			t.Errorf("err %v, want one that mentions %q", err, test.words)
		}
		p.Finalize()
		known := flows.CheckSolver(solver, test.model.Path, test.model.Objective.Motion())
		if (known == nil) != (test.t1 < test.t0) {
			t.Errorf("CheckSolver says %v before %v", known, err)
		}
		sampler.Finalize()
	}
}
