package graph

import (
	"slices"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/element"
)

// simplify applies rules that keep every bit of the result, NaN, infinities and signs of zeros included.
func (g *Graph) simplify() (changed bool) {
	return g.rewrite(func(n *Node) *Node {
		for _, rule := range simplifications[n.Op] {
			if r := rule(g, n); r != nil {
				return r
			}
		}
		if element.Ops[n.Op] {
			if r := liftBroadcast(g, n); r != nil {
				return r
			}
		}
		return n
	})
}

// rule returns a replacement, or nil if it does not apply.
type rule func(g *Graph, n *Node) *Node

var simplifications = map[backends.OpType][]rule{
	backends.OpTypeIdentity:       {func(_ *Graph, n *Node) *Node { return n.Inputs[0] }},
	backends.OpTypeReshape:        {simplifyReshape},
	backends.OpTypeTranspose:      {simplifyTranspose},
	backends.OpTypeBroadcastInDim: {simplifyBroadcast},
	backends.OpTypeConvertDType:   {simplifyConvert},
	backends.OpTypeSlice:          {simplifySlice},
	backends.OpTypeNeg:            {undo},
	backends.OpTypeLogicalNot:     {undo},
	backends.OpTypeBitwiseNot:     {undo},
	backends.OpTypeAdd:            {simplifyAdd},
	backends.OpTypeSub:            {simplifySub},
	backends.OpTypeMul:            {simplifyMul},
	backends.OpTypeDiv:            {simplifyDiv},
	backends.OpTypePow:            {simplifyPow},
	backends.OpTypeWhere:          {simplifyWhere},
}

func init() {
	for op := range element.Combiners {
		simplifications[op] = []rule{simplifyReduce}
	}
}

// undo drops an op applied twice.
func undo(_ *Graph, n *Node) *Node {
	if n.Inputs[0].Op == n.Op {
		return n.Inputs[0].Inputs[0]
	}
	return nil
}

// keep returns x in the place of n if it has its shape (n may be a broadcast of it).
func keep(n, x *Node) *Node {
	if x.Shape.Equal(n.Shape) {
		return x
	}
	return nil
}

func simplifyReshape(g *Graph, n *Node) *Node {
	x := n.Inputs[0]
	if x.Op == backends.OpTypeReshape {
		return g.addReshape(x, n.Shape)
	}
	return keep(n, x)
}

func simplifyTranspose(g *Graph, n *Node) *Node {
	x := n.Inputs[0]
	perm := n.Attrs.(TransposeAttrs).Permutation
	if x.Op == backends.OpTypeTranspose {
		first := x.Attrs.(TransposeAttrs).Permutation
		both := make([]int, len(perm))
		for i, axis := range perm {
			both[i] = first[axis]
		}
		return g.Add(n.Op, n.Shape, TransposeAttrs{both}, x.Inputs[0])
	}
	last := -1 // axes longer than 1 that keep their order keep every element's place
	for _, axis := range perm {
		if x.Shape.Dimensions[axis] != 1 {
			if axis < last {
				return nil
			}
			last = axis
		}
	}
	return g.addReshape(x, n.Shape)
}

func simplifyBroadcast(g *Graph, n *Node) *Node {
	x := n.Inputs[0]
	if x.Shape.Size() == n.Shape.Size() {
		return g.addReshape(x, n.Shape)
	}
	axes := n.Attrs.(BroadcastAttrs).Axes
	if x.Op == backends.OpTypeBroadcastInDim {
		inner := x.Attrs.(BroadcastAttrs).Axes
		both := make([]int, len(inner))
		for i, axis := range inner {
			both[i] = axes[axis]
		}
		return g.Add(n.Op, n.Shape, BroadcastAttrs{both}, x.Inputs[0])
	}
	return nil
}

func simplifyConvert(_ *Graph, n *Node) *Node { return keep(n, n.Inputs[0]) }

func simplifySlice(_ *Graph, n *Node) *Node { return keep(n, n.Inputs[0]) }

func simplifyAdd(g *Graph, n *Node) *Node {
	for i, x := range n.Inputs {
		y := n.Inputs[1-i]
		// x + -0 is x; x + +0 is not if x is -0. Integers have one zero.
		if splatIs(y, negativeZero) {
			if r := keep(n, x); r != nil {
				return r
			}
		}
		if y.Op == backends.OpTypeNeg {
			return g.Add(backends.OpTypeSub, n.Shape, nil, x, y.Inputs[0])
		}
	}
	return nil
}

func simplifySub(g *Graph, n *Node) *Node {
	x, y := n.Inputs[0], n.Inputs[1]
	if splatIs(y, 0) {
		return keep(n, x)
	}
	if y.Op == backends.OpTypeNeg {
		return g.Add(backends.OpTypeAdd, n.Shape, nil, x, y.Inputs[0])
	}
	return nil
}

func simplifyMul(g *Graph, n *Node) *Node {
	for i, x := range n.Inputs {
		y := n.Inputs[1-i]
		if splatIs(y, 1) {
			if r := keep(n, x); r != nil {
				return r
			}
		}
		if splatIs(y, -1) && x.Shape.Equal(n.Shape) && element.Lookup(backends.OpTypeNeg, n.Shape.DType) != nil {
			return g.Add(backends.OpTypeNeg, n.Shape, nil, x)
		}
	}
	if n.Inputs[0].Op == backends.OpTypeNeg && n.Inputs[1].Op == backends.OpTypeNeg {
		return g.Add(n.Op, n.Shape, nil, n.Inputs[0].Inputs[0], n.Inputs[1].Inputs[0])
	}
	return nil
}

func simplifyDiv(g *Graph, n *Node) *Node {
	x, y := n.Inputs[0], n.Inputs[1]
	if splatIs(y, 1) {
		return keep(n, x)
	}
	if c, ok := splatFloat(y); ok && isPowerOfTwo(c) {
		inverse := g.constant(n, 1/c)
		return g.Add(backends.OpTypeMul, n.Shape, nil, x, inverse)
	}
	return nil
}

// constant creates a scalar of n's dtype.
func (g *Graph) constant(n *Node, value float64) *Node {
	shape := n.Shape.Clone()
	shape.Dimensions = nil
	return g.AddConstant(shape, dense.NumberBytes(shape.DType, value))
}

func simplifyPow(g *Graph, n *Node) *Node {
	x, y := n.Inputs[0], n.Inputs[1]
	switch {
	case splatIs(y, 1):
		return keep(n, x)
	case splatIs(y, 2) && x.Shape.Equal(n.Shape):
		return g.Add(backends.OpTypeMul, n.Shape, nil, x, x)
	}
	return nil
}

func simplifyWhere(_ *Graph, n *Node) *Node {
	if n.Inputs[1] == n.Inputs[2] {
		return keep(n, n.Inputs[1])
	}
	if cond, ok := splat(n.Inputs[0]); ok {
		if cond[0] != 0 {
			return keep(n, n.Inputs[1])
		}
		return keep(n, n.Inputs[2])
	}
	return nil
}

// simplifyReduce turns a reduction over axes of one element into a view, and computes in 32 bits what would lose
// accuracy in 16.
func simplifyReduce(g *Graph, n *Node) *Node {
	x := n.Inputs[0]
	axes := n.Attrs.(ReduceAttrs).Axes
	if !slices.ContainsFunc(axes, func(axis int) bool { return x.Shape.Dimensions[axis] != 1 }) {
		return g.addReshape(x, n.Shape)
	}
	if x.Shape.DType.IsFloat16() {
		return g.reduceWide(n)
	}
	return nil
}
