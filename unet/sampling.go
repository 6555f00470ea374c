package unet

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// doubleNearest repeats every pixel twice along both axes: x [n, h, w, c] → [n, 2h, 2w, c].
func doubleNearest(x *Node) *Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1], d[2], d[3]
	return Reshape(ExpandAndBroadcast(x, []int{n, h, 2, w, 2, c}, []int{2, 4}), n, 2*h, 2*w, c)
}
