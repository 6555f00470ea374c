package simd_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"
)

// normCase is a batch normalisation: the operand, per-feature vectors, and an adjoint.
type normCase struct {
	axis    int
	epsilon float32
	inputs  []array // operand, scale, offset, mean, variance, adjoint
}

func drawNormCase(t *rapid.T, dtype dtypes.DType) normCase {
	dims := drawDims(t, "x", 2, 4)
	for i := range dims {
		dims[i] = max(2, dims[i])
	}
	c := normCase{axis: rapid.IntRange(0, len(dims)-1).Draw(t, "axis"), epsilon: 0.5}
	n := dims[c.axis]
	variance := drawArray(t, "variance", dtype, n)
	variance = values(variance.shape, func(i int) float64 { return math.Abs(real(toComplex(variance)[i])) })
	c.inputs = []array{drawArray(t, "x", dtype, dims...), drawArray(t, "scale", dtype, n),
		drawArray(t, "offset", dtype, n),
		drawArray(t, "mean", dtype, n), variance, drawArray(t, "adjoint", dtype, dims...)}
	return c
}

// build lists inference; training's result, mean and variance; and the three gradients.
func (c normCase) build(b backends.Builder, x []backends.Op) ([]backends.Op, error) {
	inference, err := b.BatchNormForInference(x[0], x[1], x[2], x[3], x[4], c.epsilon, c.axis)
	if err != nil {
		return nil, err
	}
	y, mean, variance, err := b.BatchNormForTraining(x[0], x[1], x[2], c.epsilon, c.axis)
	if err != nil {
		return nil, err
	}
	dx, dScale, dOffset, err := b.BatchNormGradient(x[0], x[1], x[3], x[4], x[5], c.epsilon, c.axis)
	return []backends.Op{inference, y, mean, variance, dx, dScale, dOffset}, err
}

func TestPropertyBatchNorm(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		dtype := rapid.SampledFrom([]dtypes.DType{dtypes.Float32, dtypes.Float64}).Draw(t, "dtype")
		c := drawNormCase(t, dtype)
		d.check(t, c.inputs, summing(dtype, c.inputs[0].shape.Size()), c.build)
	})
}

// TestBatchNormByDefinition checks the three of them on float64: statistics and normalisation by loops, the
// gradients by central differences of ⟨adjoint, training output⟩ with the batch's own statistics. The step of
// 10⁻⁵ leaves errors around 10⁻¹⁰, and 10⁻⁷ is allowed.
func TestBatchNormByDefinition(t *testing.T) {
	backend := newBackend(t, "simd")
	const batch, features = 5, 3
	const epsilon = 0.25
	f64 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float64, dims...) }
	wave := func(shape shapes.Shape, k float64) array {
		return values(shape, func(i int) float64 { return math.Sin(k*float64(i+1)) + 0.3*math.Cos(float64(i)) })
	}
	x, scale, offset, adjoint := wave(f64(batch, features), 1), wave(f64(features), 2), wave(f64(features),
		3), wave(f64(batch, features), 4)
	train := func() (y, mean, variance []float64) {
		out, err := compute(backend, []array{x, scale, offset},
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				y, mean, variance, err := b.BatchNormForTraining(in[0], in[1], in[2], epsilon, 1)
				return []backends.Op{y, mean, variance}, err
			})
		if err != nil {
			t.Fatal(err)
		}
		return out[0].flat.([]float64), out[1].flat.([]float64), out[2].flat.([]float64)
	}
	y, mean, variance := train()
	xs, scales, offsets := x.flat.([]float64), scale.flat.([]float64), offset.flat.([]float64)
	for f := range features {
		var m, v float64
		for i := range batch {
			m += xs[i*features+f] / batch
		}
		for i := range batch {
			v += math.Pow(xs[i*features+f]-m, 2) / batch
		}
		near(t, "mean", mean[f], m, 1e-12)
		near(t, "variance", variance[f], v, 1e-12)
		for i := range batch {
			near(t, "normalised", y[i*features+f], (xs[i*features+f]-m)/math.Sqrt(v+epsilon)*scales[f]+offsets[f],
				1e-12)
		}
	}
	out, err := compute(backend, []array{x, scale, {f64(features), mean}, {f64(features), variance}, adjoint},
		func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			dx, dScale, dOffset, err := b.BatchNormGradient(in[0], in[1], in[2], in[3], in[4], epsilon, 1)
			return []backends.Op{dx, dScale, dOffset}, err
		})
	if err != nil {
		t.Fatal(err)
	}
	inner := func() (sum float64) {
		y, _, _ := train()
		for i, a := range adjoint.flat.([]float64) {
			sum += a * y[i]
		}
		return sum
	}
	const h = 1e-5
	for k, variable := range [][]float64{xs, scales, offsets} {
		for i, was := range variable {
			variable[i] = was + h
			up := inner()
			variable[i] = was - h
			down := inner()
			variable[i] = was
			near(t, "gradient", out[k].flat.([]float64)[i], (up-down)/(2*h), 1e-7)
		}
	}
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
