package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
)

func wasserstein(t *testing.T, order float64, a, b eval.Cloud) float64 {
	t.Helper()
	w, err := eval.Wasserstein(order, a, b)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// bestPairing tries all pairings of clouds of one size.
func bestPairing(order float64, a, b eval.Cloud) float64 {
	n := a.Len()
	taken := make([]bool, n)
	var try func(i int) float64
	try = func(i int) float64 {
		if i == n {
			return 0
		}
		best := math.Inf(1)
		for j := range n {
			if taken[j] {
				continue
			}
			square := 0.0
			for k := range a.Dim {
				d := a.X[i*a.Dim+k] - b.X[j*a.Dim+k]
				square += d * d
			}
			taken[j] = true
			best = min(best, math.Pow(square, order/2)+try(i+1))
			taken[j] = false
		}
		return best
	}
	return math.Pow(try(0)/float64(n), 1/order)
}

func TestWassersteinIsTheBestPairing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, order := range []float64{1, 2, 3} {
		for _, dim := range []int{1, 2, 5} {
			for n := 1; n <= 6; n++ {
				a, b := normal(rng, n, dim, 0, 1), normal(rng, n, dim, 0.3, 2)
				if got, want := wasserstein(t, order, a, b), bestPairing(order, a, b); off(got, want, 1e-12) {
					t.Errorf("order %g, %d points in %d dimensions: %g, want %g", order, n, dim, got, want)
				}
			}
		}
	}
}

// Weights 1 … 3 are as many points: 3 points of 7 units against 5 others, by trying all pairings of the units.
func TestWassersteinWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, dim := range []int{1, 3} {
		for _, order := range []float64{1, 2} {
			a, b := normal(rng, 4, dim, 0, 1), normal(rng, 5, dim, 0, 1)
			a.Weights, b.Weights = []float64{2, 3, 0, 2}, []float64{1, 3, 1, 1, 1}
			want := bestPairing(order, replicated(a), replicated(b))
			if got := wasserstein(t, order, a, b); off(got, want, 1e-12) {
				t.Errorf("order %g in %d dimensions: %g, want %g", order, dim, got, want)
			}
			for i := range a.Weights { // only ratios of masses count
				a.Weights[i] *= 17
			}
			if got := wasserstein(t, order, a, b); off(got, want, 1e-12) {
				t.Errorf("scaled weights: %g, want %g", got, want)
			}
		}
	}
}

// x → c x + m with c > 0 is the gradient of a convex function, so it is the optimal map of any cloud onto its image
// (Brenier): W2² is the mean of ‖(c − 1)x + m‖². For a translation W1 is its length too.
func TestWassersteinOfConvexMaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 2))
	for _, dim := range []int{1, 2, 6} {
		a := normal(rng, 300, dim, 1, 1)
		for _, scale := range []float64{1, 0.5, 3} {
			const shift = 2.5
			want := 0.0
			for _, v := range a.X {
				want += math.Pow((scale-1)*v+shift, 2) / 300
			}
			if got := wasserstein(t, 2, a, transformed(a, scale, shift)); off(got, math.Sqrt(want), 1e-9) {
				t.Errorf("W2 in %d dimensions, scale %g: %g, want %g", dim, scale, got, math.Sqrt(want))
			}
		}
		want := 2.5 * math.Sqrt(float64(dim))
		if got := wasserstein(t, 1, a, transformed(a, 1, 2.5)); off(got, want, 1e-9) {
			t.Errorf("W1 of a translation in %d dimensions: %g, want %g", dim, got, want)
		}
	}
}

// W2² between N(0, 1) and N(1, 2²) is 1² + (2 − 1)². 40 000 quantiles of a Gaussian have it to a few per cent.
func TestWassersteinOfGaussians(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	a, b := normal(rng, 40000, 1, 0, 1), normal(rng, 30000, 1, 1, 2)
	if got := wasserstein(t, 2, a, b); off(got, math.Sqrt2, 0.03) {
		t.Errorf("W2 is %g, want √2 within 0.03", got)
	}
}

