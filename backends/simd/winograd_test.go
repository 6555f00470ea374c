package simd_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// TestWinogradOption convolves 16×16 images of 64 channels, which Winograd's algorithm is for, and checks that the
// option switches it off, forward and in the gradient: other roundings, of the same order. Images of 5×5 are not worth
// it, and have the same bits either way.
func TestWinogradOption(t *testing.T) {
	const channels = 64
	run := func(config string, size int, dtype dtypes.DType) []float64 {
		exec := MustNewExec(newBackend(t, config), func(x, kernel, weight *Node) []*Node {
			x, kernel, weight = ConvertDType(x, dtype), ConvertDType(kernel, dtype), ConvertDType(weight, dtype)
			y := Convolve(x, kernel).PadSame().Done()
			d := Gradient(ReduceAllSum(Mul(y, weight)), x, kernel)
			return []*Node{ConvertDType(y, dtypes.Float64), ConvertDType(d[0], dtypes.Float64),
				ConvertDType(d[1], dtypes.Float64)}
		})
		var flat []float64
		for _, o := range exec.MustExec(noise(1, 4, size, size, channels), noise(2, 3, 3, channels, channels),
			noise(3, 4, size, size, channels)) {
			flat = append(flat, tensors.MustCopyFlatData[float64](o)...)
		}
		return flat
	}
	if !slices.Equal(run("simd", 5, dtypes.Float32), run("simd:winograd=off", 5, dtypes.Float32)) {
		t.Error("small images depend on the option")
	}
	if kernels.Active() == kernels.Generic {
		if !slices.Equal(run("simd", 16, dtypes.Float32), run("simd:winograd=off", 16, dtypes.Float32)) {
			t.Error("without vector kernels, for which the algorithm is too slow, images depend on the option")
		}
		return
	}
	on, off, exact := run("simd", 16, dtypes.Float32), run("simd:winograd=off", 16, dtypes.Float32), run("simd", 16,
		dtypes.Float64)
	images := 4 * 16 * 16 * channels
	for name, part := range map[string][2]int{"forward": {0, images}, "gradient": {images, 2 * images},
		"gradient of the kernel": {2 * images, len(on)}} {
		var withIt, without float64
		for i := part[0]; i < part[1]; i++ {
			withIt += (on[i] - exact[i]) * (on[i] - exact[i])
			without += (off[i] - exact[i]) * (off[i] - exact[i])
		}
		n := float64(part[1] - part[0])
		withIt, without = math.Sqrt(withIt/n), math.Sqrt(without/n)
		t.Logf("%s: root mean square errors %.2g with it, %.2g without", name, withIt, without)
		if withIt == without || !(withIt < 4*without) {
			t.Errorf("%s: root mean square error %.3g with Winograd, %.3g without; want another, less than four "+
				"times that", name, withIt, without)
		}
	}
}

// noise is an array of normal numbers by a fixed seed.
func noise(seed uint64, dims ...int) *tensors.Tensor {
	r := rand.New(rand.NewPCG(seed, 3))
	flat := make([]float32, shapes.Make(dtypes.Float32, dims...).Size())
	for i := range flat {
		flat[i] = float32(r.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}
