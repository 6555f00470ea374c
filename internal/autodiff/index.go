package autodiff

import (
	"slices"

	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// gatherRule scatters v to where it was gathered from; slices that overlap add up. The parameters of Gather and
// ScatterSum correspond one to one, which makes the two rules each other's inverse. Indices in range are assumed:
// Gather clamps others, ScatterSum drops them.
func gatherRule(node, v *Node) []*Node {
	operand, indices := node.Inputs()[0], node.Inputs()[1]
	a := attributesOf(node)
	return []*Node{
		BackendScatterSum(ZerosLike(operand), indices, v, a.integer("indexVectorAxis"),
			a.integers("offsetOutputAxes"), a.integers("collapsedSliceAxes"), a.integers("startIndexMap"),
			a.boolean("indicesAreSorted"), false),
		nil,
	}
}

// scatterSumRule: the operand is passed through, the updates receive what lies where they were added.
func scatterSumRule(node, v *Node) []*Node {
	in := node.Inputs()
	operand, indices, updates := in[0], in[1], in[2]
	a := attributesOf(node)
	window, inserted := a.integers("updateWindowAxes"), a.integers("insertedWindowAxes")
	sizes, next := make([]int, operand.Rank()), 0
	for axis := range sizes {
		if slices.Contains(inserted, axis) {
			sizes[axis] = 1
			continue
		}
		sizes[axis] = updates.Shape().Dimensions[window[next]]
		next++
	}
	return []*Node{
		v,
		nil,
		BackendGather(v, indices, a.integer("indexVectorAxis"), window, inserted,
			a.integers("scatterAxesToOperandAxes"), sizes, a.boolean("indicesAreSorted")),
	}
}
