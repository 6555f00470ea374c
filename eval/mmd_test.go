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
		if off(got, tc.want, 1e-15) {
			t.Errorf("biased %t: %g, want %g", tc.biased, got, tc.want)
		}
	}
	mixture := mmd(t, eval.MMD{Bandwidths: []float64{0.5, 2}}, a, b)
	mean := (mmd(t, eval.MMD{Bandwidths: []float64{0.5}}, a, b) + mmd(t, eval.MMD{Bandwidths: []float64{2}}, a, b)) / 2
	if off(mixture, mean, 1e-15) {
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
	if off(sum, want, 4*stderr) || !(stderr <= want/3) {
		t.Errorf("mean %g ± %g, want %g", sum, stderr, want)
	}
	if !(biased >= want+4*stderr) {
		t.Errorf("the biased estimate %g isn't above %g", biased, want)
	}
}

// Weights 0 … 3 are as many points; the biased estimate of a cloud and itself is 0.
func TestMMDWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 2))
	a, b := normal(rng, 5, 3, 0, 1), normal(rng, 4, 3, 0, 1)
	a.Weights, b.Weights = []float64{2, 3, 0, 1, 2}, []float64{1, 3, 1, 2}
	m := eval.MMD{Bandwidths: []float64{0.7, 1.5}, Biased: true}
	if got, want := mmd(t, m, a, b), mmd(t, m, replicated(a), replicated(b)); off(got, want, 1e-14) || want < 0 {
		t.Errorf("weighted %g, replicated %g", got, want)
	}
	if got := mmd(t, m, a, replicated(a)); off(got, 0, 1e-14) {
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
	if got, want := eval.MedianDistance(normal(rng, 2000, 1, 0, 1), normal(rng, 1000, 1, 0, 1)),
		0.67449*math.Sqrt2; off(got, want, 0.04) {
		t.Errorf("median %g, want %g", got, want)
	}
	// The default bandwidths are multiples of it, so MMD² doesn't change with the unit of length.
	a, b = normal(rng, 30, 2, 0, 1), normal(rng, 30, 2, 1, 1)
	if one, other := mmd(t, eval.MMD{}, a, b), mmd(t, eval.MMD{}, transformed(a, 1e3, 0),
		transformed(b, 1e3, 0)); off(one, other, 1e-12) || !(one > 0) {
		t.Errorf("MMD² %g, in another unit %g", one, other)
	}
}

// The jackknife's error is the deviation of MMD² over draws, with one distribution on both sides (where it is no less)
// and with two.
func TestMMDErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 2))
	for _, shift := range []float64{0, 0.7} {
		var values, errors []float64
		for range 150 {
			e, err := eval.MMD{Bandwidths: []float64{0.5, 2}}.Between(normal(rng, 40, 2, shift, 1),
				normal(rng, 50, 2, 0, 1))
			if err != nil {
				t.Fatal(err)
			}
			values, errors = append(values, e.Value), append(errors, *e.StdErr)
		}
		_, spread := moments(values)
		stated, _ := moments(errors)
		if !(stated >= 0.85*spread && stated <= 1.6*spread) {
			t.Errorf("shift %g: deviation over draws %g, stated %g", shift, spread, stated)
		}
	}
}

// In many dimensions distances come by way of products, and more points than a tile has: the sums are the same.
func TestMMDOfTiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 2))
	const dim, n, m = 33, 290, 261
	a, b := normal(rng, n, dim, 100, 1), normal(rng, m, dim, 100.2, 1)
	k := func(x, y []float64) float64 {
		square := 0.0
		for i, v := range x {
			square += (v - y[i]) * (v - y[i])
		}
		return math.Exp(-square / 2 / 64)
	}
	want := 0.0
	for i := range n {
		for j := range n {
			if i != j {
				want += k(a.X[i*dim:(i+1)*dim], a.X[j*dim:(j+1)*dim]) / (n * (n - 1))
			}
		}
		for j := range m {
			want -= 2 * k(a.X[i*dim:(i+1)*dim], b.X[j*dim:(j+1)*dim]) / (n * m)
		}
	}
	for i := range m {
		for j := range m {
			if i != j {
				want += k(b.X[i*dim:(i+1)*dim], b.X[j*dim:(j+1)*dim]) / (m * (m - 1))
			}
		}
	}
	one := eval.MMD{Bandwidths: []float64{8}}
	if got := mmd(t, one, a, b); off(got, want, 1e-13) || got != mmd(t, one, a, b) {
		t.Errorf("%.15g, want %.15g", got, want)
	}
	narrow := eval.Cloud{Dim: dim}
	for _, v := range a.X {
		narrow.Narrow = append(narrow.Narrow, float32(v))
	}
	if got, wide := mmd(t, eval.MMD{}, narrow, b), mmd(t, eval.MMD{}, a, b); off(got, wide, 1e-6) {
		t.Errorf("%.15g in float32, %.15g in float64", got, wide)
	}
}
