package simd

import (
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// moveFunc computes a movement op on elements of one size.
type moveFunc func(r *run, n *node, in, out []*array)

// registerMove enters an op that only moves elements, given its forms for elements of 1, 2, 4, 8 and 16 bytes. The
// one for 4 bytes takes them for float32, which package arrays transposes by vector kernels.
func registerMove(op backends.OpType, b1, b2, b4, b8, b16 moveFunc) {
	forms := map[int]moveFunc{1: b1, 2: b2, 4: b4, 8: b8, 16: b16}
	registerOp(op, func(r *run, n *node, in, out []*array) error {
		if len(out[0].mem) > 0 {
			forms[n.shape.DType.Size()](r, n, in, out)
		}
		return nil
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

func transpose[T element](r *run, n *node, in, out []*array) {
	arrays.Transpose(r.pool, flat[T](out[0]), flat[T](in[0]), in[0].shape.Dimensions,
		n.attrs.(transposeAttrs).Permutation)
}

func slice[T element](r *run, n *node, in, out []*array) {
	a := n.attrs.(sliceAttrs)
	arrays.Slice(r.pool, flat[T](out[0]), flat[T](in[0]), in[0].shape.Dimensions, a.Starts, a.Limits, a.Strides)
}

func concatenate[T element](r *run, n *node, in, out []*array) {
	srcs, dims := make([][]T, len(in)), make([][]int, len(in))
	for i, buf := range in {
		srcs[i], dims[i] = flat[T](buf), buf.shape.Dimensions
	}
	arrays.Concatenate(r.pool, flat[T](out[0]), n.attrs.(concatenateAttrs).Axis, srcs, dims)
}

func pad[T element](r *run, n *node, in, out []*array) {
	arrays.Pad(r.pool, flat[T](out[0]), flat[T](in[0]), in[0].shape.Dimensions, flat[T](in[1])[0],
		n.attrs.(padAttrs).Pads)
}

func reverse[T element](r *run, n *node, in, out []*array) {
	arrays.Reverse(r.pool, flat[T](out[0]), flat[T](in[0]), in[0].shape.Dimensions, n.attrs.(reverseAttrs).Axes)
}

// fillIota converts 0, 1, 2, … to the dtype once and repeats that line along the other axes.
func fillIota[T element](r *run, n *node, _, out []*array) {
	axis := n.attrs.(iotaAttrs).Axis
	dims := n.shape.Dimensions
	counts := make([]int64, dims[axis])
	for i := range counts {
		counts[i] = int64(i)
	}
	line, done := r.scratch(len(counts) * n.shape.DType.Size())
	defer done()
	if err := arrays.Convert(r.pool, storages[n.shape.DType].toFlat(line), counts); err != nil {
		panic(err) // both are slices of supported types
	}
	arrays.BroadcastInDim(r.pool, flat[T](out[0]), dims, castSlice[T](line), dims[axis:axis+1], []int{axis})
}
