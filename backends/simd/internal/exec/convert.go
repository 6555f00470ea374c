package exec

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

func init() {
	registerOp(backends.OpTypeBitcast, func(_ *Run, _ *graph.Node, in, out []*dense.Array) error {
		copy(out[0].Mem, in[0].Mem)
		return nil
	})
	registerOp(backends.OpTypeArgMinMax, func(r *Run, n *graph.Node, in, out []*dense.Array) error {
		x, done, err := widen(r, in[0])
		if err != nil {
			return err
		}
		defer done()
		return argMinMaxOf[x.Shape.DType](r, n, x, out[0])
	})
}

// convert writes the elements of src to dst, of the same size and any dtype.
func convert(r *Run, dst, src *dense.Array) error {
	return arrays.Convert(r.Pool, dense.Storages[dst.Shape.DType].ToFlat(dst.Mem),
		dense.Storages[src.Shape.DType].ToFlat(src.Mem))
}

// widen returns 16-bit floats as float32 in temporary memory, and anything else as it is.
func widen(r *Run, buf *dense.Array) (wide *dense.Array, done func(), err error) {
	if !buf.Shape.DType.IsFloat16() {
		return buf, func() {}, nil
	}
	wide = &dense.Array{Shape: withDType(buf, dtypes.Float32)}
	wide.Mem, done = r.Scratch(4 * buf.Size())
	return wide, done, convert(r, wide, buf)
}

// argMinMaxOf finds extremes in each real dtype, and among the bytes 0 and 1 of Bool.
var argMinMaxOf = map[dtypes.DType]func(r *Run, n *graph.Node, in, out *dense.Array) error{
	dtypes.Bool:    argMinMax[uint8],
	dtypes.Int8:    argMinMax[int8],
	dtypes.Int16:   argMinMax[int16],
	dtypes.Int32:   argMinMax[int32],
	dtypes.Int64:   argMinMax[int64],
	dtypes.Uint8:   argMinMax[uint8],
	dtypes.Uint16:  argMinMax[uint16],
	dtypes.Uint32:  argMinMax[uint32],
	dtypes.Uint64:  argMinMax[uint64],
	dtypes.Float32: argMinMax[float32],
	dtypes.Float64: argMinMax[float64],
}

func argMinMax[T dense.Number](r *Run, n *graph.Node, in, out *dense.Array) error {
	a := n.Attrs.(graph.ArgMinMaxAttrs)
	dims := in.Shape.Dimensions
	mem, done := r.Scratch(8 * out.Size())
	defer done()
	index := dense.Cast[int64](mem)
	arrays.ArgMinMax(r.Pool, index, dense.Flat[T](in), arrays.Size(dims[:a.Axis]), dims[a.Axis],
		arrays.Size(dims[a.Axis+1:]),
		a.IsMin)
	return convert(r, out, &dense.Array{Shape: withDType(out, dtypes.Int64), Mem: mem})
}

// withDType is the buffer's shape with another dtype.
func withDType(buf *dense.Array, dtype dtypes.DType) shapes.Shape {
	return shapes.Shape{DType: dtype, Dimensions: buf.Shape.Dimensions}
}
