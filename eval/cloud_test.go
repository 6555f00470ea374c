package eval_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval"
)

// off tells whether a number isn't within a tolerance of what is wanted; NaN is within none.
func off(got, want, tolerance float64) bool { return !(math.Abs(got-want) <= tolerance) }

// normal draws points of N(mean·1, sd²I).
func normal(rng *rand.Rand, n, dim int, mean, sd float64) eval.Cloud {
	c := eval.Cloud{Dim: dim, X: make([]float64, n*dim)}
	for i := range c.X {
		c.X[i] = mean + sd*rng.NormFloat64()
	}
	return c
}

// transformed applies x → scale·x + shift to each coordinate.
func transformed(c eval.Cloud, scale, shift float64) eval.Cloud {
	out := eval.Cloud{Dim: c.Dim, X: make([]float64, len(c.X)), Weights: c.Weights}
	for i, v := range c.X {
		out.X[i] = scale*v + shift
	}
	return out
}

// replicated is the cloud in which a point of weight w, a whole number, stands w times.
func replicated(c eval.Cloud) eval.Cloud {
	out := eval.Cloud{Dim: c.Dim}
	for i, w := range c.Weights {
		for range int(w) {
			out.X = append(out.X, c.X[i*c.Dim:(i+1)*c.Dim]...)
		}
	}
	return out
}

func TestCloudOf(t *testing.T) {
	want := eval.Cloud{Dim: 2, X: []float64{1, 2, 3, 4, 5, 6}}
	for _, value := range []any{[][]float32{{1, 2}, {3, 4}, {5, 6}}, [][]float64{{1, 2}, {3, 4}, {5, 6}}} {
		got, err := eval.CloudOf(tensors.FromAnyValue(value))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, value := range []any{[]float32{1, 2}, [][]int32{{1, 2}}} {
		if _, err := eval.CloudOf(tensors.FromAnyValue(value)); err == nil {
			t.Errorf("%v: no error", value)
		}
	}
}

// Every distance refuses what is no pair of clouds, in one line that names the point.
func TestBadClouds(t *testing.T) {
	good := eval.Cloud{Dim: 2, X: []float64{0, 0, 1, 1}}
	for _, bad := range []struct {
		cloud eval.Cloud
		names string
	}{
		{eval.Cloud{Dim: 2}, "0 coordinates"},
		{eval.Cloud{Dim: 0, X: []float64{1}}, "0 dimensions"},
		{eval.Cloud{Dim: 2, X: []float64{1, 2, 3}}, "3 coordinates"},
		{eval.Cloud{Dim: 1, X: []float64{1, 2}}, "2 and in 1 dimensions"},
		{eval.Cloud{Dim: 2, X: []float64{1, 2, 3, math.NaN()}}, "point 2 has coordinate 2"},
		{eval.Cloud{Dim: 2, X: []float64{1, 2, math.Inf(1), 0}}, "point 2 has coordinate 1"},
		{eval.Cloud{Dim: 2, X: good.X, Weights: []float64{1}}, "1 weights of 2"},
		{eval.Cloud{Dim: 2, X: good.X, Weights: []float64{1, -1}}, "point 2 has weight"},
		{eval.Cloud{Dim: 2, X: good.X, Weights: []float64{1, math.NaN()}}, "point 2 has weight"},
		{eval.Cloud{Dim: 2, X: good.X, Weights: []float64{0, 0}}, "all 2 weights"},
	} {
		_, exact := eval.Wasserstein(2, good, bad.cloud)
		_, sliced := eval.Sliced{Projections: 3, Seed: 1}.Between(good, bad.cloud)
		_, mmd := eval.MMD{}.Squared(good, bad.cloud)
		for _, err := range []error{exact, sliced, mmd} {
			if err == nil || !strings.Contains(err.Error(), bad.names) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%+v: %v, want one line with %q", bad.cloud, err, bad.names)
			}
		}
	}
	for _, order := range []float64{0.5, math.NaN(), math.Inf(1)} {
		if _, err := eval.Wasserstein(order, good, good); err == nil {
			t.Errorf("order %g: no error", order)
		}
	}
	if _, err := (eval.Sliced{Projections: -1}).Between(good, good); err == nil {
		t.Error("no projections: no error")
	}
	for _, bandwidths := range [][]float64{{}, {0}, {-1}, {math.NaN()}} {
		if _, err := (eval.MMD{Bandwidths: bandwidths}).Squared(good, good); err == nil {
			t.Errorf("bandwidths %v: no error", bandwidths)
		}
	}
	single := eval.Cloud{Dim: 2, X: good.X, Weights: []float64{0, 3}}
	if _, err := (eval.MMD{}).Squared(good, single); err == nil {
		t.Error("unbiased MMD of one point: no error")
	}
}
