package exec

import (
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// moveFunc computes a movement op on elements of one size.
type moveFunc func(r *Run, n *graph.Node, in, out []*dense.Array)

// registerMove enters an op that only moves elements, given its forms for elements of 1, 2, 4, 8 and 16 bytes. The
// one for 4 bytes takes them for float32, which package arrays transposes by vector kernels.
func registerMove(op backends.OpType, b1, b2, b4, b8, b16 moveFunc) {
	forms := map[int]moveFunc{1: b1, 2: b2, 4: b4, 8: b8, 16: b16}
	registerPrepared(op, func(n *graph.Node) Task {
		move := forms[n.Shape.DType.Size()]
		return func(r *Run, in, out []*dense.Array) error {
			if len(out[0].Mem) > 0 {
				move(r, n, in, out)
			}
			return nil
		}
	})
}

func init() {
	registerMove(backends.OpTypeTranspose,
		transpose[uint8], transpose[uint16], transpose[float32], transpose[uint64], transpose[complex128])
	registerMove(backends.OpTypeSlice,
		slice[uint8], slice[uint16], slice[float32], slice[uint64], slice[complex128])
	registerMove(backends.OpTypeConcatenate,
		concatenate[uint8], concatenate[uint16], concatenate[float32], concatenate[uint64], concatenate[complex128])
	registerMove(backends.OpTypePad,
		pad[uint8], pad[uint16], pad[float32], pad[uint64], pad[complex128])
	registerMove(backends.OpTypeReverse,
		reverse[uint8], reverse[uint16], reverse[float32], reverse[uint64], reverse[complex128])
	registerMove(backends.OpTypeIota,
		fillIota[uint8], fillIota[uint16], fillIota[float32], fillIota[uint64], fillIota[complex128])
}

func transpose[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	arrays.Transpose(r.Pool, dense.Flat[T](out[0]), dense.Flat[T](in[0]), in[0].Shape.Dimensions,
		n.Attrs.(graph.TransposeAttrs).Permutation)
}

func slice[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	a := n.Attrs.(graph.SliceAttrs)
	arrays.Slice(r.Pool, dense.Flat[T](out[0]), dense.Flat[T](in[0]), in[0].Shape.Dimensions, a.Starts, a.Limits,
		a.Strides)
}

func concatenate[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	srcs, dims := make([][]T, len(in)), make([][]int, len(in))
	for i, buf := range in {
		srcs[i], dims[i] = dense.Flat[T](buf), buf.Shape.Dimensions
	}
	arrays.Concatenate(r.Pool, dense.Flat[T](out[0]), n.Attrs.(graph.ConcatenateAttrs).Axis, srcs, dims)
}

func pad[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	arrays.Pad(r.Pool, dense.Flat[T](out[0]), dense.Flat[T](in[0]), in[0].Shape.Dimensions, dense.Flat[T](in[1])[0],
		n.Attrs.(graph.PadAttrs).Pads)
}

func reverse[T dense.Element](r *Run, n *graph.Node, in, out []*dense.Array) {
	arrays.Reverse(r.Pool, dense.Flat[T](out[0]), dense.Flat[T](in[0]), in[0].Shape.Dimensions,
		n.Attrs.(graph.ReverseAttrs).Axes)
}

// fillIota converts 0, 1, 2, … to the dtype once and repeats that line along the other axes.
func fillIota[T dense.Element](r *Run, n *graph.Node, _, out []*dense.Array) {
	axis := n.Attrs.(graph.IotaAttrs).Axis
	dims := n.Shape.Dimensions
	counts := make([]int64, dims[axis])
	for i := range counts {
		counts[i] = int64(i)
	}
	line, done := r.Scratch(len(counts) * n.Shape.DType.Size())
	defer done()
	if err := arrays.Convert(r.Pool, dense.Storages[n.Shape.DType].ToFlat(line), counts); err != nil {
		panic(err) // both are slices of supported types
	}
	arrays.BroadcastInDim(r.Pool, dense.Flat[T](out[0]), dims, dense.Cast[T](line), dims[axis:axis+1], []int{axis})
}
