package simd

import (
	"github.com/amgen/amgen/backends/simd/internal/conv"
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"
)

func init() { registerOp(backends.OpTypeConvGeneral, execConv) }

// convFunc computes a convolution.
type convFunc func(r *run, s conv.Spec, in, kernel, out *array)

// convolutions holds the function of each dtype that has convolutions.
var convolutions = map[dtypes.DType]convFunc{
	dtypes.Float32:    convFloat32,
	dtypes.Float64:    convAny[float64],
	dtypes.Int8:       convAny[int8],
	dtypes.Int16:      convAny[int16],
	dtypes.Int32:      convAny[int32],
	dtypes.Int64:      convAny[int64],
	dtypes.Uint8:      convAny[uint8],
	dtypes.Uint16:     convAny[uint16],
	dtypes.Uint32:     convAny[uint32],
	dtypes.Uint64:     convAny[uint64],
	dtypes.Complex64:  convAny[complex64],
	dtypes.Complex128: convAny[complex128],
	dtypes.BFloat16:   convHalf[bfloat16.BFloat16],
	dtypes.Float16:    convHalf[float16.Float16],
}

// execConv runs a ConvGeneral.
func execConv(r *run, n *node, in, out []*array) error {
	spec := n.attrs.(convAttrs).spec(n.inputs[0].shape, n.inputs[1].shape, n.shape)
	convolutions[n.shape.DType](r, spec, in[0], in[1], out[0])
	return nil
}

func convFloat32(r *run, s conv.Spec, in, kernel, out *array) {
	s.ByDefinition = r.noWinograd
	conv.Float32(r.pool, s, flat[float32](in), flat[float32](kernel), flat[float32](out))
}

func convAny[T interface {
	element
	gemm.Number
}](r *run, s conv.Spec, in, kernel, out *array) {
	conv.Any(r.pool, s, flat[T](in), flat[T](kernel), flat[T](out))
}

// convHalf convolves 16-bit floats in float32 and rounds once.
func convHalf[T interface {
	element
	half
}](r *run, s conv.Spec, in, kernel, out *array) {
	x, done := widened[T](r, in)
	defer done()
	k, done := widened[T](r, kernel)
	defer done()
	mem, done := r.scratch(4 * out.size())
	defer done()
	sums := &array{shape: shapes.Shape{DType: dtypes.Float32, Dimensions: out.shape.Dimensions}, mem: mem}
	convFloat32(r, s, x, k, sums)
	narrow(flat[T](out), flat[float32](sums))
}
