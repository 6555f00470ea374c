package unet

import . "github.com/gomlx/gomlx/pkg/core/graph"

// patches makes channels of the pixels of each square of edge p: [batch, height, width, channels] → [batch, height/p,
// width/p, p·p·channels] (Shi et al. 2016, arXiv:1609.05158, backwards).
func patches(x *Node, p int) *Node {
	if p == 1 {
		return x
	}
	d := x.Shape().Dimensions
	x = Reshape(x, d[0], d[1]/p, p, d[2]/p, p, d[3])
	x = TransposeAllAxes(x, 0, 1, 3, 2, 4, 5)
	return Reshape(x, d[0], d[1]/p, d[2]/p, p*p*d[3])
}

// pixels is the inverse of patches.
func pixels(x *Node, p int) *Node {
	if p == 1 {
		return x
	}
	d := x.Shape().Dimensions
	x = Reshape(x, d[0], d[1], d[2], p, p, d[3]/(p*p))
	x = TransposeAllAxes(x, 0, 1, 3, 2, 4, 5)
	return Reshape(x, d[0], d[1]*p, d[2]*p, d[3]/(p*p))
}
