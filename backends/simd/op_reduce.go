package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
)

// execReduce runs one reduction, unfused.
func execReduce(r *run, n *node, in, out []*Buffer) error {
	shape := n.inputs[0].shape
	width := shape.DType.Size()
	combiner := combiners[n.op]
	f := elementKernels[kernelKey{combiner, shape.DType}]
	fillTile(out[0].mem, identityOf(combiner, shape.DType))
	strides := make([]int, shape.Rank()) // of the output, 0 along reduced axes
	reduced := n.attrs.(reduceAttrs).axes
	stride := width
	for axis := shape.Rank() - 1; axis >= 0; axis-- {
		if !slices.Contains(reduced, axis) {
			strides[axis] = stride
			stride *= shape.Dimensions[axis]
		}
	}
	src := 0
	var walk func(axis, dst int)
	walk = func(axis, dst int) {
		if axis == shape.Rank() {
			acc := out[0].mem[dst : dst+width]
			f(acc, acc, in[0].mem[src:src+width], nil)
			src += width
			return
		}
		for i := range shape.Dimensions[axis] {
			walk(axis+1, dst+i*strides[axis])
		}
	}
	walk(0, 0)
	return nil
}

// executorOf finds the function that runs a node's op.
func executorOf(op backends.OpType) execFunc {
	switch {
	case isElementwise[op]:
		return execElement
	case combiners[op] != 0:
		return execReduce
	}
	return executors[op]
}
