package transport_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/internal/transport"
)

// matrix are random costs of kind: integers have many ties, points in space are what it is for.
func matrix(rng *rand.Rand, kind string, n, m int) [][]float64 {
	if kind == "points" {
		x, y := points(rng, n, 2), points(rng, m, 2)
		costs := transport.Euclidean(2, 2, x, y)
		rows := make([][]float64, n)
		for i := range rows {
			rows[i] = make([]float64, m)
			costs(i, rows[i])
		}
		return rows
	}
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, m)
		for j := range rows[i] {
			switch kind {
			case "real":
				rows[i][j] = rng.NormFloat64()
			case "ties":
				rows[i][j] = float64(rng.IntN(3))
			case "equal":
				rows[i][j] = 2.5
			}
		}
	}
	return rows
}

var kinds = []string{"real", "points", "ties", "equal"}

func points(rng *rand.Rand, n, dim int) []float64 {
	x := make([]float64, n*dim)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func rowsOf(rows [][]float64) transport.Costs {
	return func(i int, dst []float64) { copy(dst, rows[i]) }
}

// cheapest tries every assignment.
func cheapest(rows [][]float64) float64 {
	taken := make([]bool, len(rows))
	var try func(i int) float64
	try = func(i int) float64 {
		if i == len(rows) {
			return 0
		}
		best := math.Inf(1)
		for j, c := range rows[i] {
			if !taken[j] {
				taken[j] = true
				best = min(best, c+try(i+1))
				taken[j] = false
			}
		}
		return best
	}
	return try(0)
}

// Every assignment of up to 7 × 7, tried one by one, costs no less; the result is a permutation and its cost is told.
func TestAssignIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, kind := range kinds {
		for n := range 8 {
			for range 40 {
				rows := matrix(rng, kind, n, n)
				match, total := transport.Assign(n, rowsOf(rows))
				checkAssignment(t, rows, match, total)
				if want := cheapest(rows); math.Abs(total-want) > 1e-12 {
					t.Fatalf("%s %v: cost %g, want %g", kind, rows, total, want)
				}
			}
		}
	}
}

func checkAssignment(t *testing.T, rows [][]float64, match []int, total float64) {
	t.Helper()
	seen, sum := make([]bool, len(rows)), 0.0
	for i, j := range match {
		if seen[j] {
			t.Fatalf("column %d is assigned twice in %v", j, match)
		}
		seen[j] = true
		sum += rows[i][j]
	}
	if len(match) != len(rows) || math.Abs(sum-total) > 1e-9 {
		t.Fatalf("assignment %v costs %g, told %g", match, sum, total)
	}
}

// Multiplying all masses by a power of two turns any masses that are multiples of 1/8 into copies of unit masses,
// whose cheapest plan is an assignment: so says Birkhoff's theorem.
func TestPlanIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, kind := range kinds {
		for range 150 {
			n, m := 1+rng.IntN(5), 1+rng.IntN(5)
			rows := matrix(rng, kind, n, m)
			from, to := partition(rng, n), partition(rng, m)
			var unit [][]float64
			for i, copies := range from {
				for range copies {
					var row []float64
					for j, copies := range to {
						for range copies {
							row = append(row, rows[i][j])
						}
					}
					unit = append(unit, row)
				}
			}
			supply, demand := scaled(from), scaled(to)
			flows, total, err := transport.Plan(supply, demand, rowsOf(rows))
			if err != nil {
				t.Fatal(err)
			}
			checkPlan(t, rows, supply, demand, flows, total)
			if want := cheapest(unit) / 8; math.Abs(total-want) > 1e-12 {
				t.Fatalf("%s %v from %v to %v: cost %g, want %g", kind, rows, from, to, total, want)
			}
		}
	}
}

// partition spreads 7 units over n places, some of which may stay empty.
func partition(rng *rand.Rand, n int) []int {
	p := make([]int, n)
	for range 7 {
		p[rng.IntN(n)]++
	}
	return p
}

func scaled(p []int) []float64 {
	s := make([]float64, len(p))
	for i, v := range p {
		s[i] = float64(v) / 8
	}
	return s
}

