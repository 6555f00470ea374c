package unet

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// joined is an image [n, h, w, c] whose channels lie in several tensors, one after another. On the way up a block sees
// the channels from below and those from across; joining them in memory would cost a copy, and each derivative slices
// and pads, where a convolution of joined tensors is the sum of theirs.
type joined []*Node

// suited is j in the form that the backend convolves in the least time: as it is, or as one tensor. XLA's convolutions
// are library calls, which one of all channels suits better than several and a sum.
func (j joined) suited() joined {
	if direct(j[0].Graph()) {
		return j
	}
	return joined{j.tensor()}
}

// tensor joins in memory.
func (j joined) tensor() *Node {
	if len(j) == 1 {
		return j[0]
	}
	return Concatenate(j, 3)
}

// channels of all tensors together.
func (j joined) channels() int {
	c := 0
	for _, x := range j {
		c += x.Shape().Dimensions[3]
	}
	return c
}

// split cuts an axis of y, as long as there are channels, into a part for each tensor.
func (j joined) split(y *Node, axis int) []*Node {
	if len(j) == 1 {
		return []*Node{y}
	}
	parts, from := make([]*Node, len(j)), 0
	for i, x := range j {
		to := from + x.Shape().Dimensions[3]
		parts[i] = SliceAxis(y, axis, AxisRange(from, to))
		from = to
	}
	return parts
}

// each applies f to each tensor.
func (j joined) each(f func(x *Node) *Node) joined {
	out := make(joined, len(j))
	for i, x := range j {
		out[i] = f(x)
	}
	return out
}

// sum adds f of each tensor with its part of weights, whose axis inputs counts the channels.
func (j joined) sum(weights *Node, inputs int, f func(x, weights *Node) *Node) *Node {
	var total *Node
	for i, w := range j.split(weights, inputs) {
		y := f(j[i], w)
		if total == nil {
			total = y
		} else {
			total = Add(total, y)
		}
	}
	return total
}
