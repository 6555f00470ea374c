package simd

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"
)

// tileFunc is an element-wise op over equal-length runs of elements, given as raw memory. dst may be exactly one
// of the operands. Operands that the op does not have are nil.
type tileFunc func(dst, a, b, c []byte)

// kernelKey names an element-wise kernel: the op and the dtype of its operands (of the last operand for Where,
// whose first is bool).
type kernelKey struct {
	op    backends.OpType
	dtype dtypes.DType
}

// elementKernels holds every element-wise op for every dtype that it is defined on. It is filled by init functions.
var elementKernels = map[kernelKey]tileFunc{}

func registerKernel(op backends.OpType, dtype dtypes.DType, f tileFunc) {
	elementKernels[kernelKey{op, dtype}] = f
}

// isElementwise reports whether the op has kernels at all.
var isElementwise = map[backends.OpType]bool{}

// kernelFor finds the kernel of an element-wise op with a result of dtype out, on a last operand of the given dtype.
func kernelFor(op backends.OpType, out, dtype dtypes.DType) (tileFunc, error) {
	switch op {
	case backends.OpTypeConvertDType:
		return convertKernel(out, dtype), nil
	case backends.OpTypeBroadcastInDim:
		return copyTile, nil
	}
	f := lookupKernel(op, dtype)
	if f == nil {
		return nil, fmt.Errorf("op %s is not defined on %s; convert the operands to one of %s", op, dtype,
			definedOn(op))
	}
	return f, nil
}

// unary, binary and ternary lift a scalar function to tiles.
func unary[T, R element](f func(T) R) tileFunc {
	return func(dst, a, _, _ []byte) {
		d, x := castSlice[R](dst), castSlice[T](a)
		x = x[:len(d)]
		for i := range d {
			d[i] = f(x[i])
		}
	}
}

func binary[T, R element](f func(a, b T) R) tileFunc {
	return func(dst, a, b, _ []byte) {
		d, x, y := castSlice[R](dst), castSlice[T](a), castSlice[T](b)
		x, y = x[:len(d)], y[:len(d)]
		for i := range d {
			d[i] = f(x[i], y[i])
		}
	}
}

func ternary[T element](f func(a, b, c T) T) tileFunc {
	return func(dst, a, b, c []byte) {
		d, x, y, z := castSlice[T](dst), castSlice[T](a), castSlice[T](b), castSlice[T](c)
		x, y, z = x[:len(d)], y[:len(d)], z[:len(d)]
		for i := range d {
			d[i] = f(x[i], y[i], z[i])
		}
	}
}

// unaryFloats registers an op on all four float dtypes.
func unaryFloats(op backends.OpType, f func(float64) float64) {
	f32 := func(x float32) float32 { return float32(f(float64(x))) }
	registerKernel(op, dtypes.Float64, unary(f))
	registerKernel(op, dtypes.Float32, unary(f32))
	registerKernel(op, dtypes.Float16,
		unary(func(x float16.Float16) float16.Float16 { return narrowHalf(f32(widenHalf(x))) }))
	registerKernel(op, dtypes.BFloat16,
		unary(func(x bfloat16.BFloat16) bfloat16.BFloat16 { return narrowBrain(f32(widenBrain(x))) }))
}

// binaryHalves registers an op on the 16-bit floats, given its float32 form.
func binaryHalves(op backends.OpType, f func(a, b float32) float32) {
	registerKernel(op, dtypes.Float16, binary(func(a, b float16.Float16) float16.Float16 {
		return narrowHalf(f(widenHalf(a), widenHalf(b)))
	}))
	registerKernel(op, dtypes.BFloat16, binary(func(a, b bfloat16.BFloat16) bfloat16.BFloat16 {
		return narrowBrain(f(widenBrain(a), widenBrain(b)))
	}))
}

// binaryFloats registers an op on all four float dtypes.
func binaryFloats(op backends.OpType, f32 func(a, b float32) float32, f64 func(a, b float64) float64) {
	registerKernel(op, dtypes.Float32, binary(f32))
	registerKernel(op, dtypes.Float64, binary(f64))
	binaryHalves(op, f32)
}

// copyTile is the kernel of a broadcast: the operand arrives expanded.
func copyTile(dst, a, _, _ []byte) { copy(dst, a) }

// definedOn lists the dtypes for which an element-wise op has kernels.
func definedOn(op backends.OpType) string {
	return listDTypes(func(yield func(dtypes.DType) bool) {
		for key := range elementKernels {
			if key.op == op && !yield(key.dtype) {
				return
			}
		}
	})
}
