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
	registerCompare[int8](dtypes.Int8)
	registerCompare[int16](dtypes.Int16)
	registerCompare[int32](dtypes.Int32)
	registerCompare[int64](dtypes.Int64)
	registerCompare[uint8](dtypes.Uint8)
	registerCompare[uint16](dtypes.Uint16)
	registerCompare[uint32](dtypes.Uint32)
	registerCompare[uint64](dtypes.Uint64)
	registerCompare[float32](dtypes.Float32)
	registerCompare[float64](dtypes.Float64)
	registerCompareVia(dtypes.Float16, dense.WidenHalf)
	registerCompareVia(dtypes.BFloat16, dense.WidenBrain)
	registerCompareVia(dtypes.Bool, func(x bool) int8 {
		if x {
			return 1
		}
		return 0
	})
	registerTotalOrder(dtypes.Float32,
		func(x float32) int64 { return orderBits(int64(int32(math.Float32bits(x))), 31) })
	registerTotalOrder(dtypes.Float64, func(x float64) int64 { return orderBits(int64(math.Float64bits(x)), 63) })
	registerTotalOrder(dtypes.Float16, func(x float16.Float16) int64 { return orderBits(int64(int16(x)), 15) })
	registerTotalOrder(dtypes.BFloat16,
		func(x bfloat16.BFloat16) int64 { return orderBits(int64(int16(x.Bits())), 15) })
	for op := range totalOrderOps {
		Ops[op] = true
		Ops[totalOrderOps[op]] = true
	}
	Ops[backends.OpTypeWhere] = true
	Ops[backends.OpTypeClamp] = true
	registerKernel(backends.OpTypeClamp, dtypes.Float32, clampElements)
	registerKernel(backends.OpTypeClamp, dtypes.Float16, ternary(func(lo, x, hi float16.Float16) float16.Float16 {
		return dense.NarrowHalf(min(max(dense.WidenHalf(lo), dense.WidenHalf(x)), dense.WidenHalf(hi)))
	}))
	registerKernel(backends.OpTypeClamp, dtypes.BFloat16, ternary(func(lo, x, hi bfloat16.BFloat16) bfloat16.BFloat16 {
		return dense.NarrowBrain(min(max(dense.WidenBrain(lo), dense.WidenBrain(x)), dense.WidenBrain(hi)))
	}))
	for dtype, size := range map[dtypes.DType]int{
		dtypes.Bool: 1, dtypes.Int8: 1, dtypes.Uint8: 1,
		dtypes.Int16: 2, dtypes.Uint16: 2, dtypes.Float16: 2, dtypes.BFloat16: 2,
		dtypes.Int32: 4, dtypes.Uint32: 4, dtypes.Float32: 4, dtypes.Int64: 8, dtypes.Uint64: 8, dtypes.Float64: 8,
		dtypes.Complex64: 8, dtypes.Complex128: 16,
	} {
		registerKernel(backends.OpTypeWhere, dtype, map[int]Kernel{
			1: whereTile[uint8], 2: whereTile[uint16], 4: whereTile[uint32], 8: whereTile[uint64],
			16: whereTile[complex128]}[size])
	}
}

// totalOrderOps maps each comparison to its total-order form.
var totalOrderOps = map[backends.OpType]backends.OpType{
	backends.OpTypeEqual:          backends.OpTypeEqualTotalOrder,
	backends.OpTypeNotEqual:       backends.OpTypeNotEqualTotalOrder,
	backends.OpTypeGreaterThan:    backends.OpTypeGreaterThanTotalOrder,
	backends.OpTypeGreaterOrEqual: backends.OpTypeGreaterOrEqualTotalOrder,
	backends.OpTypeLessThan:       backends.OpTypeLessThanTotalOrder,
	backends.OpTypeLessOrEqual:    backends.OpTypeLessOrEqualTotalOrder,
}

func registerCompare[T interface {
	dense.Number
	dense.Element
}](dtype dtypes.DType) {
	registerCompareVia(dtype, func(x T) T { return x })
	registerTotalOrder(dtype, func(x T) T { return x }) // replaced for floats
	registerKernel(backends.OpTypeClamp, dtype, ternary(func(lo, x, hi T) T { return min(max(lo, x), hi) }))
}

// registerCompareVia enters the six IEEE comparisons of a type by way of an ordered one.
func registerCompareVia[T dense.Element, K dense.Number](dtype dtypes.DType, key func(T) K) {
	registerKernel(backends.OpTypeEqual, dtype, binary(func(a, b T) bool { return key(a) == key(b) }))
	registerKernel(backends.OpTypeNotEqual, dtype, binary(func(a, b T) bool { return key(a) != key(b) }))
	registerKernel(backends.OpTypeGreaterThan, dtype, binary(func(a, b T) bool { return key(a) > key(b) }))
	registerKernel(backends.OpTypeGreaterOrEqual, dtype, binary(func(a, b T) bool { return key(a) >= key(b) }))
	registerKernel(backends.OpTypeLessThan, dtype, binary(func(a, b T) bool { return key(a) < key(b) }))
	registerKernel(backends.OpTypeLessOrEqual, dtype, binary(func(a, b T) bool { return key(a) <= key(b) }))
}

// registerTotalOrder enters the total-order comparisons, -NaN < -Inf < … < -0 < +0 < … < +Inf < +NaN.
func registerTotalOrder[T dense.Element, K dense.Number](dtype dtypes.DType, key func(T) K) {
	for op, total := range totalOrderOps {
		var f func(a, b T) bool
		switch op {
		case backends.OpTypeEqual:
			f = func(a, b T) bool { return key(a) == key(b) }
		case backends.OpTypeNotEqual:
			f = func(a, b T) bool { return key(a) != key(b) }
		case backends.OpTypeGreaterThan:
			f = func(a, b T) bool { return key(a) > key(b) }
		case backends.OpTypeGreaterOrEqual:
			f = func(a, b T) bool { return key(a) >= key(b) }
		case backends.OpTypeLessThan:
			f = func(a, b T) bool { return key(a) < key(b) }
		case backends.OpTypeLessOrEqual:
			f = func(a, b T) bool { return key(a) <= key(b) }
		}
		registerKernel(total, dtype, binary(f))
	}
}

// orderBits maps sign-extended IEEE bits to integers in total order: a negative float's magnitude bits flip.
func orderBits(bits int64, magnitude uint) int64 {
	if bits < 0 {
		return bits ^ (1<<magnitude - 1)
	}
	return bits
}

// whereTile moves elements by their size alone.
func whereTile[T dense.Element](dst, cond, a, b []byte) {
	d, c, x, y := dense.Cast[T](dst), dense.Cast[bool](cond), dense.Cast[T](a), dense.Cast[T](b)
	c, x, y = c[:len(d)], x[:len(d)], y[:len(d)]
	for i := range d {
		if c[i] {
			d[i] = x[i]
		} else {
			d[i] = y[i]
		}
	}
}
