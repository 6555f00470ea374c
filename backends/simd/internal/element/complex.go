package element

import (
	"math"
	"math/cmplx"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

func init() {
	registerComplex[complex64](dtypes.Complex64)
	registerComplex[complex128](dtypes.Complex128)
	registerParts[float32, complex64](dtypes.Float32, dtypes.Complex64,
		func(re, im float32) complex64 { return complex(re, im) },
		func(z complex64) (re, im float32) { return real(z), imag(z) })
	registerParts[float64, complex128](dtypes.Float64, dtypes.Complex128,
		func(re, im float64) complex128 { return complex(re, im) },
		func(z complex128) (re, im float64) { return real(z), imag(z) })
	for _, op := range []backends.OpType{backends.OpTypeComplex, backends.OpTypeReal, backends.OpTypeImag,
		backends.OpTypeConj} {
		Ops[op] = true
	}
}

// registerComplex enters the ops within a complex dtype. The functions compute in complex128 and round once.
func registerComplex[T interface {
	dense.Complex
	dense.Element
}](dtype dtypes.DType) {
	registerRing[T](dtype)
	registerKernel(backends.OpTypeDiv, dtype, binary(func(a, b T) T { return a / b }))
	registerKernel(backends.OpTypePow, dtype, binary(func(a, b T) T {
		return T(powComplex(complex128(a), complex128(b)))
	}))
	registerKernel(backends.OpTypeNeg, dtype, unary(func(z T) T { return -z }))
	registerKernel(backends.OpTypeEqual, dtype, binary(func(a, b T) bool { return a == b }))
	registerKernel(backends.OpTypeNotEqual, dtype, binary(func(a, b T) bool { return a != b }))
	for op, f := range map[backends.OpType]func(complex128) complex128{
		backends.OpTypeConj:     cmplx.Conj,
		backends.OpTypeSign:     signComplex,
		backends.OpTypeSqrt:     cmplx.Sqrt,
		backends.OpTypeRsqrt:    func(z complex128) complex128 { return 1 / cmplx.Sqrt(z) },
		backends.OpTypeExp:      cmplx.Exp,
		backends.OpTypeExpm1:    expm1Complex,
		backends.OpTypeLog:      cmplx.Log,
		backends.OpTypeLog1p:    log1pComplex,
		backends.OpTypeLogistic: logisticComplex,
		backends.OpTypeTanh:     cmplx.Tanh,
		backends.OpTypeSin:      cmplx.Sin,
		backends.OpTypeCos:      cmplx.Cos,
	} {
		registerKernel(op, dtype, unary(func(z T) T { return T(f(complex128(z))) }))
	}
	registerKernel(backends.OpTypeIsFinite, dtype, unary(func(z T) bool {
		return !cmplx.IsNaN(complex128(z)) && !cmplx.IsInf(complex128(z))
	}))
	registerKernel(backends.OpTypeIsNaN, dtype, unary(func(z T) bool {
		return math.IsNaN(real(complex128(z))) || math.IsNaN(imag(complex128(z)))
	}))
}

// registerParts enters the ops between a complex dtype and that of its parts.
func registerParts[R interface {
	dense.Float
	dense.Element
}, T interface {
	dense.Complex
	dense.Element
}](part, dtype dtypes.DType, join func(re, im R) T, parts func(T) (re, im R)) {
	registerKernel(backends.OpTypeComplex, part, binary(join))
	registerKernel(backends.OpTypeReal, dtype, unary(func(z T) R { re, _ := parts(z); return re }))
	registerKernel(backends.OpTypeImag, dtype, unary(func(z T) R { _, im := parts(z); return im }))
	registerKernel(backends.OpTypeAbs, dtype, unary(func(z T) R { return R(cmplx.Abs(complex128(z))) }))
}

// signComplex is z/|z|, or z itself if it is 0.
func signComplex(z complex128) complex128 {
	abs := cmplx.Abs(z)
	if abs == 0 {
		return z
	}
	return complex(real(z)/abs, imag(z)/abs)
}

// expm1Complex is e^z-1 without cancellation near 0: with z = x+iy, the real part is
// expm1(x)·cos y - 2 sin²(y/2).
func expm1Complex(z complex128) complex128 {
	if imag(z) == 0 {
		return complex(math.Expm1(real(z)), imag(z))
	}
	sin, cos := math.Sincos(imag(z))
	half := math.Sin(imag(z) / 2)
	return complex(math.Expm1(real(z))*cos-2*half*half, math.Exp(real(z))*sin)
}

// log1pComplex is log(1+z) without cancellation near 0: with z = x+iy, |1+z|² - 1 is x(2+x) + y².
func log1pComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	abs := math.Log(math.Hypot(1+x, y))
	if math.Abs(x) < 0.5 && math.Abs(y) < 0.5 {
		abs = math.Log1p(x*(2+x)+y*y) / 2
	}
	return complex(abs, math.Atan2(y, 1+x))
}

// logisticComplex is 1/(1+e^-z), by way of e^z in the left half-plane, so that nothing overflows.
func logisticComplex(z complex128) complex128 {
	if real(z) >= 0 {
		return 1 / (1 + cmplx.Exp(-z))
	}
	e := cmplx.Exp(z)
	return e / (1 + e)
}

// powComplex is a^b on the principal branch. 0 to a power without a limit is NaN, where package cmplx panics.
func powComplex(a, b complex128) complex128 {
	if a == 0 && b != 0 && !(real(b) > 0 || real(b) < 0) {
		return cmplx.NaN()
	}
	return cmplx.Pow(a, b)
}
