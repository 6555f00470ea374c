package eval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
)

// Between two clouds the displacement interpolation is a geodesic of W₂: from either it is as far as its part of the
// way. Random pairs have the interpolated mean, and keep all points.
func TestInterpolate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	a, b := eval.Cloud{Dim: 2}, eval.Cloud{Dim: 2}
	for range 40 {
		a.X = append(a.X, rng.NormFloat64(), rng.NormFloat64())
	}
	for range 57 {
		b.X = append(b.X, 3+rng.NormFloat64(), 0.5*rng.NormFloat64())
	}
	far, err := eval.Wasserstein(2, a, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{0, 0.25, 1} {
		middle, err := eval.Interpolate(a, b, at, eval.OptimalPairs, 0)
		if err != nil {
			t.Fatal(err)
		}
		for k, end := range []eval.Cloud{a, b} {
			want := far * math.Abs(at-float64(k))
			// The root of a sum that is 0 but for rounding is within 1e-6.
			if got, err := eval.Wasserstein(2, end, middle); err != nil || math.Abs(got-want) > 1e-6 {
				t.Errorf("at %g: %.12g from end %d, want %.12g (%v)", at, got, k, want, err)
			}
		}
		random, err := eval.Interpolate(a, b, at, eval.RandomPairs, 3)
		if err != nil || random.Len() != 57 || random.Weights != nil {
			t.Fatalf("%d random pairs, %v", random.Len(), err)
		}
	}
	if random, _ := eval.Interpolate(a, b, 1, eval.RandomPairs, 3); sum(random.X)-sum(b.X) > 1e-9 {
		t.Error("random pairs at t = 1 aren't the second cloud")
	}
	heavy := eval.Cloud{Dim: 2, X: a.X, Weights: make([]float64, 40)}
	heavy.Weights[0] = 1
	if _, err := eval.Interpolate(heavy, b, 0.5, eval.RandomPairs, 0); err == nil {
		t.Error("random pairs of weighted points: no error")
	}
	if _, err := eval.Interpolate(a, eval.Cloud{Dim: 3, X: []float64{1, 2, 3}}, 0.5, eval.OptimalPairs, 0); err == nil {
		t.Error("clouds of two spaces: no error")
	}
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

// Halves share out all points but one of an odd number.
func TestHalves(t *testing.T) {
	c := eval.Cloud{Dim: 1}
	for i := range 9 {
		c.X = append(c.X, float64(i))
	}
	a, b := eval.Halves(c, 1)
	seen := map[float64]bool{}
	for _, v := range append(append([]float64(nil), a.X...), b.X...) {
		seen[v] = true
	}
	if a.Len() != 4 || b.Len() != 4 || len(seen) != 8 {
		t.Errorf("halves %v and %v", a.X, b.X)
	}
}
