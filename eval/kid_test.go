package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
)

func kid(t testing.TB, k eval.KID, a, b eval.Cloud) eval.Estimate {
	t.Helper()
	e, err := k.Between(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The definition, pair by pair, for sizes around that of a tile.
func TestKIDByPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	kernel := func(x, y []float64) float64 {
		sum := 0.0
		for k, v := range x {
			sum += v * y[k]
		}
		return math.Pow(sum/float64(len(x))+1, 3)
	}
	for _, n := range []int{2, 5, 256, 300} {
		const dim = 6
		a, b := normal(rng, n, dim, 0.5, 1), normal(rng, n, dim, 0, 1.5)
		want := 0.0
		for i := range n {
			for j := range n {
				x, y := a.X[i*dim:(i+1)*dim], b.X[j*dim:(j+1)*dim]
				want -= 2 * kernel(x, y) / float64(n*n)
				if i != j {
					want += (kernel(x, a.X[j*dim:(j+1)*dim]) + kernel(b.X[i*dim:(i+1)*dim], y)) / float64(n*(n-1))
				}
			}
		}
		if got := kid(t, eval.KID{Subsets: 1, Size: n}, a, b); off(got.Value, want, 1e-12*(1+math.Abs(want))) ||
			got.StdErr != nil {
			t.Errorf("%d points: %v, want %.15g", n, got, want)
		}
	}
}

// With one distribution on both sides KID is 0 on average, whatever the number of samples; with two, KID is a number
// of standard errors above that fits its spread over draws: the error is neither blind to the samples being few nor
// more than twice too large.
func TestKIDErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 7))
	const draws, n, dim = 60, 120, 4
	for _, tc := range []struct{ shift, low, high float64 }{
		{0, 0.8, 20}, // the pairs' means don't vary, and the error is too large: no wrong alarm
		{1, 0.7, 2},
	} {
		var values, errors []float64
		for i := range draws {
			e := kid(t, eval.KID{Subsets: 20, Size: 30, Seed: uint64(i)}, normal(rng, n, dim, tc.shift, 1),
				normal(rng, n, dim, 0, 1))
			values, errors = append(values, e.Value), append(errors, *e.StdErr)
		}
		mean, spread := moments(values)
		stated, _ := moments(errors)
		if tc.shift == 0 && off(mean, 0, 4*spread/math.Sqrt(draws)) {
			t.Errorf("one distribution: KID %g ± %g", mean, spread/math.Sqrt(draws))
		}
		if !(stated >= tc.low*spread && stated <= tc.high*spread) {
			t.Errorf("shift %g: values have deviation %g, the stated error is %g", tc.shift, spread, stated)
		}
	}
}

// moments are the mean and the standard deviation.
func moments(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, math.Sqrt(deviation)
}

func TestKIDRefusesAndRepeats(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 7))
	a, b := normal(rng, 40, 3, 0, 1), normal(rng, 50, 3, 0, 1)
	k := eval.KID{Subsets: 5, Size: 10, Seed: 3}
	if one, other := kid(t, k, a, b), kid(t, k, a, b); one.Value != other.Value || *one.StdErr != *other.StdErr {
		t.Errorf("one seed gives %v and %v", one, other)
	}
	if kid(t, k, a, b).Value == kid(t, eval.KID{Subsets: 5, Size: 10, Seed: 4}, a, b).Value {
		t.Error("another seed gives the same")
	}
	if e := kid(t, eval.KID{}, a, b); e.StdErr != nil { // subsets of 40 of the 40
		t.Errorf("an error %g of subsets that are all there is", *e.StdErr)
	}
	weighted := eval.Cloud{Dim: 3, X: a.X, Weights: make([]float64, 40)}
	weighted.Weights[0] = 1
	for says, tc := range map[string]struct {
		k     eval.KID
		other eval.Cloud
	}{
		"subsets of 41 out of 50 and 40": {eval.KID{Size: 41}, a},
		"subsets of 1 out of":            {eval.KID{Size: 1}, a},
		"-1 subsets":                     {eval.KID{Subsets: -1}, a},
		"KID of 1 points":                {k, normal(rng, 1, 3, 0, 1)},
		"in 3 and in 2 dimensions":       {k, normal(rng, 9, 2, 0, 1)},
		"weighted":                       {k, weighted},
	} {
		_, err := tc.k.Between(b, tc.other)
		checkError(t, says, err, says)
	}
}

func BenchmarkKID(b *testing.B) {
	for _, dim := range []int{84, 2048} {
		rng := rand.New(rand.NewPCG(5, 7))
		x, y := normal(rng, 1000, dim, 0, 1), normal(rng, 1000, dim, 0.1, 1)
		b.Run(fmt.Sprintf("subset=1000/dim=%d", dim), func(b *testing.B) {
			for b.Loop() {
				kid(b, eval.KID{Subsets: 1, Size: 1000}, x, y)
			}
		})
	}
}
