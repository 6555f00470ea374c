package solve_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/solve"
)

func linear(t float64) (a, b, slopeA, slopeB float64) { return 1 - t, t, -1, 1 }

func trig(t float64) (a, b, slopeA, slopeB float64) {
	const w = math.Pi / 2
	return math.Sin(w * (1 - t)), math.Sin(w * t), -w * math.Sin(w*t), w * math.Sin(w*(1-t))
}

// early starts with a share of data, as diffusions do.
func early(t float64) (a, b, slopeA, slopeB float64) { return 1 - t, 0.1 + 0.9*t, -1, 0.9 }

// gaussian is the flow from noise N(0, 1) to data N(mean, deviation²) along a path: it keeps each x at the same number
// of deviations.
type gaussian struct {
	path            solve.Schedule
	mean, deviation float64
}

func (g gaussian) spread(t float64) float64 {
	a, b, _, _ := g.path(t)
	return math.Hypot(a, b*g.deviation)
}

func (g gaussian) exact(t, x0 float64) float64 {
	_, b0, _, _ := g.path(0)
	_, b, _, _ := g.path(t)
	return b*g.mean + (x0-b0*g.mean)/g.spread(0)*g.spread(t)
}

func (g gaussian) field(t float64, x []float64) ([]float64, error) {
	a, b, slopeA, slopeB := g.path(t)
	rate := (a*slopeA + b*slopeB*g.deviation*g.deviation) / (g.spread(t) * g.spread(t))
	return []float64{slopeB*g.mean + rate*(x[0]-b*g.mean)}, nil
}

func (g gaussian) problem() solve.Problem[[]float64] {
	return solve.Problem[[]float64]{Space: solve.Vectors{}, Field: g.field, Schedule: g.path}
}

// The weights of equal steps are the textbook's, in units of the step.
func TestAdamsBashforthWeights(t *testing.T) {
	for _, test := range []struct {
		solver solve.Solver
		want   []float64 // the oldest first
	}{
		{solve.AB2{Steps: 10}, []float64{-1. / 2, 3. / 2}},
		{solve.AB3{Steps: 10}, []float64{5. / 12, -16. / 12, 23. / 12}},
	} {
		for j, want := range test.want {
			// The field is 1 at one evaluation alone; its share of the step from 0.5 on is the weight.
			var states []float64
			p := solve.Problem[[]float64]{Space: solve.Vectors{},
				Field: func(t float64, _ []float64) ([]float64, error) {
					if math.Abs(t-(0.5-0.1*float64(len(test.want)-1-j))) < 0.01 {
						return []float64{1}, nil
					}
					return []float64{0}, nil
				},
				OnStep: func(_ float64, x []float64) error { states = append(states, x[0]); return nil }}
			if _, _, err := solve.Integrate(t.Context(), p, test.solver, []float64{0}, 0, 1); err != nil {
				t.Fatal(err)
			}
			if got := (states[6] - states[5]) / 0.1; !(math.Abs(got-want) <= 1e-13) {
				t.Errorf("%s: weight %d is %.16g, want %.16g", test.solver.Name(), j, got, want)
			}
		}
	}
}

// DPM-Solver++(2M) is of order 2 on each path, between the steps too and whatever their lengths. Up to the data its
// error is h²(C + C′ log 1/h), for steps in λ don't get shorter there: h⁻² times the error grows by the same amount
// each time that h is halved.
func TestDPMSolverOrder(t *testing.T) {
	for name, path := range map[string]solve.Schedule{"linear": linear, "trig": trig, "early": early} {
		for _, grid := range []solve.Grid{solve.UniformGrid{}, uneven{}, solve.CosineGrid{}} {
			flow := gaussian{path, 0.7, 0.3}
			var logH, logBetween, atData []float64
			for _, n := range []int{400, 800, 1600, 3200} {
				worst := 0.0
				p := flow.problem()
				for i := 1; i < 60; i++ {
					p.Times = append(p.Times, (float64(i)+0.37)/61)
				}
				p.OnTime = func(t float64, x []float64) error {
					worst = max(worst, math.Abs(x[0]-flow.exact(t, 1.2)))
					return nil
				}
				y, report, err := solve.Integrate(t.Context(), p, solve.DPMSolver2M{Steps: n, Grid: grid},
					[]float64{1.2}, 0, 1)
				if err != nil || report.NFE != n {
					t.Fatalf("%d evaluations of %d, err %v", report.NFE, n, err)
				}
				logH, logBetween = append(logH, -math.Log(float64(n))), append(logBetween, math.Log(worst))
				atData = append(atData, math.Abs(y[0]-flow.exact(1, 1.2))*float64(n*n))
			}
			if got := slope(logH, logBetween); !(math.Abs(got-2) <= 0.1) {
				t.Errorf("%s, %s: empirical order %.3f between the steps, want 2", name, grid.Name(), got)
			}
			growth, before := atData[3]-atData[2], atData[2]-atData[1]
			if !(math.Abs(growth-before) <= 0.01*atData[3] && growth < atData[3]/4) {
				t.Errorf("%s, %s: error over h² is %v, want h²(C + C′ log 1/h)", name, grid.Name(), atData)
			}
		}
	}
}

