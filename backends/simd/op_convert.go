package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

func init() {
	registerOp(backends.OpTypeBitcast, func(_ *run, _ *node, in, out []*array) error {
		copy(out[0].mem, in[0].mem)
		return nil
	})
	registerOp(backends.OpTypeArgMinMax, func(r *run, n *node, in, out []*array) error {
		x, done, err := widen(r, in[0])
		if err != nil {
			return err
		}
		defer done()
		return argMinMaxOf[x.shape.DType](r, n, x, out[0])
	})
}

// convert writes the elements of src to dst, of the same size and any dtype.
func convert(r *run, dst, src *array) error {
	return arrays.Convert(r.pool, storages[dst.shape.DType].toFlat(dst.mem), storages[src.shape.DType].toFlat(src.mem))
}

// widen returns 16-bit floats as float32 in temporary memory, and anything else as it is.
func widen(r *run, buf *array) (wide *array, done func(), err error) {
	if !buf.shape.DType.IsFloat16() {
		return buf, func() {}, nil
	}
	wide = &array{shape: withDType(buf, dtypes.Float32)}
	wide.mem, done = r.scratch(4 * buf.size())
	return wide, done, convert(r, wide, buf)
}

// argMinMaxOf finds extremes in each real dtype, and among the bytes 0 and 1 of Bool.
var argMinMaxOf = map[dtypes.DType]func(r *run, n *node, in, out *array) error{
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

func argMinMax[T number](r *run, n *node, in, out *array) error {
	a := n.attrs.(argMinMaxAttrs)
	dims := in.shape.Dimensions
	mem, done := r.scratch(8 * out.size())
	defer done()
	index := castSlice[int64](mem)
	arrays.ArgMinMax(r.pool, index, flat[T](in), arrays.Size(dims[:a.Axis]), dims[a.Axis], arrays.Size(dims[a.Axis+1:]),
		a.IsMin)
	return convert(r, out, &array{shape: withDType(out, dtypes.Int64), mem: mem})
}

// withDType is the buffer's shape with another dtype.
func withDType(buf *array, dtype dtypes.DType) shapes.Shape {
	return shapes.Shape{DType: dtype, Dimensions: buf.shape.Dimensions}
}
