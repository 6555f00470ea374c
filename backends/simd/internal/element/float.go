package element

import (
	"math"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

func init() {
	for op, f := range map[backends.OpType]func(float64) float64{
		backends.OpTypeAbs:      math.Abs,
		backends.OpTypeNeg:      func(x float64) float64 { return -x },
		backends.OpTypeSign:     signFloat,
		backends.OpTypeCeil:     math.Ceil,
		backends.OpTypeFloor:    math.Floor,
		backends.OpTypeRound:    math.RoundToEven,
		backends.OpTypeSqrt:     math.Sqrt,
		backends.OpTypeRsqrt:    func(x float64) float64 { return 1 / math.Sqrt(x) },
		backends.OpTypeExp:      math.Exp,
		backends.OpTypeExpm1:    math.Expm1,
		backends.OpTypeLog:      math.Log,
		backends.OpTypeLog1p:    math.Log1p,
		backends.OpTypeLogistic: logistic,
		backends.OpTypeTanh:     math.Tanh,
		backends.OpTypeSin:      math.Sin,
		backends.OpTypeCos:      math.Cos,
		backends.OpTypeErf:      math.Erf,
	} {
		Ops[op] = true
		unaryFloats(op, f)
	}
	registerPredicate(backends.OpTypeIsFinite, func(x float64) bool { return x-x == 0 })
	registerPredicate(backends.OpTypeIsNaN, func(x float64) bool { return x != x })
	registerArithmetic()
}

// signFloat is ±1, or x itself if it is ±0 or NaN.
func signFloat(x float64) float64 {
	if x == 0 || x != x {
		return x
	}
	return math.Copysign(1, x)
}

// logistic is 1/(1+e^-x), without overflow for either sign.
func logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

func registerPredicate(op backends.OpType, f func(float64) bool) {
	Ops[op] = true
	registerKernel(op, dtypes.Float64, unary(f))
	registerKernel(op, dtypes.Float32, unary(func(x float32) bool { return f(float64(x)) }))
	registerKernel(op, dtypes.Float16, unary(func(x float16.Float16) bool { return f(float64(dense.WidenHalf(x))) }))
	registerKernel(op, dtypes.BFloat16,
		unary(func(x bfloat16.BFloat16) bool { return f(float64(dense.WidenBrain(x))) }))
}

// registerArithmetic enters the binary ops on floats. The commonest have loops of their own, because a call
// an element would cost more than the op.
func registerArithmetic() {
	binaryFloats(backends.OpTypeMax, maxOf[float32], maxOf[float64])
	binaryFloats(backends.OpTypeMin, minOf[float32], minOf[float64])
	binaryFloats(backends.OpTypeRem, func(a, b float32) float32 { return float32(math.Mod(float64(a), float64(b))) },
		math.Mod)
	binaryFloats(backends.OpTypePow, func(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) },
		math.Pow)
	binaryHalves(backends.OpTypeAdd, func(a, b float32) float32 { return a + b })
	binaryHalves(backends.OpTypeSub, func(a, b float32) float32 { return a - b })
	binaryHalves(backends.OpTypeMul, func(a, b float32) float32 { return a * b })
	binaryHalves(backends.OpTypeDiv, func(a, b float32) float32 { return a / b })
	registerKernel(backends.OpTypeDiv, dtypes.Float32, divTile[float32])
	registerKernel(backends.OpTypeDiv, dtypes.Float64, divTile[float64])
	registerRing[float32](dtypes.Float32)
	registerRing[float64](dtypes.Float64)
	for _, op := range []backends.OpType{backends.OpTypeMax, backends.OpTypeMin, backends.OpTypeRem, backends.OpTypePow,
		backends.OpTypeAdd, backends.OpTypeSub, backends.OpTypeMul, backends.OpTypeDiv} {
		Ops[op] = true
	}
}

// maxOf and minOf propagate NaN and order -0 before +0, as XLA does. They serve float64 and the 16-bit floats; the
// float32 kernels take the second of two zeros, as laterMax and laterMin do.
func maxOf[T dense.Number](a, b T) T { return max(a, b) }
func minOf[T dense.Number](a, b T) T { return min(a, b) }

// laterMax and laterMin compute one element of kernels.Max and kernels.Min: NaN if either number is, and b of two
// zeros.
func laterMax(a, b float32) float32 {
	if a > b || a != a {
		return a
	}
	return b
}

func laterMin(a, b float32) float32 {
	if a < b || a != a {
		return a
	}
	return b
}

// registerRing enters Add, Sub and Mul.
func registerRing[T interface {
	dense.Number | dense.Complex
	dense.Element
}](dtype dtypes.DType) {
	registerKernel(backends.OpTypeAdd, dtype, func(dst, a, b, _ []byte) {
		d, x, y := dense.Cast[T](dst), dense.Cast[T](a), dense.Cast[T](b)
		x, y = x[:len(d)], y[:len(d)]
		for i := range d {
			d[i] = x[i] + y[i]
		}
	})
	registerKernel(backends.OpTypeSub, dtype, func(dst, a, b, _ []byte) {
		d, x, y := dense.Cast[T](dst), dense.Cast[T](a), dense.Cast[T](b)
		x, y = x[:len(d)], y[:len(d)]
		for i := range d {
			d[i] = x[i] - y[i]
		}
	})
	registerKernel(backends.OpTypeMul, dtype, func(dst, a, b, _ []byte) {
		d, x, y := dense.Cast[T](dst), dense.Cast[T](a), dense.Cast[T](b)
		x, y = x[:len(d)], y[:len(d)]
		for i := range d {
			d[i] = x[i] * y[i]
		}
	})
}

func divTile[T dense.Float](dst, a, b, _ []byte) {
	d, x, y := dense.Cast[T](dst), dense.Cast[T](a), dense.Cast[T](b)
	x, y = x[:len(d)], y[:len(d)]
	for i := range d {
		d[i] = x[i] / y[i]
	}
}
