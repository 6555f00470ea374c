package eval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
)

// Few samples of the reference's own distribution are at a distance that is bias alone; the limit is nearer to 0 by far.
// With another mean it is near that distance.
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
			if got.Sizes[0] != 50 || got.Sizes[14] != n || len(got.Distances) != 15 || got.Slope <= 0 || got.Warning != "" {
				t.Errorf("%+v", got)
			}
		}
		limit, spread := moments(limits)
		bias, _ := moments(whole)
		if math.Abs(limit) > 4*spread/math.Sqrt(40)+0.1*bias || bias < 0.02 {
			t.Errorf("shift %g: the limit is off by %g ± %g, all samples by %g", shift, limit, spread/math.Sqrt(40), bias)
		}
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
	if again, _ := (eval.FrechetLimit{Sizes: 3, Seed: 1}).Between(c, g); again.Value != one.Value || one.Sizes[0] != 8 || one.Sizes[2] != 30 {
		t.Errorf("%+v and %+v", one, again)
	}
	if other, _ := (eval.FrechetLimit{Sizes: 3, Least: 3}).Between(c, g); other.Warning == "" || math.IsNaN(other.Value) {
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
