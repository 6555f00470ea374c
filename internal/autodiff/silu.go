package autodiff

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// SiLU returns y = x·σ(x) with σ the logistic function (Hendrycks and Gimpel 2016, arXiv:1606.08415), for x of any
// shape, built so that its derivatives are cheap. With
//
//	y' = y + σ·(1 − y)
//
// a second derivative takes 16 element-wise operations where the rules of products and of σ take 27, and it is again
// made of operations that have rules.
//
// The Identity before σ marks the product for siluRule, and keeps σ out of the reach of callers: no gradient goes
// through it.
func SiLU(x *Node) *Node { return Mul(x, Logistic(Identity(x))) }

// siluRule returns the gradients of a product made by SiLU, and false for any other.
func siluRule(node, v *Node) ([]*Node, bool) {
	x, sigma := node.Inputs()[0], node.Inputs()[1]
	if sigma.Type() != NodeTypeLogistic {
		return nil, false
	}
	if mark := sigma.Inputs()[0]; mark.Type() != NodeTypeIdentity || mark.StopGradient() ||
		mark.CustomGradient() != nil || mark.Inputs()[0] != x {
		return nil, false
	}
	derivative := Add(node, Mul(sigma, OneMinus(node)))
	return []*Node{Mul(v, derivative), nil}, true
}
