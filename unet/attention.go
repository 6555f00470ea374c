package unet

import (
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// attention lets every pixel attend to all others, one head: x [n, h, w, c] → the same shape.
//
//	y = x + dense(softmax(q kᵀ/√c) v), with q, k, v dense maps of norm(x)
//
// The last map starts at zero, so attention starts as the identity.
func (b builder) attention(x *Node) *Node {
	dims := x.Shape().Dimensions
	n, pixels, c := dims[0], dims[1]*dims[2], dims[3]
	normed := Reshape(b.groupNorm(joined{x}).tensor(), n, pixels, c)
	q := MulScalar(b.in("query").dense(normed, c, false), 1/math.Sqrt(float64(c)))
	k := b.in("key").dense(normed, c, false)
	v := b.in("value").dense(normed, c, false)
	logits := DotGeneral(q, []int{2}, []int{0}, k, []int{2}, []int{0})      // [n, queries, keys]
	weights := b.narrowed(softmax(b.widened(logits)))                       // [n, queries, keys]
	mixed := DotGeneral(weights, []int{2}, []int{0}, v, []int{1}, []int{0}) // [n, queries, c]
	return Add(x, Reshape(b.in("output").dense(mixed, c, true), dims...))
}

// softmax over the last axis of [n, queries, keys]. It multiplies by a reciprocal [n, queries, 1] where
// graph.Softmax divides all elements, at each order of differentiation.
func softmax(x *Node) *Node {
	largest := StopGradient(ReduceAndKeep(x, ReduceMax, -1))
	e := Exp(Sub(x, largest))
	return Mul(e, Reciprocal(ReduceAndKeep(e, ReduceSum, -1)))
}
