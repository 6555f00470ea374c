package simd_test

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/google/go-cmp/cmp"
)

// TestHalfProductsRound checks that products of 16-bit floats are rounded to nearest, not cut off. In bfloat16, 0.006
// is 0.00598, and 1.00598 lies between 1 and 1.0078125, nearer to the latter; in float16, 1.0006 lies between 1 and
// 1.0009765625, nearer to the latter.
func TestHalfProductsRound(t *testing.T) {
	backend := newBackend(t, "simd")
	for _, c := range []struct {
		dtype      dtypes.DType
		last, want float64
	}{
		{dtypes.BFloat16, 0.006, 1.0078125}, {dtypes.BFloat16, -0.006, 0.9921875},
		{dtypes.Float16, 0.0006, 1.0009765625},
	} {
		ones := values(shapes.Make(c.dtype, 2), func(int) float64 { return 1 })
		terms := values(shapes.Make(c.dtype, 2), func(i int) float64 { return []float64{1, c.last}[i] })
		out, err := compute(backend, []array{ones, terms},
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				dot, err := b.Dot(in[0], in[1])
				if err != nil {
					return nil, err
				}
				image, err := b.Reshape(in[0], 1, 1, 2) // batch, channel, position
				if err != nil {
					return nil, err
				}
				kernel, err := b.Reshape(in[1], 1, 1, 2)
				if err != nil {
					return nil, err
				}
				axes := backends.ConvolveAxesConfig{InputBatch: 0, InputChannels: 1, InputSpatial: []int{2},
					KernelInputChannels: 0, KernelOutputChannels: 1, KernelSpatial: []int{2},
					OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2}}
				conv, err := b.ConvGeneral(image, kernel, axes, nil, nil, nil, nil, 1, 1)
				return []backends.Op{dot, conv}, err
			})
		if err != nil {
			t.Fatal(err)
		}
		for i, what := range []string{"dot", "convolution"} {
			if got := real(toComplex(out[i])[0]); got != c.want {
				t.Errorf("%s: %s of 1·1 + 1·%v is %v, want %v", c.dtype, what, c.last, got, c.want)
			}
		}
	}
}

// TestBatchNormOfManyHalves normalises more elements a feature than the largest float16: the statistics of ones and
// threes, and the sums of the gradient, whose means are exact.
func TestBatchNormOfManyHalves(t *testing.T) {
	const batch = 70_000
	f16 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float16, dims...) }
	x := values(f16(batch, 1), func(i int) float64 { return float64(1 + 2*(i%2)) })
	one, zero := values(f16(1), func(int) float64 { return 1 }), values(f16(1), func(int) float64 { return 0 })
	two := values(f16(1), func(int) float64 { return 2 })
	out, err := compute(newBackend(t, "simd"), []array{x, one, zero, two},
		func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			y, mean, variance, err := b.BatchNormForTraining(in[0], in[1], in[2], 0, 1)
			if err != nil {
				return nil, err
			}
			// With the adjoint x, of which mean and normalised part are removed, nothing is left.
			dx, _, _, err := b.BatchNormGradient(in[0], in[1], in[3], in[1], in[0], 0, 1)
			return []backends.Op{y, mean, variance, dx}, err
		})
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]complex128
	for _, i := range []int{0, 3} {
		flat := toComplex(out[i])
		got = append(got, [2]complex128{flat[0], flat[batch-1]})
	}
	got = append(got, [2]complex128{toComplex(out[1])[0], toComplex(out[2])[0]})
	if diff := cmp.Diff([][2]complex128{{-1, 1}, {0, 0}, {2, 1}}, got); diff != "" {
		t.Errorf("normalised, gradient, statistics (-want +got):\n%s", diff)
	}
}
