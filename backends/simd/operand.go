package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
)

// clusterable reports whether the tile interpreter can compute a node.
func clusterable(n *node) bool {
	return isElementwise[n.op] || isReduce(n) || n.op == backends.OpTypeConvertDType ||
		n.op == backends.OpTypeBroadcastInDim
}

func isReduce(n *node) bool { return combiners[n.op] != 0 }

// spaceOf is the number of iterations that computing a clusterable node takes.
func spaceOf(n *node) int {
	if isReduce(n) {
		return n.inputs[0].shape.Size()
	}
	return n.shape.Size()
}

// operand is how a clusterable node reads one of its inputs: a node in memory (or in the same cluster, if linear
// and of the size of the space) and the access to it.
type operand struct {
	source *node
	access access
}

// operands resolves the inputs of a clusterable node. Views, and unless fusion is off broadcasts and slices, are
// absorbed into the access.
func operands(n *node, absorb bool) []operand {
	list := make([]operand, len(n.inputs))
	for i, in := range n.inputs {
		a := linear(in.shape.Size())
		switch {
		case n.op == backends.OpTypeBroadcastInDim:
			a = broadcastAccess(in.shape.Dimensions, n.shape.Dimensions, n.attrs.(broadcastAttrs).Axes)
		case !isReduce(n) && !slices.Equal(in.shape.Dimensions, n.shape.Dimensions):
			a = implicitAccess(in.shape.Dimensions, n.shape.Dimensions)
		}
		list[i] = resolve(in, a, absorb)
	}
	return list
}

// resolve follows an access through nodes that only rearrange their input.
func resolve(n *node, a access, absorb bool) operand {
	for {
		var inner access
		switch {
		case views[n.op]:
			n = n.inputs[0]
			continue
		case n.op == backends.OpTypeBroadcastInDim && absorb:
			inner = broadcastAccess(n.inputs[0].shape.Dimensions, n.shape.Dimensions, n.attrs.(broadcastAttrs).Axes)
		case n.op == backends.OpTypeSlice && absorb:
			inner = sliceAccess(n)
		default:
			return operand{n, a}
		}
		both, ok := compose(a, inner)
		if !ok || len(both.dims) > maxAccessRank {
			return operand{n, a}
		}
		n, a = n.inputs[0], both
	}
}

// sliceAccess reads a slice from its operand.
func sliceAccess(n *node) access {
	attrs := n.attrs.(sliceAttrs)
	var a access
	for axis, stride := range rowMajorStrides(n.inputs[0].shape.Dimensions) {
		a.offset += attrs.Starts[axis] * stride
		a.dims = append(a.dims, axisStep{n.shape.Dimensions[axis], attrs.Strides[axis] * stride})
	}
	return normalise(a)
}

// inlines reports whether an operand can be computed within a cluster of the given space.
func (o operand) inlines(space int) bool {
	return o.access.isLinear() && o.source.shape.Size() == space && clusterable(o.source) && !isReduce(o.source)
}

// reduceAccess goes from the elements of a reduction's input to those of its output.
func reduceAccess(n *node) access {
	shape := n.inputs[0].shape
	axes := n.attrs.(reduceAttrs).axes
	outStrides := rowMajorStrides(n.shape.Dimensions)
	var a access
	for axis, size := range shape.Dimensions {
		step := axisStep{n: size}
		if !slices.Contains(axes, axis) {
			step.stride, outStrides = outStrides[0], outStrides[1:]
		}
		a.dims = append(a.dims, step)
	}
	return normalise(a)
}
