package simd_test

import (
	"math"
	"slices"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// TestStepAtEachLevel computes what a training step of Action Matching does, the gradient of a loss that has a gradient
// in it, through convolutions, a normalisation, SiLU and a product, with the kernels of each level. It compares with
// the same in float64, and one worker with three.
func TestStepAtEachLevel(t *testing.T) {
	step := func(config string, dtype dtypes.DType) []float64 {
		exec := MustNewExec(newBackend(t, config), func(inputs []*Node) []*Node {
			for i := range inputs {
				inputs[i] = ConvertDType(inputs[i], dtype)
			}
			x := inputs[0]
			h := Convolve(x, MulScalar(inputs[1], 0.1)).PadSame().Done()
			mean := ReduceAndKeep(h, ReduceMean, 1, 2)
			h = Sub(h, mean)
			h = Div(h, Sqrt(AddScalar(ReduceAndKeep(Square(h), ReduceMean, 1, 2), 1e-5)))
			h = Mul(h, Logistic(h))
			h = Convolve(h, MulScalar(inputs[2], 0.1)).PadSame().Done()
			h = Dot(ReduceMean(h, 1, 2), inputs[3])
			velocity := Gradient(ReduceAllSum(Tanh(h)), x)[0]
			loss := Add(ReduceAllSum(Square(velocity)), ReduceAllSum(Exp(MulScalar(h, 0.1))))
			outputs := append(Gradient(loss, inputs[1:]...), velocity)
			for i := range outputs {
				outputs[i] = ConvertDType(outputs[i], dtypes.Float64)
			}
			return outputs
		})
		var flat []float64
		for _, o := range exec.MustExec(noise(1, 4, 12, 12, 16), noise(2, 3, 3, 16, 32),
			noise(3, 3, 3, 32, 16), noise(4, 16, 8)) {
			flat = append(flat, tensors.MustCopyFlatData[float64](o)...)
		}
		return flat
	}
	exact := step("simd", dtypes.Float64)
	for _, level := range kernels.Levels() {
		old := kernels.SetLevel(level)
		got, again := step("simd:workers=1", dtypes.Float32), step("simd:workers=3", dtypes.Float32)
		kernels.SetLevel(old)
		if !slices.Equal(got, again) {
			t.Errorf("%v: three workers have other bits than one", level)
		}
		var wrong, all float64
		for i, v := range exact {
			wrong += (got[i] - v) * (got[i] - v)
			all += v * v
		}
		// Some hundred roundings of 2⁻²⁴ on the way to each number.
		if err := math.Sqrt(wrong / all); !(err < 1e-5) {
			t.Errorf("%v: relative error %.2g, want less than 1e-5", level, err)
		} else {
			t.Logf("%v: relative error %.2g", level, err)
		}
	}
}
