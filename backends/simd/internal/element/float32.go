package element

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// float32Kernels are the vector kernels, which take the place of the generic loops.
var float32Kernels = map[backends.OpType]Kernel{
	backends.OpTypeAbs:      unaryKernel(kernels.Abs),
	backends.OpTypeNeg:      unaryKernel(kernels.Neg),
	backends.OpTypeSign:     unaryKernel(kernels.Sign),
	backends.OpTypeCeil:     unaryKernel(kernels.Ceil),
	backends.OpTypeFloor:    unaryKernel(kernels.Floor),
	backends.OpTypeRound:    unaryKernel(kernels.Round),
	backends.OpTypeSqrt:     unaryKernel(kernels.Sqrt),
	backends.OpTypeRsqrt:    unaryKernel(kernels.Rsqrt),
	backends.OpTypeExp:      unaryKernel(kernels.Exp),
	backends.OpTypeExpm1:    unaryKernel(kernels.Expm1),
	backends.OpTypeLog:      unaryKernel(kernels.Log),
	backends.OpTypeLog1p:    unaryKernel(kernels.Log1p),
	backends.OpTypeLogistic: unaryKernel(kernels.Logistic),
	backends.OpTypeTanh:     unaryKernel(kernels.Tanh),
	backends.OpTypeSin:      unaryKernel(kernels.Sin),
	backends.OpTypeCos:      unaryKernel(kernels.Cos),
	backends.OpTypeErf:      unaryKernel(kernels.Erf),

	backends.OpTypeAdd: binaryKernel(kernels.Add),
	backends.OpTypeSub: binaryKernel(kernels.Sub),
	backends.OpTypeMul: binaryKernel(kernels.Mul),
	backends.OpTypeDiv: binaryKernel(kernels.Div),
	backends.OpTypeMax: binaryKernel(kernels.Max),
	backends.OpTypeMin: binaryKernel(kernels.Min),

	backends.OpTypeEqual:          compareKernel(kernels.Equal),
	backends.OpTypeNotEqual:       compareKernel(kernels.NotEqual),
	backends.OpTypeGreaterThan:    compareKernel(kernels.Greater),
	backends.OpTypeGreaterOrEqual: compareKernel(kernels.GreaterEqual),
	backends.OpTypeLessThan:       compareKernel(kernels.Less),
	backends.OpTypeLessOrEqual:    compareKernel(kernels.LessEqual),

	backends.OpTypeWhere: func(dst, cond, a, b []byte) {
		kernels.Where(dense.Floats(dst), dense.Bools(cond), dense.Floats(a), dense.Floats(b))
	},
	backends.OpTypeClamp: func(dst, lo, x, hi []byte) {
		if &dst[0] == &hi[0] { // two passes would overwrite hi
			clampElements(dst, lo, x, hi)
			return
		}
		d := dense.Floats(dst)
		kernels.Max(d, dense.Floats(lo), dense.Floats(x))
		kernels.Min(d, d, dense.Floats(hi))
	},
}

// clampElements has the bits of the two passes, element by element.
var clampElements = ternary(func(lo, x, hi float32) float32 { return laterMin(laterMax(lo, x), hi) })

func unaryKernel(f func(dst, a []float32)) Kernel {
	return func(dst, a, _, _ []byte) { f(dense.Floats(dst), dense.Floats(a)) }
}

func binaryKernel(f func(dst, a, b []float32)) Kernel {
	return func(dst, a, b, _ []byte) { f(dense.Floats(dst), dense.Floats(a), dense.Floats(b)) }
}

func compareKernel(f func(dst []bool, a, b []float32)) Kernel {
	return func(dst, a, b, _ []byte) {
		f(dense.Bools(dst), dense.Floats(a), dense.Floats(b))
	}
}

// Lookup finds the kernel of an op on operands of a dtype.
func Lookup(op backends.OpType, dtype dtypes.DType) Kernel {
	if dtype == dtypes.Float32 {
		if f := float32Kernels[op]; f != nil {
			return f
		}
	}
	return elementKernels[kernelKey{op, dtype}]
}

// ScalarKernels finds the forms of a float32 kernel that take a single element as their first or second argument.
// The op has two operands, of the given dtype.
func ScalarKernels(op backends.OpType, dtype dtypes.DType) [2]Kernel {
	if dtype == dtypes.Float32 {
		return float32ScalarKernels[op]
	}
	return [2]Kernel{}
}

var float32ScalarKernels = map[backends.OpType][2]Kernel{
	backends.OpTypeAdd: {scalarFirst(kernels.AddScalar), scalarSecond(kernels.AddScalar)},
	backends.OpTypeMul: {scalarFirst(kernels.MulScalar), scalarSecond(kernels.MulScalar)},
	backends.OpTypeSub: {scalarBefore(kernels.ScalarSub), scalarSecond(kernels.SubScalar)},
	backends.OpTypeDiv: {scalarBefore(kernels.ScalarDiv), scalarSecond(kernels.DivScalar)},
	// Of zeros of both signs these take the second operand, so the first has no scalar form.
	backends.OpTypeMax: {nil, scalarSecond(kernels.MaxScalar)},
	backends.OpTypeMin: {nil, scalarSecond(kernels.MinScalar)},

	backends.OpTypeEqual:          {nil, scalarCompare(kernels.EqualScalar)},
	backends.OpTypeNotEqual:       {nil, scalarCompare(kernels.NotEqualScalar)},
	backends.OpTypeGreaterThan:    {nil, scalarCompare(kernels.GreaterScalar)},
	backends.OpTypeGreaterOrEqual: {nil, scalarCompare(kernels.GreaterEqualScalar)},
	backends.OpTypeLessThan:       {nil, scalarCompare(kernels.LessScalar)},
	backends.OpTypeLessOrEqual:    {nil, scalarCompare(kernels.LessEqualScalar)},
}

func scalarSecond(f func(dst, a []float32, s float32)) Kernel {
	return func(dst, a, b, _ []byte) { f(dense.Floats(dst), dense.Floats(a), dense.Floats(b)[0]) }
}

func scalarFirst(f func(dst, a []float32, s float32)) Kernel {
	return func(dst, a, b, _ []byte) { f(dense.Floats(dst), dense.Floats(b), dense.Floats(a)[0]) }
}

func scalarBefore(f func(dst []float32, s float32, a []float32)) Kernel {
	return func(dst, a, b, _ []byte) { f(dense.Floats(dst), dense.Floats(a)[0], dense.Floats(b)) }
}

func scalarCompare(f func(dst []bool, a []float32, s float32)) Kernel {
	return func(dst, a, b, _ []byte) { f(dense.Bools(dst), dense.Floats(a), dense.Floats(b)[0]) }
}
