package simd_test

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"pgregory.net/rapid"
)

// eachMachineCode runs a test at each level of the kernels, with the machine code for clusters and without.
func eachMachineCode(t *testing.T, test func(t *testing.T, code, interpreted backends.Backend)) {
	for _, level := range kernels.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer kernels.SetLevel(kernels.SetLevel(level))
			var programs atomic.Int64
			test(t, newBackend(t, "simd:workers=2"), simd.Interpreted(newBackend(t, "simd:workers=1"), &programs))
			t.Logf("%d programs had machine code", programs.Load())
		})
	}
}

// TestMachineCodeHasBitsOfKernels computes every op that has machine code on numbers of all kinds.
func TestMachineCodeHasBitsOfKernels(t *testing.T) {
	const n = 20_003 // no multiple of any vector
	rng := rand.New(rand.NewPCG(1, 2))
	x, y, u, i := make([]float32, n), make([]float32, n), make([]uint32, n), make([]int32, n)
	special := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)),
		float32(math.NaN()), 1, -1, 0.5, math.MaxFloat32, math.SmallestNonzeroFloat32}
	draw := func() float32 {
		switch rng.IntN(4) {
		case 0:
			return math.Float32frombits(rng.Uint32())
		case 1:
			return special[rng.IntN(len(special))]
		case 2:
			return float32(rng.NormFloat64() * 50) // where exponentials end
		}
		return float32(rng.NormFloat64())
	}
	for k := range n {
		x[k], y[k], u[k] = draw(), draw(), rng.Uint32()
		i[k] = int32(u[k]) >> rng.IntN(31)
	}
	eachMachineCode(t, func(t *testing.T, code, interpreted backends.Backend) {
		run := func(b backends.Backend) []*tensors.Tensor {
			return MustNewExec(b, everyLaneOp).MustExec(x, y, u, i)
		}
		got, want := run(code), run(interpreted)
		for k := range want {
			a, b := tensors.MustCopyFlatData[float32](got[k]), tensors.MustCopyFlatData[float32](want[k])
			for j := range b {
				if a[j] != a[j] && b[j] != b[j] || math.Float32bits(a[j]) == math.Float32bits(b[j]) {
					continue
				}
				t.Errorf("output %d of (%v, %v, %d, %d): got %v, want %v", k, x[j], y[j], u[j], i[j], a[j], b[j])
				break
			}
		}
	})
}

func everyLaneOp(in []*Node) (outputs []*Node) {
	x, y := in[0], in[1]
	outputs = []*Node{Abs(x), Neg(x), Sqrt(x), Rsqrt(x),
		Exp(x), Expm1(x), Log(x), Log1p(x), Tanh(x), Sigmoid(x), Erf(x),
		Floor(x), Ceil(x), Round(x), Add(x, y), Sub(x, y), Mul(x, y), Div(x, y), Max(x, y), Min(x, y),
		Clip(x, Neg(Abs(y)), Abs(y)), Where(GreaterThan(x, y), Exp(y), x),
		ConvertDType(in[2], dtypes.Float32), ConvertDType(in[3], dtypes.Float32)}
	for _, mask := range []*Node{Equal(x, y), NotEqual(x, y), GreaterThan(x, y), GreaterOrEqual(x, y), LessThan(x, y),
		LessOrEqual(x, y)} {
		outputs = append(outputs, Where(mask, Tanh(x), y), ConvertDType(mask, dtypes.Float32),
			ConvertDType(Where(mask, in[2], ConvertDType(mask, dtypes.Uint32)), dtypes.Float32))
	}
	return outputs
}

// TestMachineCodeOfRandomGraphs compares random graphs with machine code and without, to the bit.
func TestMachineCodeOfRandomGraphs(t *testing.T) {
	eachMachineCode(t, func(t *testing.T, code, interpreted backends.Backend) {
		rapid.Check(t, func(rt *rapid.T) {
			g := drawGraph(rt)
			if err := differ(g.run(t, code), g.run(t, interpreted), 0); err != nil {
				rt.Fatalf("machine code against kernels: %v", err)
			}
		})
	})
}
