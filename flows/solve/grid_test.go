package solve_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/solve"
)

// uneven is a grid of which each second step is twice as long as the one before, so that neighbours differ at any
// number of steps.
type uneven struct{}

func (uneven) Name() string { return "uneven" }

func (uneven) Times(n int) ([]float64, error) {
	times := make([]float64, n+1)
	for i := range n {
		times[i+1] = times[i] + float64(1+i%2)
	}
	for i := range times {
		times[i] /= times[n]
	}
	return times, nil
}

// badGrid has the times that it is told.
type badGrid []float64

func (badGrid) Name() string                   { return "bad" }
func (g badGrid) Times(int) ([]float64, error) { return g, nil }

// Each grid starts and ends where it must and rises, from one step on.
func TestGridsRise(t *testing.T) {
	for _, name := range solve.GridNames() {
		grid, err := solve.GridByName(name)
		if err != nil || grid.Name() != name {
			t.Fatal(grid, err)
		}
		for _, n := range []int{1, 2, 3, 10, 1000} {
			times, err := grid.Times(n)
			if err != nil || len(times) != n+1 || times[0] != 0 || times[n] != 1 {
				t.Fatalf("%s, %d steps: %v, err %v", name, n, times, err)
			}
			for i := range n {
				if !(times[i+1] > times[i]) {
					t.Errorf("%s, %d steps: t=%g after %g", name, n, times[i+1], times[i])
				}
			}
		}
	}
}

// The noise levels of 18 steps as NVlabs' edm computes them with its defaults, in NumPy: σ_1, σ_9 and σ_17.
func TestEDMGridHasThePublishedLevels(t *testing.T) {
	times, err := solve.EDMGrid{}.Times(18)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]float64{1: 57.58598472124816, 9: 1.9233398370400518, 17: 0.002} {
		if got := (1 - times[i]) / times[i]; !(math.Abs(got/want-1) <= 1e-12) { // 1 − t has lost three digits
			t.Errorf("σ_%d = %.16g, want %.16g", i, got, want)
		}
	}
}

// The solver passes a grid's times, in reverse from the data to the noise, and stretched over another interval.
func TestStepsFollowTheGrid(t *testing.T) {
	grid, err := solve.CosineGrid{}.Times(7)
	if err != nil {
		t.Fatal(err)
	}
	for _, span := range [][2]float64{{0, 1}, {1, 0}, {0.2, 0.9}, {3, -1}} {
		for _, solver := range []solve.Solver{solve.Euler{Steps: 7, Grid: solve.CosineGrid{}},
			solve.AB3{Steps: 7, Grid: solve.CosineGrid{}}} {
			low, high := min(span[0], span[1]), max(span[0], span[1])
			var got []float64
			p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: problems[0].field,
				OnStep: func(t float64, _ []float64) error { got = append(got, t); return nil }}
			if _, _, err := solve.Integrate(t.Context(), p, solver, []float64{1}, span[0], span[1]); err != nil {
				t.Fatal(err)
			}
			for i := range grid {
				want := low + (high-low)*grid[i]
				if span[1] < span[0] {
					want = low + (high-low)*grid[7-i]
				}
				if len(got) != 8 || !(math.Abs(got[i]-want) <= 1e-15*7*(high-low)) {
					t.Fatalf("%s from %g to %g: times %v, want number %d at %g", solver.Name(), span[0], span[1], got,
						i, want)
				}
			}
		}
	}
}

func TestBadGridsAreRefused(t *testing.T) {
	for _, grid := range []solve.Grid{badGrid{0, 0.5, 0.5, 1}, badGrid{0, 0.6, 0.5, 1}, badGrid{0, 1},
		badGrid{0.1, 0.2, 0.3, 1},
		badGrid{0, math.NaN(), 0.5, 1}, badGrid{0, 0.1, 0.2, 0.9}, badGrid(nil), solve.EDMGrid{SigmaMin: 100},
		solve.EDMGrid{SigmaMin: -1}, solve.EDMGrid{SigmaMax: math.Inf(1)}, solve.EDMGrid{SigmaMin: math.NaN()}} {
		_, err := solve.Heun{Steps: 3, Grid: grid}.Controller()
		if err == nil || !strings.HasPrefix(err.Error(), "solve: ") {
			t.Errorf("%v: err %v, want a refusal", grid, err)
		}
	}
}
