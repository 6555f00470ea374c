package solve_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/solve"
	"github.com/google/go-cmp/cmp"
)

// The solution between steps has the order that the tableau tells, and asking for it changes neither the steps nor
// the result by a bit.
func TestDenseOrder(t *testing.T) {
	for _, method := range []struct {
		make  func(steps int) solve.Solver
		steps []int
	}{
		{func(n int) solve.Solver { return solve.Euler{Steps: n} }, []int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return solve.Midpoint{Steps: n} }, []int{50, 100, 200, 400}},
		{func(n int) solve.Solver { return solve.Heun{Steps: n} }, []int{50, 100, 200, 400}},
		{func(n int) solve.Solver { return solve.RK4{Steps: n} }, []int{20, 40, 80, 160}},
		{func(n int) solve.Solver { return solve.AB2{Steps: n, Grid: solve.CosineGrid{}} }, []int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return solve.AB3{Steps: n} }, []int{50, 100, 200, 400}},
		{func(n int) solve.Solver { return fixedDopri5{n} }, []int{10, 20, 40, 80}},
	} {
		tab := method.make(1).Tableau()
		for _, p := range problems {
			var logH, logError []float64
			for _, n := range method.steps {
				worst := 0.0
				problem := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: p.field,
					OnTime: func(t float64, x []float64) error { worst = max(worst, distance(x, p.exact(t))); return nil }}
				h := (p.t1 - p.t0) / float64(n)
				for i := range n {
					for _, theta := range []float64{0.25, 0.5, 0.8} {
						problem.Times = append(problem.Times, p.t0+(float64(i)+theta)*h)
					}
				}
				got, report, err := solve.Integrate(t.Context(), problem, method.make(n), p.exact(p.t0), p.t0, p.t1)
				if err != nil {
					t.Fatal(err)
				}
				want, plain := integrate(t, p.field, method.make(n), p.exact(p.t0), p.t0, p.t1)
				if !cmp.Equal(got, want) || report.NFE != plain.NFE {
					t.Fatalf("%s: %v after %d evaluations with times, %v after %d without", report.Solver, got, report.NFE, want, plain.NFE)
				}
				logH, logError = append(logH, -math.Log(float64(n))), append(logError, math.Log(worst))
			}
			// The error is at least that of the solution at the steps, of the method's own order, and at most the
			// interpolation's O(h^(q+1)), so it has the smaller order of p and q + 1.
			want := math.Min(float64(tab.Order), float64(tab.DenseOrder)+1)
			if got := slope(logH, logError); !(math.Abs(got-want) <= 0.25) {
				t.Errorf("%s, %s: dense output of empirical order %.2f, want %g", method.make(1).Name(), p.name, got, want)
			}
		}
	}
}

// Both ends and the steps' own times are among those that can be asked for, in either direction.
func TestTimesAreShownInOrder(t *testing.T) {
	for _, times := range [][]float64{{0, 0.1, 0.25, 0.3, 0.75, 1}, {1, 0.8, 0.5, 0.1, 0}} {
		var got []float64
		p := solve.Problem[[]float64]{Space: solve.Vectors{}, Times: times,
			Field: func(float64, []float64) ([]float64, error) { return []float64{2}, nil },
			OnTime: func(t float64, x []float64) error {
				if !(math.Abs(x[0]-2*t) <= 1e-14) {
					return errors.New("not on the line")
				}
				got = append(got, t)
				return nil
			}}
		from, to := times[0], times[len(times)-1]
		_, _, err := solve.Integrate(t.Context(), p, solve.RK4{Steps: 4}, []float64{2 * from}, from, to)
		if err != nil || !cmp.Equal(got, times) {
			t.Errorf("shown at %v, err %v, want %v", got, err, times)
		}
	}
}

func TestTimesAreChecked(t *testing.T) {
	stop := errors.New("stop")
	p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: problems[0].field,
		OnTime: func(t float64, _ []float64) error {
			if t > 0.5 {
				return stop
			}
			return nil
		}}
	for _, times := range [][]float64{{-0.1}, {0.2, 1.5}, {0.5, 0.2}, {0.2, 0.2}, {math.NaN()}} {
		p.Times = times
		_, _, err := solve.Integrate(t.Context(), p, solve.Euler{Steps: 4}, []float64{1}, 0, 1)
		if err == nil || !strings.Contains(err.Error(), "in that order") {
			t.Errorf("times %v: err %v", times, err)
		}
	}
	for _, at := range []float64{0.6, 0.75, 1} {
		p.Times = []float64{0.2, at}
		if _, _, err := solve.Integrate(t.Context(), p, solve.Euler{Steps: 4}, []float64{1}, 0, 1); !errors.Is(err, stop) {
			t.Errorf("err %v, want the observer's", err)
		}
	}
}
