package exec

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
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
func indicesOf(buf *dense.Array, vectorAxis int) arrays.Indices {
	return arrays.Indices{Flat: ints(buf), Dims: buf.Shape.Dimensions, VectorAxis: vectorAxis}
}

// ints reads integers of any dtype.
func ints(buf *dense.Array) []int {
	out := make([]int, buf.Size())
	switch buf.Shape.DType {
	case dtypes.Int8:
		arrays.ToInts(out, dense.Flat[int8](buf))
	case dtypes.Int16:
		arrays.ToInts(out, dense.Flat[int16](buf))
	case dtypes.Int32:
		arrays.ToInts(out, dense.Flat[int32](buf))
	case dtypes.Int64:
		arrays.ToInts(out, dense.Flat[int64](buf))
	case dtypes.Uint8:
		arrays.ToInts(out, dense.Flat[uint8](buf))
	case dtypes.Uint16:
		arrays.ToInts(out, dense.Flat[uint16](buf))
	case dtypes.Uint32:
		arrays.ToInts(out, dense.Flat[uint32](buf))
	case dtypes.Uint64:
		arrays.ToInts(out, dense.Flat[uint64](buf))
	}
	return out
}

// startsOf reads the starts of a dynamic slice: scalars, or all in one vector.
func startsOf(bufs []*dense.Array) []int {
	out := make([]int, 0, len(bufs))
	for _, buf := range bufs {
		out = append(out, ints(buf)...)
	}
	return out
}

func gather[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	a := n.Attrs.(graph.GatherAttrs)
	arrays.Gather(r.Pool, dense.Flat[T](out[0]), n.Shape.Dimensions, dense.Flat[T](in[0]), in[0].Shape.Dimensions,
		indicesOf(in[1], a.VectorAxis), a.Spec)
}

func dynamicSlice[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	arrays.DynamicSlice(r.Pool, dense.Flat[T](out[0]), dense.Flat[T](in[0]), in[0].Shape.Dimensions, startsOf(in[1:]),
		n.Shape.Dimensions)
}

func dynamicUpdate[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	copy(out[0].Mem, in[0].Mem) // nothing to do where they are the same memory
	arrays.DynamicUpdateSlice(r.Pool, dense.Flat[T](out[0]), n.Shape.Dimensions, dense.Flat[T](in[1]),
		in[1].Shape.Dimensions,
		startsOf(in[2:]))
}

type scatterKey struct {
	op    backends.OpType
	dtype dtypes.DType
}

// scatterOf holds the scatters of each number dtype; the 16-bit floats go through float32.
var scatterOf = map[scatterKey]moveFunc{}

// HasScatter reports whether a scatter op is defined on a dtype.
func HasScatter(op backends.OpType, dtype dtypes.DType) bool {
	return scatterOf[scatterKey{op, wideDType(dtype)}] != nil
}

func registerScatter[T dense.Number](dtype dtypes.DType) {
	registerScatterSum[T](dtype)
	scatterOf[scatterKey{backends.OpTypeScatterMax, dtype}] = scatterBy(func(a, b T) T { return max(a, b) })
	scatterOf[scatterKey{backends.OpTypeScatterMin, dtype}] = scatterBy(func(a, b T) T { return min(a, b) })
}

func registerScatterSum[T dense.Number | complex64 | complex128](dtype dtypes.DType) {
	scatterOf[scatterKey{backends.OpTypeScatterSum, dtype}] = scatterBy(func(a, b T) T { return a + b })
}

func scatterBy[T dense.Element](combine func(a, b T) T) moveFunc {
	return func(r *Run, n *graph.Node, in, out []*dense.Array) {
		a := n.Attrs.(graph.ScatterAttrs)
		arrays.Scatter(r.Pool, dense.Flat[T](out[0]), n.Shape.Dimensions, dense.Flat[T](in[2]), in[2].Shape.Dimensions,
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
func execScatter(r *Run, n *graph.Node, in, out []*dense.Array) error {
	scatter := scatterOf[scatterKey{n.Op, wideDType(n.Shape.DType)}]
	if !n.Shape.DType.IsFloat16() {
		copy(out[0].Mem, in[0].Mem)
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
	scatter(r, n, []*dense.Array{nil, in[1], updates}, []*dense.Array{sum})
	return convert(r, out[0], sum)
}
