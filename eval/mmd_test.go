package eval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
)

func mmd(t *testing.T, m eval.MMD, a, b eval.Cloud) float64 {
	t.Helper()
	v, err := m.Squared(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Three points of a line, by hand: with h = 1, k = exp(−d²/2).
func TestMMDByHand(t *testing.T) {
	a, b := eval.Cloud{Dim: 1, X: []float64{0, 1}}, eval.Cloud{Dim: 1, X: []float64{0, 3}}
	k := func(d float64) float64 { return math.Exp(-d * d / 2) }
	across := (k(0) + k(3) + k(1) + k(2)) / 4
	for _, tc := range []struct {
		biased bool
		want   float64
	}{
		{true, (2+2*k(1))/4 + (2+2*k(3))/4 - 2*across},
		{false, k(1) + k(3) - 2*across},
	} {
		got := mmd(t, eval.MMD{Bandwidths: []float64{1}, Biased: tc.biased}, a, b)
		if math.Abs(got-tc.want) > 1e-15 {
			t.Errorf("biased %t: %g, want %g", tc.biased, got, tc.want)
		}
	}
	mixture := mmd(t, eval.MMD{Bandwidths: []float64{0.5, 2}}, a, b)
	mean := (mmd(t, eval.MMD{Bandwidths: []float64{0.5}}, a, b) + mmd(t, eval.MMD{Bandwidths: []float64{2}}, a, b)) / 2
	if math.Abs(mixture-mean) > 1e-15 {
		t.Errorf("a mixture of kernels gives %g, its parts %g on average", mixture, mean)
	}
}

// Between N(0, s²I) and N(m, r²I) in d dimensions E k = (h²/(h² + u²))^(d/2) exp(−‖Δ‖²/2(h² + u²)), u² the sum of the
// two variances. Over 60 draws the unbiased estimate has that mean within 4 standard errors; the biased is above it.
func TestMMDOfGaussians(t *testing.T) {
	const h, s, r, m, dim = 1.3, 1.0, 1.4, 0.5, 2
	k := func(variance, squared float64) float64 {
		return math.Pow(h*h/(h*h+variance), dim/2.) * math.Exp(-squared/(2*(h*h+variance)))
	}
	want := k(2*s*s, 0) + k(2*r*r, 0) - 2*k(s*s+r*r, dim*m*m)
	rng := rand.New(rand.NewPCG(7, 2))
	const draws = 60
	sum, squares, biased := 0.0, 0.0, 0.0
	for range draws {
		a, b := normal(rng, 80, dim, 0, s), normal(rng, 60, dim, m, r)
		v := mmd(t, eval.MMD{Bandwidths: []float64{h}}, a, b)
		sum += v / draws
		squares += v * v / draws
		biased += mmd(t, eval.MMD{Bandwidths: []float64{h}, Biased: true}, a, b) / draws
	}
	stderr := math.Sqrt((squares - sum*sum) / draws)
	if math.Abs(sum-want) > 4*stderr || stderr > want/3 {
		t.Errorf("mean %g ± %g, want %g", sum, stderr, want)
	}
	if biased < want+4*stderr {
		t.Errorf("the biased estimate %g isn't above %g", biased, want)
	}
}

// Weights 0 … 3 are as many points; the biased estimate of a cloud and itself is 0.
func TestMMDWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 2))
	a, b := normal(rng, 5, 3, 0, 1), normal(rng, 4, 3, 0, 1)
	a.Weights, b.Weights = []float64{2, 3, 0, 1, 2}, []float64{1, 3, 1, 2}
	m := eval.MMD{Bandwidths: []float64{0.7, 1.5}, Biased: true}
	if got, want := mmd(t, m, a, b), mmd(t, m, replicated(a), replicated(b)); math.Abs(got-want) > 1e-14 || want < 0 {
		t.Errorf("weighted %g, replicated %g", got, want)
	}
	if got := mmd(t, m, a, replicated(a)); math.Abs(got) > 1e-14 {
		t.Errorf("a cloud is %g from itself", got)
	}
}

// The distances between the points 0, 1, 4, 0, 10 are, sorted, 0 1 1 3 4 4 6 9 10 10.
func TestMedianDistance(t *testing.T) {
	a, b := eval.Cloud{Dim: 1, X: []float64{0, 1, 4}}, eval.Cloud{Dim: 1, X: []float64{0, 10}}
	if got := eval.MedianDistance(a, b); got != 4 {
		t.Errorf("median %g, want 4", got)
	}
	// N(0, 1): a difference is N(0, 2), of absolute median 0.6745·√2. Its density there is 0.45: a million pairs
	// of 3 000 points know it to 0.02 or so.
	rng := rand.New(rand.NewPCG(9, 2))
	if got, want := eval.MedianDistance(normal(rng, 2000, 1, 0, 1), normal(rng, 1000, 1, 0, 1)), 0.67449*math.Sqrt2; math.Abs(got-want) > 0.04 {
		t.Errorf("median %g, want %g", got, want)
	}
	// The default bandwidths are multiples of it, so MMD² doesn't change with the unit of length.
	a, b = normal(rng, 30, 2, 0, 1), normal(rng, 30, 2, 1, 1)
	if one, other := mmd(t, eval.MMD{}, a, b), mmd(t, eval.MMD{}, transformed(a, 1e3, 0), transformed(b, 1e3, 0)); math.Abs(one-other) > 1e-12 || one <= 0 {
		t.Errorf("MMD² %g, in another unit %g", one, other)
	}
}
