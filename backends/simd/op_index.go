package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

func init() {
	registerMove(backends.OpTypeGather, gather[uint8], gather[uint16], gather[float32], gather[uint64],
		gather[complex128])
	registerMove(backends.OpTypeDynamicSlice, dynamicSlice[uint8], dynamicSlice[uint16], dynamicSlice[float32],
		dynamicSlice[uint64], dynamicSlice[complex128])
	registerMove(backends.OpTypeDynamicUpdateSlice, dynamicUpdate[uint8], dynamicUpdate[uint16], dynamicUpdate[float32],
		dynamicUpdate[uint64], dynamicUpdate[complex128])
	registerInPlace(backends.OpTypeDynamicUpdateSlice, 0)
	for _, op := range []backends.OpType{backends.OpTypeScatterSum, backends.OpTypeScatterMax,
		backends.OpTypeScatterMin} {
		registerOp(op, execScatter)
		registerInPlace(op, 0)
	}
	registerScatter[int8](dtypes.Int8)
	registerScatter[int16](dtypes.Int16)
	registerScatter[int32](dtypes.Int32)
	registerScatter[int64](dtypes.Int64)
	registerScatter[uint8](dtypes.Uint8)
	registerScatter[uint16](dtypes.Uint16)
	registerScatter[uint32](dtypes.Uint32)
	registerScatter[uint64](dtypes.Uint64)
	registerScatter[float32](dtypes.Float32)
	registerScatter[float64](dtypes.Float64)
	registerScatterSum[complex64](dtypes.Complex64)
	registerScatterSum[complex128](dtypes.Complex128)
}

// indicesOf reads an index tensor.
func indicesOf(buf *array, vectorAxis int) arrays.Indices {
	return arrays.Indices{Flat: ints(buf), Dims: buf.shape.Dimensions, VectorAxis: vectorAxis}
}

// ints reads integers of any dtype.
func ints(buf *array) []int {
	out := make([]int, buf.size())
	switch buf.shape.DType {
	case dtypes.Int8:
		arrays.ToInts(out, flat[int8](buf))
	case dtypes.Int16:
		arrays.ToInts(out, flat[int16](buf))
	case dtypes.Int32:
		arrays.ToInts(out, flat[int32](buf))
	case dtypes.Int64:
		arrays.ToInts(out, flat[int64](buf))
	case dtypes.Uint8:
		arrays.ToInts(out, flat[uint8](buf))
	case dtypes.Uint16:
		arrays.ToInts(out, flat[uint16](buf))
	case dtypes.Uint32:
		arrays.ToInts(out, flat[uint32](buf))
	case dtypes.Uint64:
		arrays.ToInts(out, flat[uint64](buf))
	}
	return out
}

// startsOf reads the starts of a dynamic slice: scalars, or all in one vector.
func startsOf(bufs []*array) []int {
	out := make([]int, 0, len(bufs))
	for _, buf := range bufs {
		out = append(out, ints(buf)...)
	}
	return out
}

func gather[T element](r *run, n *node, in, out []*array) {
	a := n.attrs.(gatherAttrs)
	arrays.Gather(r.pool, flat[T](out[0]), n.shape.Dimensions, flat[T](in[0]), in[0].shape.Dimensions,
		indicesOf(in[1], a.VectorAxis), a.Spec)
}

func dynamicSlice[T element](r *run, n *node, in, out []*array) {
	arrays.DynamicSlice(r.pool, flat[T](out[0]), flat[T](in[0]), in[0].shape.Dimensions, startsOf(in[1:]),
		n.shape.Dimensions)
}

func dynamicUpdate[T element](r *run, n *node, in, out []*array) {
	copy(out[0].mem, in[0].mem) // nothing to do where they are the same memory
	arrays.DynamicUpdateSlice(r.pool, flat[T](out[0]), n.shape.Dimensions, flat[T](in[1]), in[1].shape.Dimensions,
		startsOf(in[2:]))
}

type scatterKey struct {
	op    backends.OpType
	dtype dtypes.DType
}

// scatterOf holds the scatters of each number dtype; the 16-bit floats go through float32.
var scatterOf = map[scatterKey]moveFunc{}

// hasScatter reports whether a scatter op is defined on a dtype.
func hasScatter(op backends.OpType, dtype dtypes.DType) bool {
	return scatterOf[scatterKey{op, wideDType(dtype)}] != nil
}

func registerScatter[T number](dtype dtypes.DType) {
	registerScatterSum[T](dtype)
	scatterOf[scatterKey{backends.OpTypeScatterMax, dtype}] = scatterBy(func(a, b T) T { return max(a, b) })
	scatterOf[scatterKey{backends.OpTypeScatterMin, dtype}] = scatterBy(func(a, b T) T { return min(a, b) })
}

func registerScatterSum[T number | complex64 | complex128](dtype dtypes.DType) {
	scatterOf[scatterKey{backends.OpTypeScatterSum, dtype}] = scatterBy(func(a, b T) T { return a + b })
}

func scatterBy[T element](combine func(a, b T) T) moveFunc {
	return func(r *run, n *node, in, out []*array) {
		a := n.attrs.(scatterAttrs)
		arrays.Scatter(r.pool, flat[T](out[0]), n.shape.Dimensions, flat[T](in[2]), in[2].shape.Dimensions,
			indicesOf(in[1], a.VectorAxis), a.Spec, combine)
	}
}

// wideDType is the dtype that arithmetic on dtype runs in.
func wideDType(dtype dtypes.DType) dtypes.DType {
	if dtype.IsFloat16() {
		return dtypes.Float32
	}
	return dtype
}

// execScatter combines into a copy of the operand. 16-bit floats accumulate in float32 and round once.
func execScatter(r *run, n *node, in, out []*array) error {
	scatter := scatterOf[scatterKey{n.op, wideDType(n.shape.DType)}]
	if !n.shape.DType.IsFloat16() {
		copy(out[0].mem, in[0].mem)
		scatter(r, n, in, out)
		return nil
	}
	sum, doneSum, err := widen(r, in[0])
	if err != nil {
		return err
	}
	defer doneSum()
	updates, doneUpdates, err := widen(r, in[2])
	if err != nil {
		return err
	}
	defer doneUpdates()
	scatter(r, n, []*array{nil, in[1], updates}, []*array{sum})
	return convert(r, out[0], sum)
}
