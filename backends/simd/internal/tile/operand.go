package tile

import (
	"slices"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// Clusterable reports whether the tile interpreter can compute a node.
func Clusterable(n *graph.Node) bool {
	return element.Ops[n.Op] || IsReduce(n) || n.Op == backends.OpTypeConvertDType ||
		n.Op == backends.OpTypeBroadcastInDim
}

// IsReduce reports whether a node is a reduction.
func IsReduce(n *graph.Node) bool { return element.Combiners[n.Op] != 0 }

// Space is the number of iterations that computing a clusterable node takes.
func Space(n *graph.Node) int {
	if IsReduce(n) {
		return n.Inputs[0].Shape.Size()
	}
	return n.Shape.Size()
}

// Operand is how a clusterable node reads one of its inputs: a node in memory (or in the same cluster, if linear
// and of the size of the space) and the access to it.
type Operand struct {
	Source *graph.Node
	Access Access
}

// Operands resolves the inputs of a clusterable node. Views, and unless fusion is off broadcasts and slices, are
// absorbed into the access.
func Operands(n *graph.Node, absorb bool) []Operand {
	list := make([]Operand, len(n.Inputs))
	for i, in := range n.Inputs {
		a := linear(in.Shape.Size())
		switch {
		case n.Op == backends.OpTypeBroadcastInDim:
			a = broadcastAccess(in.Shape.Dimensions, n.Shape.Dimensions, n.Attrs.(graph.BroadcastAttrs).Axes)
		case !IsReduce(n) && !slices.Equal(in.Shape.Dimensions, n.Shape.Dimensions):
			a = implicitAccess(in.Shape.Dimensions, n.Shape.Dimensions)
		}
		list[i] = resolve(in, a, absorb)
	}
	return list
}

// resolve follows an access through nodes that only rearrange their input.
func resolve(n *graph.Node, a Access, absorb bool) Operand {
	for {
		var inner Access
		switch {
		case graph.Views[n.Op]:
			n = n.Inputs[0]
			continue
		case n.Op == backends.OpTypeBroadcastInDim && absorb:
			inner = broadcastAccess(n.Inputs[0].Shape.Dimensions, n.Shape.Dimensions,
				n.Attrs.(graph.BroadcastAttrs).Axes)
		case n.Op == backends.OpTypeSlice && absorb:
			inner = sliceAccess(n)
		default:
			return Operand{n, a}
		}
		both, ok := compose(a, inner)
		if !ok || len(both.dims) > maxAccessRank {
			return Operand{n, a}
		}
		n, a = n.Inputs[0], both
	}
}

// sliceAccess reads a slice from its operand.
func sliceAccess(n *graph.Node) Access {
	attrs := n.Attrs.(graph.SliceAttrs)
	var a Access
	for axis, stride := range rowMajorStrides(n.Inputs[0].Shape.Dimensions) {
		a.offset += attrs.Starts[axis] * stride
		a.dims = append(a.dims, axisStep{n.Shape.Dimensions[axis], attrs.Strides[axis] * stride})
	}
	return normalise(a)
}

// Inlines reports whether an operand can be computed within a cluster of the given space.
func (o Operand) Inlines(space int) bool {
	return o.Access.IsLinear() && o.Source.Shape.Size() == space && Clusterable(o.Source) && !IsReduce(o.Source)
}

// ReduceAccess goes from the elements of a reduction's input to those of its output.
func ReduceAccess(n *graph.Node) Access {
	shape := n.Inputs[0].Shape
	axes := n.Attrs.(graph.ReduceAttrs).Axes
	outStrides := rowMajorStrides(n.Shape.Dimensions)
	var a Access
	for axis, size := range shape.Dimensions {
		step := axisStep{n: size}
		if !slices.Contains(axes, axis) {
			step.stride, outStrides = outStrides[0], outStrides[1:]
		}
		a.dims = append(a.dims, step)
	}
	return normalise(a)
}