// A metric: symmetric, 0 only for one cloud (in any order), and no way round is shorter.
func TestWassersteinIsAMetric(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 2))
	for range 20 {
		a, b, c := normal(rng, 1+rng.IntN(20), 3, 0, 1), normal(rng, 1+rng.IntN(20), 3, 1, 1),
			normal(rng, 1+rng.IntN(20), 3, 0, 2)
		for _, order := range []float64{1, 2} {
			ab, bc, ac := wasserstein(t, order, a, b), wasserstein(t, order, b, c), wasserstein(t, order, a, c)
			if !(ab <= ac+bc+1e-12 && ac <= ab+bc+1e-12 && bc <= ab+ac+1e-12) {
				t.Errorf("order %g: no triangle of %g, %g, %g", order, ab, bc, ac)
			}
			if ba := wasserstein(t, order, b, a); off(ab, ba, 1e-12) {
				t.Errorf("order %g: %g there and %g back", order, ab, ba)
			}
			if aa := wasserstein(t, order, a, a); off(aa, 0, 1e-7) || ab == 0 {
				t.Errorf("order %g: %g to itself, %g to another", order, aa, ab)
			}
		}
	}
}

// For a translation by m, W2 along θ is |θ·m|, whose mean square over the sphere is ‖m‖²/dim. (θ·m)² deviates from
// that by less than 1.3 times as much, so 4 000 directions know the root to 1 per cent. In one dimension there is
// nothing to slice; a slice never exceeds the whole.
func TestSliced(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	for _, dim := range []int{1, 2, 5} {
		a := normal(rng, 50, dim, 0, 1)
		got, err := eval.Sliced{Projections: 4000, Seed: 1}.Between(a, transformed(a, 1, 3))
		if err != nil {
			t.Fatal(err)
		}
		if off(got.Value, 3, 0.09) { // ‖m‖ = 3√dim
			t.Errorf("%d dimensions: %g, want 3", dim, got.Value)
		}
		if off(got.Value, 3, 4**got.StdErr+1e-12) {
			t.Errorf("%d dimensions: %g with a standard error of %g, want 3", dim, got.Value, *got.StdErr)
		}
		b := normal(rng, 70, dim, 1, 2)
		few := eval.Sliced{Order: 1, Projections: 50, Seed: 7}
		sliced, err := few.Between(a, b)
		if err != nil {
			t.Fatal(err)
		}
		whole := wasserstein(t, 1, a, b)
		if !(sliced.Value <= whole+1e-12) || dim == 1 && off(sliced.Value, whole, 1e-12) {
			t.Errorf("%d dimensions: sliced %g, whole %g", dim, sliced.Value, whole)
		}
		if again, _ := few.Between(a, b); again.Value != sliced.Value {
			t.Errorf("one seed gives %g and %g", sliced.Value, again.Value)
		}
	}
}

// The stated error is the deviation over draws of the directions, whatever the order.
func TestSlicedErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 2))
	a, b := normal(rng, 60, 3, 0, 1), normal(rng, 50, 3, 1, 1.5)
	for _, order := range []float64{1, 2, 3} {
		var values, errors []float64
		for seed := range uint64(200) {
			e, err := eval.Sliced{Order: order, Projections: 50, Seed: seed}.Between(a, b)
			if err != nil {
				t.Fatal(err)
			}
			values, errors = append(values, e.Value), append(errors, *e.StdErr)
		}
		_, spread := moments(values)
		stated, _ := moments(errors)
		if off(stated, spread, 0.2*spread) { // 200 draws know the spread to 5 per cent
			t.Errorf("order %g: deviation over draws %g, stated %g", order, spread, stated)
		}
	}
}

func BenchmarkWasserstein(b *testing.B) {
	for _, n := range []int{2000, 5000} {
		for _, dim := range []int{2, 5} {
			rng := rand.New(rand.NewPCG(7, 2))
			x, y := normal(rng, n, dim, 0, 1), normal(rng, n, dim, 0, 1)
			b.Run(fmt.Sprintf("n=%d/dim=%d", n, dim), func(b *testing.B) {
				for b.Loop() {
					if _, err := eval.Wasserstein(2, x, y); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
