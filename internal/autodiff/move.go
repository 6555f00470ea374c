package autodiff

import (
	"slices"

	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// padRule takes the padding off again: the edges by the opposite padding (which puts zeros back where the padding was
// negative), the interior by a stride. The fill value receives what x does not.
func padRule(node, v *Node) []*Node {
	x := node.Inputs()[0]
	axes := attributesOf(node).padAxes("axesConfig", x.Rank())
	edges, strides := make([]PadAxis, x.Rank()), make([]SliceAxisSpec, x.Rank())
	var hasEdges, hasStrides bool
	for i, axis := range axes {
		edges[i] = PadAxis{Start: -axis.Start, End: -axis.End}
		strides[i] = AxisRange().Stride(axis.Interior + 1)
		hasEdges = hasEdges || axis.Start != 0 || axis.End != 0
		hasStrides = hasStrides || axis.Interior != 0
	}
	g := v
	if hasEdges {
		g = Pad(g, ScalarZero(v.Graph(), v.DType()), edges...)
	}
	if hasStrides {
		g = Slice(g, strides...)
	}
	return []*Node{g, Sub(ReduceAllSum(v), ReduceAllSum(g))}
}

func reverseRule(node, v *Node) []*Node {
	return []*Node{reverse(v, attributesOf(node).integers("axes"))}
}

// reverse undoes an equal Reverse instead of stacking another: the second derivative of a convolution meets the
// reversed kernel again.
func reverse(x *Node, axes []int) *Node {
	if x.Type() == NodeTypeReverse && !x.StopGradient() && x.CustomGradient() == nil &&
		slices.Equal(attributesOf(x).integers("axes"), axes) {
		return x.Inputs()[0]
	}
	if len(axes) == 0 {
		return x
	}
	return Reverse(x, axes...)
}

func transposeRule(node, v *Node) []*Node {
	return []*Node{transpose(v, inverse(attributesOf(node).integers("permutation")))}
}

// transpose drops identities and undoes an inverse Transpose instead of stacking another.
func transpose(x *Node, permutation []int) *Node {
	if slices.IsSorted(permutation) {
		return x
	}
	if x.Type() == NodeTypeTranspose && !x.StopGradient() && x.CustomGradient() == nil &&
		slices.Equal(attributesOf(x).integers("permutation"), inverse(permutation)) {
		return x.Inputs()[0]
	}
	return TransposeAllAxes(x, permutation...)
}

// dynamicUpdateSliceRule: the updated part goes to update, zeros there and the rest to the operand.
func dynamicUpdateSliceRule(node, v *Node) []*Node {
	in := node.Inputs() // operand, update, start indices
	update, starts := in[1], in[2:]
	out := make([]*Node, len(in))
	out[0] = DynamicUpdateSlice(v, ZerosLike(update), starts)
	out[1] = DynamicSlice(v, starts, update.Shape().Dimensions)
	return out
}