func checkPlan(t *testing.T, rows [][]float64, supply, demand []float64, flows []transport.Flow, total float64) {
	t.Helper()
	left, wanted := append([]float64{}, supply...), append([]float64{}, demand...)
	sum := 0.0
	for _, f := range flows {
		if f.Mass <= 0 {
			t.Fatalf("flow %v", f)
		}
		left[f.From] -= f.Mass
		wanted[f.To] -= f.Mass
		sum += f.Mass * rows[f.From][f.To]
	}
	for _, v := range append(left, wanted...) {
		if math.Abs(v) > 1e-12 {
			t.Fatalf("masses are off by %v, %v", left, wanted)
		}
	}
	if math.Abs(sum-total) > 1e-9*(1+math.Abs(total)) || len(flows) > len(supply)+len(demand)-1 {
		t.Fatalf("%d flows cost %g, told %g", len(flows), sum, total)
	}
}

// Two algorithms that share nothing agree on problems too large to try, the first beyond what is kept in memory.
func TestAssignAndPlanAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, n := range []int{20, 150, 400} {
		for _, kind := range kinds {
			rows := matrix(rng, kind, n, n)
			mass := make([]float64, n)
			for i := range mass {
				mass[i] = 1
			}
			match, want := transport.Assign(n, rowsOf(rows))
			checkAssignment(t, rows, match, want)
			flows, got, err := transport.Plan(mass, mass, rowsOf(rows))
			if err != nil {
				t.Fatal(err)
			}
			checkPlan(t, rows, mass, mass, flows, got)
			if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Errorf("%s, %d points: plan %g, assignment %g", kind, n, got, want)
			}
		}
	}
}

// On a line the cheapest plan for a convex cost keeps the order, whatever the masses; 6 000 × 6 000 is more than is
// kept in memory.
func TestPlanOnALine(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for _, size := range [][2]int{{1, 1}, {1, 9}, {9, 1}, {40, 77}, {3000, 1500}, {6000, 6000}} {
		x, a := line(rng, size[0])
		y, b := line(rng, size[1])
		want := 0.0
		for i, j, left, wanted := 0, 0, a[0], b[0]; ; {
			mass := min(left, wanted)
			want += mass * (x[i] - y[j]) * (x[i] - y[j])
			if left -= mass; left <= 1e-15 {
				if i++; i == len(a) {
					break
				}
				left = a[i]
			}
			if wanted -= mass; wanted <= 1e-15 {
				if j++; j == len(b) {
					break
				}
				wanted = b[j]
			}
		}
		_, got, err := transport.Plan(a, b, transport.Euclidean(1, 2, x, y))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v points: cost %.15g, want %.15g", size, got, want)
		}
	}
}

// line draws sorted points on a line and masses of sum 1.
func line(rng *rand.Rand, n int) (x, mass []float64) {
	x, mass = make([]float64, n), make([]float64, n)
	at, sum := 0.0, 0.0
	for i := range x {
		at += rng.ExpFloat64() / float64(n)
		x[i], mass[i] = at, rng.Float64()+0.01
		sum += mass[i]
	}
	for i := range mass {
		mass[i] /= sum
	}
	return x, mass
}

func TestPlanWithoutMass(t *testing.T) {
	for _, masses := range [][2][]float64{{nil, {1}}, {{1}, nil}, {{0, 0}, {1}}} {
		if _, _, err := transport.Plan(masses[0], masses[1], func(int, []float64) {}); err == nil {
			t.Errorf("%v: no error", masses)
		}
	}
}

func BenchmarkTransport(b *testing.B) {
	for _, n := range []int{256, 2000} {
		rng := rand.New(rand.NewPCG(5, 1))
		x, y := points(rng, n, 2), points(rng, n, 2)
		mass := make([]float64, n)
		for i := range mass {
			mass[i] = 1
		}
		b.Run(fmt.Sprintf("Assign/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				transport.Assign(n, transport.Euclidean(2, 2, x, y))
			}
		})
		b.Run(fmt.Sprintf("Plan/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := transport.Plan(mass, mass, transport.Euclidean(2, 2, x, y)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
