package simd

import (
	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"
)

func init() {
	registerOp(backends.OpTypeDotGeneral, execDot)
	registerOp(backends.OpTypeDot, execDot) // built as a DotGeneral
}

// dotFunc computes the products of a layout.
type dotFunc func(r *run, d dotLayout, lhs, rhs, out *array)

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

// hasProduct reports whether arrays of the dtype can be multiplied as matrices.
func hasProduct(dtype dtypes.DType) bool { return dotProducts[dtype] != nil }

// execDot runs a DotGeneral.
func execDot(r *run, n *node, in, out []*array) error {
	attrs := n.attrs.(dotAttrs)
	lhs, rhs := in[0], in[1]
	layout, ok := layOut(attrs, lhs.shape, rhs.shape)
	if !ok {
		inOrder, lhsAxes, rhsAxes := ordered(attrs, lhs.shape, rhs.shape)
		var done func()
		lhs, done = r.reordered(lhs, lhsAxes)
		defer done()
		rhs, done = r.reordered(rhs, rhsAxes)
		defer done()
		layout, _ = layOut(inOrder, lhs.shape, rhs.shape)
	}
	dotProducts[n.shape.DType](r, layout, lhs, rhs, out[0])
	return nil
}

func dotFloat32(r *run, d dotLayout, lhs, rhs, out *array) {
	a := gemm.Matrix{Data: flat[float32](lhs), RowStride: d.lhsRow, ColStride: d.lhsCol}
	b := gemm.Matrix{Data: flat[float32](rhs), RowStride: d.rhsRow, ColStride: d.rhsCol}
	gemm.Float32Batch(r.pool, d.m, d.n, d.k, a, b, flat[float32](out), d.outRow, d.batch, false)
}

func dotAny[T interface {
	element
	gemm.Number
}](r *run, d dotLayout, lhs, rhs, out *array) {
	a := gemm.MatrixOf[T]{Data: flat[T](lhs), RowStride: d.lhsRow, ColStride: d.lhsCol}
	b := gemm.MatrixOf[T]{Data: flat[T](rhs), RowStride: d.rhsRow, ColStride: d.rhsCol}
	gemm.Any(r.pool, d.m, d.n, d.k, a, b, flat[T](out), d.outRow, d.batch)
}

// dotHalf multiplies 16-bit floats in float32 and rounds once.
func dotHalf[T half](r *run, d dotLayout, lhs, rhs, out *array) {
	l, done := widened[T](r, lhs)
	defer done()
	w, done := widened[T](r, rhs)
	defer done()
	mem, done := r.scratch(4 * out.size())
	defer done()
	sums := &array{shape: shapes.Shape{DType: dtypes.Float32, Dimensions: out.shape.Dimensions}, mem: mem}
	dotFloat32(r, d, l, w, sums)
	narrow(flat[T](out), flat[float32](sums))
}

// half are the 16-bit floats.
type half interface {
	float16.Float16 | bfloat16.BFloat16
	Float32() float32
}

// widened converts a buffer of 16-bit floats to a temporary one of float32.
func widened[T interface {
	element
	half
}](r *run, b *array) (wide *array, done func()) {
	mem, done := r.scratch(4 * b.size())
	to := castSlice[float32](mem)
	for i, v := range flat[T](b) {
		to[i] = v.Float32()
	}
	return &array{shape: shapes.Shape{DType: dtypes.Float32, Dimensions: b.shape.Dimensions}, mem: mem}, done
}

// narrow rounds to the nearest 16-bit floats, ties to even.
func narrow[T half](dst []T, src []float32) {
	switch d := any(dst).(type) {
	case []float16.Float16:
		for i, v := range src {
			d[i] = narrowHalf(v)
		}
	case []bfloat16.BFloat16:
		for i, v := range src {
			d[i] = narrowBrain(v)
		}
	}
}

// reordered copies a buffer into temporary memory with its axes in the given order.
func (r *run) reordered(b *array, axes []int) (copied *array, done func()) {
	mem, done := r.scratch(len(b.mem))
	dims := make([]int, len(axes))
	for i, axis := range axes {
		dims[i] = b.shape.Dimensions[axis]
	}
	switch old := b.shape.Dimensions; b.shape.DType.Size() {
	case 1:
		arrays.Transpose(r.pool, mem, b.mem, old, axes)
	case 2:
		arrays.Transpose(r.pool, castSlice[uint16](mem), flat[uint16](b), old, axes)
	case 4:
		arrays.Transpose(r.pool, castSlice[uint32](mem), flat[uint32](b), old, axes)
	case 8:
		arrays.Transpose(r.pool, castSlice[uint64](mem), flat[uint64](b), old, axes)
	default:
		arrays.Transpose(r.pool, castSlice[complex128](mem), flat[complex128](b), old, axes)
	}
	return &array{shape: shapes.Shape{DType: b.shape.DType, Dimensions: dims}, mem: mem}, done
}
