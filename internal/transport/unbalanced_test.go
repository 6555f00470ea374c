package transport_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/amgen/amgen/internal/transport"
)

// Plans, their marginals and their objectives are those of POT's majorisation-minimisation and L-BFGS-B, which agree to
// 1e-8 in the objective: testdata/unbalanced.py. Marginals are where the objective is flat to second order, so they are
// known to the root of that only where it is not strongly convex; 1e-6 holds for all of these.
func TestUnbalancedEqualsPOT(t *testing.T) {
	text, err := os.ReadFile("testdata/unbalanced.json")
	if err != nil {
		t.Fatal(err)
	}
	var problems []struct {
		X, Y, A, B    []float64
		Delta         float64
		Cost          float64
		Rows, Columns []float64
		Plan          [][]float64
	}
	if err := json.Unmarshal(text, &problems); err != nil || len(problems) == 0 {
		t.Fatal(len(problems), err)
	}
	const tolerance = 1e-6
	for k, p := range problems {
		r, err := transport.Unbalanced(p.A, p.B, transport.WFR(2, p.Delta, p.X, p.Y))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.Cost-p.Cost) > 1e-8 || r.Gap > 1e-9 {
			t.Errorf("problem %d: cost %.10g ± %.2g, POT's %.10g", k, r.Cost, r.Gap, p.Cost)
		}
		plan := make([][]float64, len(p.A))
		for i := range plan {
			plan[i] = make([]float64, len(p.B))
		}
		for _, f := range r.Flows {
			plan[f.From][f.To] = f.Mass
		}
		for i, row := range p.Plan {
			if math.Abs(r.Rows[i]-p.Rows[i]) > tolerance {
				t.Errorf("problem %d: row %d moves %.8g, POT's %.8g", k, i, r.Rows[i], p.Rows[i])
			}
			for j, want := range row {
				if math.Abs(plan[i][j]-want) > tolerance {
					t.Errorf("problem %d: %.8g from %d to %d, POT's %.8g", k, plan[i][j], i, j, want)
				}
				if i == 0 && math.Abs(r.Columns[j]-p.Columns[j]) > tolerance {
					t.Errorf("problem %d: column %d gets %.8g, POT's %.8g", k, j, r.Columns[j], p.Columns[j])
				}
			}
		}
	}
}

// Between two points the plan is √(ab)·exp(−c/2), whatever side has the more mass; too far apart nothing moves, and
// the cost is that of both masses.
func TestUnbalancedDiracs(t *testing.T) {
	for _, d := range []float64{0, 0.3, 2, 3.1, 3.2} {
		a, b := 0.7, 2.5
		r, err := transport.Unbalanced([]float64{a}, []float64{b}, transport.WFR(1, 1, []float64{0}, []float64{d}))
		if err != nil {
			t.Fatal(err)
		}
		moved := math.Sqrt(a*b) * math.Cos(min(d/2, math.Pi/2))
		if math.Abs(r.Rows[0]-moved) > 1e-9 || math.Abs(r.Columns[0]-moved) > 1e-9 ||
			math.Abs(r.Cost-(a+b-2*moved)) > 1e-9 {
			t.Errorf("d = %g: moves %.10g at cost %.10g, want %.10g at %.10g", d, r.Rows[0], r.Cost, moved, a+b-2*moved)
		}
	}
}

// The marginals satisfy the conditions of optimality: c_ij + log(row/supply) + log(column/demand) is 0 where mass
// flows and nowhere below it. They are necessary and sufficient, since the problem is convex.
func TestUnbalancedIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, size := range [][2]int{{1, 1}, {2, 9}, {30, 30}, {80, 41}, {60, 150}} {
		for _, delta := range []float64{0.5, 2, 8} {
			n, m := size[0], size[1]
			a, b := make([]float64, n), make([]float64, m)
			for i := range a {
				a[i] = rng.ExpFloat64() / float64(n)
			}
			for j := range b {
				b[j] = 3 * rng.ExpFloat64() / float64(m)
			}
			costs := transport.WFR(3, delta, points(rng, n, 3), points(rng, m, 3))
			r, err := transport.Unbalanced(a, b, costs)
			if err != nil {
				t.Fatal(n, m, delta, err)
			}
			flow := map[[2]int]float64{}
			for _, f := range r.Flows {
				flow[[2]int{f.From, f.To}] = f.Mass
			}
			row := make([]float64, m)
			for i := range n {
				costs(i, row)
				for j, c := range row {
					slack := c + math.Log(r.Rows[i]/a[i]) + math.Log(r.Columns[j]/b[j])
					// A flow that matters has a slack of the gap over it.
					if slack < -1e-6 || flow[[2]int{i, j}] > 1e-4*r.Rows[i] && slack > 1e-5 {
						t.Fatalf("%d × %d, δ = %g: slack %g with flow %g of %g", n, m, delta, slack,
							flow[[2]int{i, j}], r.Rows[i])
					}
				}
			}
		}
	}
}

// What has no mass, no partner or no sense.
func TestUnbalancedEdges(t *testing.T) {
	far := transport.WFR(1, 1, []float64{0, 1, 50}, []float64{0.5, 90})
	r, err := transport.Unbalanced([]float64{1, 0, 2}, []float64{1, 3}, far)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows[1] != 0 || r.Rows[2] != 0 || r.Columns[1] != 0 || len(r.Flows) != 1 || !(r.Rows[0] > 0.9) {
		t.Errorf("moved %v to %v", r.Rows, r.Columns)
	}
	if r, err := transport.Unbalanced(nil, []float64{2}, far); err != nil || r.Cost != 2 {
		t.Errorf("from nothing: cost %g, %v", r.Cost, err)
	}
	constant := func(v float64) transport.Costs { return func(_ int, dst []float64) { dst[0] = v } }
	for _, bad := range []struct {
		mass, cost float64
	}{{-1, 0}, {math.NaN(), 0}, {math.Inf(1), 0}, {1, -1}, {1, math.NaN()}} {
		if _, err := transport.Unbalanced([]float64{bad.mass}, []float64{1}, constant(bad.cost)); err == nil {
			t.Errorf("mass %g at cost %g: no error", bad.mass, bad.cost)
		}
	}
	if _, err := transport.Unbalanced(make([]float64, 1<<12), make([]float64, 1<<12), nil); err == nil {
		t.Error("too many costs: no error")
	}
}

func BenchmarkUnbalanced(b *testing.B) {
	const n = 500
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := points(rng, n, 2), points(rng, n, 2)
	mass := make([]float64, n)
	for i := range mass {
		mass[i] = 1. / n
	}
	for b.Loop() {
		if _, err := transport.Unbalanced(mass, mass, transport.WFR(2, 1, x, y)); err != nil {
			b.Fatal(err)
		}
	}
}