// Data of one point c are predicted exactly, so one step gets there, and any steps stay on the line to it.
func TestDPMSolverIsExactForOnePoint(t *testing.T) {
	for name, path := range map[string]solve.Schedule{"linear": linear, "trig": trig} {
		const c, x0 = 0.6, -1.3
		flow := gaussian{path, c, 0}
		for _, solver := range []solve.Solver{solve.DPMSolver2M{Steps: 1}, solve.DPMSolver2M{Steps: 7},
			solve.DPMSolver2M{Steps: 10, Grid: solve.EDMGrid{}}} {
			p := flow.problem()
			p.Times = []float64{0.1, 0.5, 0.93}
			p.OnTime = func(time float64, x []float64) error {
				a, b, _, _ := path(time)
				if want := a*x0 + b*c; !(math.Abs(x[0]-want) <= 1e-13) {
					t.Errorf("%s, %s: x=%.16g at t=%g, want %.16g", name, solver.Name(), x[0], time, want)
				}
				return nil
			}
			y, _, err := solve.Integrate(t.Context(), p, solver, []float64{x0}, 0, 1)
			if err != nil || !(math.Abs(y[0]-c) <= 1e-13) {
				t.Errorf("%s: %v, err %v, want %g", name, y, err, c)
			}
		}
	}
}

// The last step ends in the data prediction of its beginning, and on a linear path the first step is Euler's.
func TestDPMSolverEnds(t *testing.T) {
	flow := gaussian{linear, 0.7, 0.3}
	var states []float64
	p := flow.problem()
	p.OnStep = func(_ float64, x []float64) error { states = append(states, x[0]); return nil }
	if _, _, err := solve.Integrate(t.Context(), p, solve.DPMSolver2M{Steps: 5}, []float64{1.2}, 0, 1); err != nil {
		t.Fatal(err)
	}
	v0, _ := flow.field(0, states[:1])
	v4, _ := flow.field(0.8, states[4:5])
	if want := states[0] + 0.2*v0[0]; !(math.Abs(states[1]-want) <= 1e-14) {
		t.Errorf("x=%.16g after one step, want Euler's %.16g", states[1], want)
	}
	if want := states[4] + 0.2*v4[0]; !(math.Abs(states[5]-want) <= 1e-14) {
		t.Errorf("x=%.16g at the end, want the data prediction %.16g", states[5], want)
	}
}

// The step that ends at the data predicts them, from wherever it starts.
func TestDPMSolverEndsAtTheData(t *testing.T) {
	flow := gaussian{linear, 0.7, 0.3}
	for i := 1; i < 1000; i++ {
		at := float64(i) / 1001
		y, _, err := solve.Integrate(t.Context(), flow.problem(),
			solve.DPMSolver2M{Steps: 3, Grid: badGrid{0, at / 2, at, 1}},
			[]float64{1.2}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		x, _, err := solve.Integrate(t.Context(), flow.problem(), solve.DPMSolver2M{Steps: 2}, []float64{1.2}, 0, at)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := flow.field(at, x)
		if want := x[0] + (1-at)*v[0]; !(math.Abs(y[0]-want) <= 1e-12) {
			t.Errorf("the last step from t=%g ends at %.15g, want the data prediction %.15g", at, y[0], want)
		}
	}
}

func TestDPMSolverRefuses(t *testing.T) {
	for _, test := range []struct {
		path   solve.Schedule
		t0, t1 float64
		words  string
	}{
		{linear, 1, 0, "towards"},
		{nil, 1, 0, "towards"},
		{nil, 0, 1, "no schedule"},
		{linear, 0, 1.5, "b/a rises"},
		{linear, -0.5, 1, "b/a rises"},
		{func(t float64) (a, b, slopeA, slopeB float64) { return math.NaN(), t, -1, 1 }, 0, 1, "b/a rises"},
		{func(t float64) (a, b, slopeA, slopeB float64) { return t, 1 - t, 1, -1 }, 0, 1, "b/a rises"},
	} {
		p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: problems[0].field, Schedule: test.path}
		_, report, err := solve.Integrate(t.Context(), p, solve.DPMSolver2M{Steps: 5}, []float64{1}, test.t0, test.t1)
		if err == nil || !strings.Contains(err.Error(), test.words) || report.NFE != 0 {
			t.Errorf("from %g to %g: err %v after %d evaluations, want one that mentions %q", test.t0, test.t1, err,
				report.NFE, test.words)
		}
	}
}
