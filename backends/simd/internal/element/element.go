// Package element computes ops element by element: a kernel for each op and dtype, the folds and neutral elements of
// the reductions made of them, and what the ops cost. Kernels work on raw memory and know neither shapes nor graphs.
package element

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// Kernel is an element-wise op over equal-length runs of elements, given as raw memory. dst may be exactly one
// of the operands. Operands that the op does not have are nil.
type Kernel func(dst, a, b, c []byte)

// kernelKey names an element-wise kernel: the op and the dtype of its operands (of the last operand for Where,
// whose first is bool).
type kernelKey struct {
	op    backends.OpType
	dtype dtypes.DType
}

// elementKernels holds every element-wise op for every dtype that it is defined on. It is filled by init functions.
var elementKernels = map[kernelKey]Kernel{}

func registerKernel(op backends.OpType, dtype dtypes.DType, f Kernel) {
	elementKernels[kernelKey{op, dtype}] = f
}

// Ops holds the element-wise ops: those that have kernels for some dtype.
var Ops = map[backends.OpType]bool{}

// KernelFor finds the kernel of an element-wise op with a result of dtype out, on a last operand of the given dtype.
func KernelFor(op backends.OpType, out, dtype dtypes.DType) (Kernel, error) {
	switch op {
	case backends.OpTypeConvertDType:
		return convertKernel(out, dtype), nil
	case backends.OpTypeBroadcastInDim:
		return copyTile, nil
	}
	f := Lookup(op, dtype)
	if f == nil {
		return nil, fmt.Errorf("op %s is not defined on %s; convert the operands to one of %s", op, dtype,
			DefinedOn(op))
	}
	return f, nil
}

// unary, binary and ternary lift a scalar function to tiles.
func unary[T, R dense.Element](f func(T) R) Kernel {
	return func(dst, a, _, _ []byte) {
		d, x := dense.Cast[R](dst), dense.Cast[T](a)
		x = x[:len(d)]
		for i := range d {
			d[i] = f(x[i])
		}
	}
}

func binary[T, R dense.Element](f func(a, b T) R) Kernel {
	return func(dst, a, b, _ []byte) {
		d, x, y := dense.Cast[R](dst), dense.Cast[T](a), dense.Cast[T](b)
		x, y = x[:len(d)], y[:len(d)]
		for i := range d {
			d[i] = f(x[i], y[i])
		}
	}
}

func ternary[T dense.Element](f func(a, b, c T) T) Kernel {
	return func(dst, a, b, c []byte) {
		d, x, y, z := dense.Cast[T](dst), dense.Cast[T](a), dense.Cast[T](b), dense.Cast[T](c)
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
		unary(func(x float16.Float16) float16.Float16 { return dense.NarrowHalf(f32(dense.WidenHalf(x))) }))
	registerKernel(op, dtypes.BFloat16,
		unary(func(x bfloat16.BFloat16) bfloat16.BFloat16 { return dense.NarrowBrain(f32(dense.WidenBrain(x))) }))
}

// binaryHalves registers an op on the 16-bit floats, given its float32 form.
func binaryHalves(op backends.OpType, f func(a, b float32) float32) {
	registerKernel(op, dtypes.Float16, binary(func(a, b float16.Float16) float16.Float16 {
		return dense.NarrowHalf(f(dense.WidenHalf(a), dense.WidenHalf(b)))
	}))
	registerKernel(op, dtypes.BFloat16, binary(func(a, b bfloat16.BFloat16) bfloat16.BFloat16 {
		return dense.NarrowBrain(f(dense.WidenBrain(a), dense.WidenBrain(b)))
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

// DefinedOn lists the dtypes for which an element-wise op has kernels.
func DefinedOn(op backends.OpType) string {
	return dense.ListDTypes(func(yield func(dtypes.DType) bool) {
		for key := range elementKernels {
			if key.op == op && !yield(key.dtype) {
				return
			}
		}
	})
}
