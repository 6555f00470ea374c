package element

import (
	"math/bits"
	"unsafe"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

func init() {
	registerSigned[int8](dtypes.Int8)
	registerSigned[int16](dtypes.Int16)
	registerSigned[int32](dtypes.Int32)
	registerSigned[int64](dtypes.Int64)
	registerUnsigned[uint8](dtypes.Uint8)
	registerUnsigned[uint16](dtypes.Uint16)
	registerUnsigned[uint32](dtypes.Uint32)
	registerUnsigned[uint64](dtypes.Uint64)
	registerBool()
	for _, op := range []backends.OpType{backends.OpTypeBitCount, backends.OpTypeClz,
		backends.OpTypeBitwiseAnd, backends.OpTypeBitwiseOr, backends.OpTypeBitwiseXor, backends.OpTypeBitwiseNot,
		backends.OpTypeShiftLeft, backends.OpTypeShiftRightArithmetic, backends.OpTypeShiftRightLogical,
		backends.OpTypeLogicalAnd, backends.OpTypeLogicalOr, backends.OpTypeLogicalXor, backends.OpTypeLogicalNot} {
		Ops[op] = true
	}
}

func registerSigned[T dense.Signed](dtype dtypes.DType) {
	registerInteger[T](dtype)
	registerKernel(backends.OpTypeAbs, dtype, unary(func(x T) T { return max(x, -x) }))
	registerKernel(backends.OpTypeNeg, dtype, unary(func(x T) T { return -x }))
	registerKernel(backends.OpTypeSign, dtype, unary(func(x T) T { return min(max(x, -1), 1) }))
}

func registerUnsigned[T dense.Unsigned](dtype dtypes.DType) {
	registerInteger[T](dtype)
	registerKernel(backends.OpTypeAbs, dtype, unary(func(x T) T { return x }))
	registerKernel(backends.OpTypeSign, dtype, unary(func(x T) T { return min(x, 1) }))
}

func registerInteger[T dense.Integer](dtype dtypes.DType) {
	width := uint(unsafe.Sizeof(T(0))) * 8
	mask := ^uint64(0) >> (64 - width)
	registerRing[T](dtype)
	registerKernel(backends.OpTypeMax, dtype, binary(maxOf[T]))
	registerKernel(backends.OpTypeMin, dtype, binary(minOf[T]))
	registerKernel(backends.OpTypeDiv, dtype, binary(divInt[T]))
	registerKernel(backends.OpTypeRem, dtype, binary(remInt[T]))
	registerKernel(backends.OpTypePow, dtype, binary(powInt[T]))
	registerKernel(backends.OpTypeBitwiseAnd, dtype, binary(func(a, b T) T { return a & b }))
	registerKernel(backends.OpTypeBitwiseOr, dtype, binary(func(a, b T) T { return a | b }))
	registerKernel(backends.OpTypeBitwiseXor, dtype, binary(func(a, b T) T { return a ^ b }))
	registerKernel(backends.OpTypeBitwiseNot, dtype, unary(func(a T) T { return ^a }))
	registerKernel(backends.OpTypeBitCount, dtype, unary(func(a T) T { return T(bits.OnesCount64(uint64(a) & mask)) }))
	registerKernel(backends.OpTypeClz, dtype, unary(func(a T) T {
		return T(bits.LeadingZeros64(uint64(a)&mask)) - T(64-width)
	}))
	// A shift by the width or more (or by a negative number) shifts everything out.
	registerKernel(backends.OpTypeShiftLeft, dtype, binary(func(a, b T) T { return a << shiftCount(b, width) }))
	registerKernel(backends.OpTypeShiftRightLogical, dtype, binary(func(a, b T) T {
		return T((uint64(a) & mask) >> shiftCount(b, width))
	}))
	registerKernel(backends.OpTypeShiftRightArithmetic, dtype, binary(func(a, b T) T {
		// Unsigned values shift by their top bit too, hence the detour by a sign-extended int64.
		extended := int64(uint64(a)<<(64-width)) >> (64 - width)
		return T(extended >> min(shiftCount(b, width), 63))
	}))
}

// shiftCount clamps a shift to [0, 64]; what is out of the type's range becomes 64.
func shiftCount[T dense.Integer](b T, width uint) uint64 {
	if b < 0 || uint64(b) >= uint64(width) {
		return 64
	}
	return uint64(b)
}

// divInt truncates toward zero; division by zero gives all ones, as XLA defines.
func divInt[T dense.Integer](a, b T) T {
	if b == 0 {
		return ^T(0)
	}
	return a / b
}

// remInt has the sign of the dividend; the remainder by zero is the dividend.
func remInt[T dense.Integer](a, b T) T {
	if b == 0 {
		return a
	}
	return a % b
}

// powInt wraps around on overflow. A negative exponent gives the truncated quotient: 0 unless the base is ±1.
func powInt[T dense.Integer](base, exp T) T {
	if exp < 0 {
		minusOne := ^T(0)
		switch {
		case base == 1:
			return 1
		case base == minusOne && exp&1 == 0:
			return 1
		case base == minusOne:
			return minusOne
		}
		return 0
	}
	result := T(1)
	for ; exp > 0; exp >>= 1 {
		if exp&1 == 1 {
			result *= base
		}
		base *= base
	}
	return result
}

func registerBool() {
	and := binary(func(a, b bool) bool { return a && b })
	or := binary(func(a, b bool) bool { return a || b })
	registerKernel(backends.OpTypeLogicalAnd, dtypes.Bool, and)
	registerKernel(backends.OpTypeLogicalOr, dtypes.Bool, or)
	registerKernel(backends.OpTypeLogicalXor, dtypes.Bool, binary(func(a, b bool) bool { return a != b }))
	registerKernel(backends.OpTypeLogicalNot, dtypes.Bool, unary(func(a bool) bool { return !a }))
	registerKernel(backends.OpTypeMin, dtypes.Bool, and)
	registerKernel(backends.OpTypeMax, dtypes.Bool, or)
}
