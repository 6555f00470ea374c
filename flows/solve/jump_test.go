package solve_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows/solve"
	"github.com/google/go-cmp/cmp"
)

// jumpTimes are where jumping changes its law. As float64, 3·0.1 isn't 0.3.
var jumpTimes = []float64{0.8, 0.3}

// jumping is x' = −x, between the jumps and at them 5 + 2x.
func jumping(t float64, x []float64) ([]float64, error) {
	if 0.3 <= t && t <= 0.8 {
		return []float64{5 + 2*x[0]}, nil
	}
	return []float64{-x[0]}, nil
}

// parts are the laws of jumping, each smooth, with the times between which they hold.
var parts = []struct {
	from, to float64
	field    solve.Field[[]float64]
}{
	{0, 0.3, func(_ float64, x []float64) ([]float64, error) { return []float64{-x[0]}, nil }},
	{0.3, 0.8, func(_ float64, x []float64) ([]float64, error) { return []float64{5 + 2*x[0]}, nil }},
	{0.8, 1, func(_ float64, x []float64) ([]float64, error) { return []float64{-x[0]}, nil }},
}

// afterJumps is the solution at t = 1 from 1 at 0.
func afterJumps() float64 {
	middle := (math.Exp(-0.3)+2.5)*math.Exp(2*0.5) - 2.5
	return middle * math.Exp(-0.2)
}

func integrateJumps(t *testing.T, solver solve.Solver, jumps []float64, x, t0, t1 float64) (float64, solve.Report) {
	t.Helper()
	space := &releasing{live: map[*float64]bool{}, t: t}
	field := func(t float64, x []float64) ([]float64, error) {
		f, err := jumping(t, x)
		return space.keep(f), err
	}
	p := solve.Problem[[]float64]{Space: space, Field: field, Jumps: jumps}
	start := []float64{x}
	y, report, err := solve.Integrate(t.Context(), p, solver, start, t0, t1)
	if err != nil {
		t.Fatal(err)
	}
	if len(space.live) != 1 || !space.live[&y[0]] {
		t.Errorf("%s holds %d values beside the result", solver.Name(), len(space.live)-1)
	}
	return y[0], report
}

// A solver that chooses its steps goes over a jump as two integrations do, bit for bit and in the same evaluations, in
// either direction, and takes fewer than one that isn't told of it.
func TestJumpsAdaptive(t *testing.T) {
	solver := solve.Dopri5{RTol: 1e-8, ATol: 1e-8}
	for _, back := range []bool{false, true} {
		start, t0, t1 := 1.0, 0.0, 1.0
		if back {
			start, t0, t1 = afterJumps(), 1, 0
		}
		got, report := integrateJumps(t, solver, jumpTimes, start, t0, t1)
		want, joined := []float64{start}, solve.Report{Solver: "dopri5"}
		for i := range parts {
			part := parts[i]
			if back {
				part = parts[len(parts)-1-i]
				part.from, part.to = part.to, part.from
			}
			var r solve.Report
			want, r = integrate(t, part.field, solver, want, part.from, part.to)
			joined.NFE += r.NFE
			joined.Steps += r.Steps
			joined.Accepted += r.Accepted
			joined.Rejected += r.Rejected
		}
		report.Elapsed = 0
		if diff := cmp.Diff(joined, report); diff != "" || got != want[0] {
			t.Errorf("back %t: %.17g, joined %.17g\n%s", back, got, want[0], diff)
		}
		exact := afterJumps()
		if back {
			exact = 1
		}
		if math.Abs(got-exact) > 1e-6 { // a hundred steps of error 1e-8 each, grown by less than e
			t.Errorf("back %t: %.12g, want %.12g", back, got, exact)
		}
		if _, blind := integrateJumps(t, solver, nil, start, t0, t1); blind.NFE <= report.NFE {
			t.Errorf("back %t: %d evaluations, and %d without a word of the jumps", back, report.NFE, blind.NFE)
		}
	}
	if _, report := integrateJumps(t, solver, []float64{0, 1, 2, -1, math.NaN()}, 1, 0, 0.2); report.Rejected > 0 {
		t.Errorf("%+v for jumps elsewhere", report)
	}
}

// Steps that end at the jumps keep their order: each evaluation there sees the side of its step.
func TestJumpsOnGrid(t *testing.T) {
	for _, solver := range []func(steps int) solve.Solver{
		func(n int) solve.Solver { return solve.Heun{Steps: n} },
		func(n int) solve.Solver { return solve.Midpoint{Steps: n} },
		func(n int) solve.Solver { return solve.RK4{Steps: n} },
		func(n int) solve.Solver { return solve.AB2{Steps: n} },
		func(n int) solve.Solver { return solve.AB3{Steps: n} },
	} {
		for _, back := range []bool{false, true} {
			var logN, logError []float64
			for _, n := range []int{20, 40, 80, 160} {
				start, t0, t1, exact := 1.0, 0.0, 1.0, afterJumps()
				if back {
					start, t0, t1, exact = exact, 1, 0, 1
				}
				got, _ := integrateJumps(t, solver(n), jumpTimes, start, t0, t1)
				logN, logError = append(logN, math.Log(float64(n))), append(logError, math.Log(math.Abs(got-exact)))
			}
			order := map[string]float64{"heun": 2, "midpoint": 2, "rk4": 4, "ab2": 2, "ab3": 3}[solver(1).Name()]
			if s := -slope(logN, logError); math.Abs(s-order) > 0.2 {
				t.Errorf("%s, back %t: order %.2f, want %g", solver(1).Name(), back, s, order)
			}
		}
	}
	want := math.Pow(0.9, 3)
	for range 5 {
		want += 0.1 * (5 + 2*want)
	}
	want *= 0.9 * 0.9
	if got, _ := integrateJumps(t, solve.Euler{Steps: 10}, jumpTimes, 1, 0, 1); math.Abs(got-want) > 1e-14 {
		t.Errorf("euler: %.17g, want %.17g", got, want)
	}
}
