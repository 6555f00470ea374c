package exec

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

func init() {
	registerPrepared(backends.OpTypeDotGeneral, prepareDot)
	registerPrepared(backends.OpTypeDot, prepareDot) // built as a DotGeneral
}

// dotFunc computes the products of a layout.
type dotFunc func(r *Run, d dotLayout, lhs, rhs, out *dense.Array)

// dotProducts holds the function of each dtype that has products.
var dotProducts = map[dtypes.DType]dotFunc{
	dtypes.Float32:    dotFloat32,
	dtypes.Float64:    dotAny[float64],
	dtypes.Int8:       dotAny[int8],
	dtypes.Int16:      dotAny[int16],
	dtypes.Int32:      dotAny[int32],
	dtypes.Int64:      dotAny[int64],
	dtypes.Uint8:      dotAny[uint8],
	dtypes.Uint16:     dotAny[uint16],
	dtypes.Uint32:     dotAny[uint32],
	dtypes.Uint64:     dotAny[uint64],
	dtypes.Complex64:  dotAny[complex64],
	dtypes.Complex128: dotAny[complex128],
	dtypes.BFloat16:   dotHalf[bfloat16.BFloat16],
	dtypes.Float16:    dotHalf[float16.Float16],
}

// HasProduct reports whether arrays of the dtype can be multiplied as matrices.
func HasProduct(dtype dtypes.DType) bool { return dotProducts[dtype] != nil }

// prepareDot lays out the products of a DotGeneral.
func prepareDot(n *graph.Node) Task {
	attrs, multiply := n.Attrs.(graph.DotAttrs), dotProducts[n.Shape.DType]
	l, r := n.Inputs[0].Shape, n.Inputs[1].Shape
	if layout, ok := layOut(attrs, l, r); ok {
		return func(r *Run, in, out []*dense.Array) error {
			multiply(r, layout, in[0], in[1], out[0])
			return nil
		}
	}
	inOrder, lhsAxes, rhsAxes := ordered(attrs, l, r)
	layout, _ := layOut(inOrder, permuted(l, lhsAxes), permuted(r, rhsAxes))
	return func(r *Run, in, out []*dense.Array) error {
		lhs, done := r.reordered(in[0], lhsAxes)
		defer done()
		rhs, done := r.reordered(in[1], rhsAxes)
		defer done()
		multiply(r, layout, lhs, rhs, out[0])
		return nil
	}
}

func dotFloat32(r *Run, d dotLayout, lhs, rhs, out *dense.Array) {
	a := gemm.Matrix{Data: dense.Flat[float32](lhs), RowStride: d.lhsRow, ColStride: d.lhsCol}
	b := gemm.Matrix{Data: dense.Flat[float32](rhs), RowStride: d.rhsRow, ColStride: d.rhsCol}
	gemm.Float32Batch(r.Pool, d.m, d.n, d.k, a, b, dense.Flat[float32](out), d.outRow, d.batch, false)
}

func dotAny[T interface {
	dense.Element
	gemm.Number
}](r *Run, d dotLayout, lhs, rhs, out *dense.Array) {
	a := gemm.MatrixOf[T]{Data: dense.Flat[T](lhs), RowStride: d.lhsRow, ColStride: d.lhsCol}
	b := gemm.MatrixOf[T]{Data: dense.Flat[T](rhs), RowStride: d.rhsRow, ColStride: d.rhsCol}
	gemm.Any(r.Pool, d.m, d.n, d.k, a, b, dense.Flat[T](out), d.outRow, d.batch)
}

// dotHalf multiplies 16-bit floats in float32 and rounds once.
func dotHalf[T half](r *Run, d dotLayout, lhs, rhs, out *dense.Array) {
	l, done := widened[T](r, lhs)
	defer done()
	w, done := widened[T](r, rhs)
	defer done()
	mem, done := r.Scratch(4 * out.Size())
	defer done()
	sums := &dense.Array{Shape: shapes.Shape{DType: dtypes.Float32, Dimensions: out.Shape.Dimensions}, Mem: mem}
	dotFloat32(r, d, l, w, sums)
	narrow(dense.Flat[T](out), dense.Flat[float32](sums))
}

// half are the 16-bit floats.
type half interface {
	float16.Float16 | bfloat16.BFloat16
	Float32() float32
}

// widened converts a buffer of 16-bit floats to a temporary one of float32.
func widened[T interface {
	dense.Element
	half
}](r *Run, b *dense.Array) (wide *dense.Array, done func()) {
	mem, done := r.Scratch(4 * b.Size())
	to := dense.Cast[float32](mem)
	for i, v := range dense.Flat[T](b) {
		to[i] = v.Float32()
	}
	return &dense.Array{Shape: shapes.Shape{DType: dtypes.Float32, Dimensions: b.Shape.Dimensions}, Mem: mem}, done
}

// narrow rounds to the nearest 16-bit floats, ties to even.
func narrow[T half](dst []T, src []float32) {
	switch d := any(dst).(type) {
	case []float16.Float16:
		for i, v := range src {
			d[i] = dense.NarrowHalf(v)
		}
	case []bfloat16.BFloat16:
		for i, v := range src {
			d[i] = dense.NarrowBrain(v)
		}
	}
}

// reordered copies a buffer into temporary memory with its axes in the given order.
func (r *Run) reordered(b *dense.Array, axes []int) (copied *dense.Array, done func()) {
	mem, done := r.Scratch(len(b.Mem))
	switch old := b.Shape.Dimensions; b.Shape.DType.Size() {
	case 1:
		arrays.Transpose(r.Pool, mem, b.Mem, old, axes)
	case 2:
		arrays.Transpose(r.Pool, dense.Cast[uint16](mem), dense.Flat[uint16](b), old, axes)
	case 4:
		arrays.Transpose(r.Pool, dense.Cast[uint32](mem), dense.Flat[uint32](b), old, axes)
	case 8:
		arrays.Transpose(r.Pool, dense.Cast[uint64](mem), dense.Flat[uint64](b), old, axes)
	default:
		arrays.Transpose(r.Pool, dense.Cast[complex128](mem), dense.Flat[complex128](b), old, axes)
	}
	return &dense.Array{Shape: permuted(b.Shape, axes), Mem: mem}, done
}

// permuted is a shape with its axes in the given order.
func permuted(shape shapes.Shape, axes []int) shapes.Shape {
	dims := make([]int, len(axes))
	for i, axis := range axes {
		dims[i] = shape.Dimensions[axis]
	}
	return shapes.Shape{DType: shape.DType, Dimensions: dims}
}
