package eval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
)

// Few samples of the reference's own distribution are at a distance that is bias alone; the limit is nearer to 0 by
// far. With another mean it is near that distance.
func TestFrechetLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 10))
	const dim, n = 10, 1000
	reference := eval.Gaussian{Mean: make([]float64, dim), Covariance: make([]float64, dim*dim)}
	for k := range dim {
		reference.Covariance[k*dim+k] = 1
	}
	for _, shift := range []float64{0, 0.5} {
		want := dim * shift * shift
		var limits, whole []float64
		for i := range 40 {
			got, err := eval.FrechetLimit{Least: 50, Seed: uint64(i)}.Between(normal(rng, n, dim, shift, 1), reference)
			if err != nil {
				t.Fatal(err)
			}
			limits, whole = append(limits, got.Value-want), append(whole, got.Distances[14]-want)
			if got.Sizes[0] != 50 || got.Sizes[14] != n || len(got.Distances) != 15 || !(got.Slope > 0) ||
				got.StdErr == nil || got.Warning != "" {
				t.Errorf("%+v", got)
			}
		}
		limit, spread := moments(limits)
		bias, _ := moments(whole)
		if off(limit, 0, 4*spread/math.Sqrt(40)+0.1*bias) || !(bias >= 0.02) {
			t.Errorf("shift %g: the limit is off by %g ± %g, all samples by %g", shift, limit, spread/math.Sqrt(40),
				bias)
		}
	}
}

// By hand: 1, 3, 2, 4 at 1, 2, 3, 4 lie by -0.3, 0.9, -0.9, 0.3 off 0.5 + 0.8x. Their squares add up to 1.8, so the
// variance of a point is 1.8/(4 − 2), and at 0 that of the line is 0.9·(1/4 + 2.5²/5), 2.5 and 5 the mean and the
// scatter of x.
func TestLine(t *testing.T) {
	got, slope := eval.Line([]float64{1, 2, 3, 4}, []float64{1, 3, 2, 4})
	if off(got.Value, 0.5, 1e-14) || off(slope, 0.8, 1e-14) || got.StdErr == nil ||
		off(*got.StdErr, math.Sqrt(1.35), 1e-14) {
		t.Errorf("%v and slope %g, want 0.5 ± %g and 0.8", got, slope, math.Sqrt(1.35))
	}
	if got, slope := eval.Line([]float64{1, 2}, []float64{1, 3}); off(got.Value, -1, 1e-14) || off(slope, 2, 1e-14) ||
		got.StdErr != nil {
		t.Errorf("two points: %v and slope %g, want -1 without an error and 2", got, slope)
	}
}

func TestFrechetLimitRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 10))
	c := normal(rng, 30, 4, 0, 1)
	g := gaussianOf(t, c)
	one, err := eval.FrechetLimit{Sizes: 3, Seed: 1}.Between(c, g)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := (eval.FrechetLimit{Sizes: 3, Seed: 1}).Between(c, g); again.Value != one.Value ||
		one.Sizes[0] != 8 || one.Sizes[2] != 30 {
		t.Errorf("%+v and %+v", one, again)
	}
	if other, _ := (eval.FrechetLimit{Sizes: 3, Least: 3}).Between(c, g); other.Warning == "" ||
		math.IsNaN(other.Value) {
		t.Errorf("three samples in four dimensions: %+v", other)
	}
	for says, tc := range map[string]struct {
		f eval.FrechetLimit
		c eval.Cloud
	}{
		"15 sizes from 20 to 30": {eval.FrechetLimit{Least: 20}, c},
		"1 sizes":                {eval.FrechetLimit{Sizes: 1}, c},
		"from 1 to 30":           {eval.FrechetLimit{Least: 1}, c},
		"of 3 and of 4":          {eval.FrechetLimit{}, normal(rng, 30, 3, 0, 1)},
		"a limit of 1 points":    {eval.FrechetLimit{}, normal(rng, 1, 4, 0, 1)},
	} {
		_, err := tc.f.Between(tc.c, g)
		checkError(t, says, err, says)
	}
}
