package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
)

// simplify applies rules that keep every bit of the result, NaN, infinities and signs of zeros included.
func (g *graph) simplify() (changed bool) {
	return g.rewrite(func(n *node) *node {
		for _, rule := range simplifications[n.op] {
			if r := rule(g, n); r != nil {
				return r
			}
		}
		if isElementwise[n.op] {
			if r := liftBroadcast(g, n); r != nil {
				return r
			}
		}
		return n
	})
}

// rule returns a replacement, or nil if it does not apply.
type rule func(g *graph, n *node) *node

var simplifications = map[backends.OpType][]rule{
	backends.OpTypeIdentity:       {func(_ *graph, n *node) *node { return n.inputs[0] }},
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
	for op := range combiners {
		simplifications[op] = []rule{simplifyReduce}
	}
}

// undo drops an op applied twice.
func undo(_ *graph, n *node) *node {
	if n.inputs[0].op == n.op {
		return n.inputs[0].inputs[0]
	}
	return nil
}

// keep returns x in the place of n if it has its shape (n may be a broadcast of it).
func keep(n, x *node) *node {
	if x.shape.Equal(n.shape) {
		return x
	}
	return nil
}

func simplifyReshape(g *graph, n *node) *node {
	x := n.inputs[0]
	if x.op == backends.OpTypeReshape {
		return g.addReshape(x, n.shape)
	}
	return keep(n, x)
}

func simplifyTranspose(g *graph, n *node) *node {
	x := n.inputs[0]
	perm := n.attrs.(transposeAttrs).Permutation
	if x.op == backends.OpTypeTranspose {
		first := x.attrs.(transposeAttrs).Permutation
		both := make([]int, len(perm))
		for i, axis := range perm {
			both[i] = first[axis]
		}
		return g.add(n.op, n.shape, transposeAttrs{both}, x.inputs[0])
	}
	last := -1 // axes longer than 1 that keep their order keep every element's place
	for _, axis := range perm {
		if x.shape.Dimensions[axis] != 1 {
			if axis < last {
				return nil
			}
			last = axis
		}
	}
	return g.addReshape(x, n.shape)
}

func simplifyBroadcast(g *graph, n *node) *node {
	x := n.inputs[0]
	if x.shape.Size() == n.shape.Size() {
		return g.addReshape(x, n.shape)
	}
	axes := n.attrs.(broadcastAttrs).Axes
	if x.op == backends.OpTypeBroadcastInDim {
		inner := x.attrs.(broadcastAttrs).Axes
		both := make([]int, len(inner))
		for i, axis := range inner {
			both[i] = axes[axis]
		}
		return g.add(n.op, n.shape, broadcastAttrs{both}, x.inputs[0])
	}
	return nil
}

func simplifyConvert(_ *graph, n *node) *node { return keep(n, n.inputs[0]) }

func simplifySlice(_ *graph, n *node) *node { return keep(n, n.inputs[0]) }

func simplifyAdd(g *graph, n *node) *node {
	for i, x := range n.inputs {
		y := n.inputs[1-i]
		// x + -0 is x; x + +0 is not if x is -0. Integers have one zero.
		if splatIs(y, negativeZero) {
			if r := keep(n, x); r != nil {
				return r
			}
		}
		if y.op == backends.OpTypeNeg {
			return g.add(backends.OpTypeSub, n.shape, nil, x, y.inputs[0])
		}
	}
	return nil
}

func simplifySub(g *graph, n *node) *node {
	x, y := n.inputs[0], n.inputs[1]
	if splatIs(y, 0) {
		return keep(n, x)
	}
	if y.op == backends.OpTypeNeg {
		return g.add(backends.OpTypeAdd, n.shape, nil, x, y.inputs[0])
	}
	return nil
}

func simplifyMul(g *graph, n *node) *node {
	for i, x := range n.inputs {
		y := n.inputs[1-i]
		if splatIs(y, 1) {
			if r := keep(n, x); r != nil {
				return r
			}
		}
		if splatIs(y, -1) && x.shape.Equal(n.shape) && lookupKernel(backends.OpTypeNeg, n.shape.DType) != nil {
			return g.add(backends.OpTypeNeg, n.shape, nil, x)
		}
	}
	if n.inputs[0].op == backends.OpTypeNeg && n.inputs[1].op == backends.OpTypeNeg {
		return g.add(n.op, n.shape, nil, n.inputs[0].inputs[0], n.inputs[1].inputs[0])
	}
	return nil
}

func simplifyDiv(g *graph, n *node) *node {
	x, y := n.inputs[0], n.inputs[1]
	if splatIs(y, 1) {
		return keep(n, x)
	}
	if c, ok := splatFloat(y); ok && isPowerOfTwo(c) {
		inverse := g.constant(n, 1/c)
		return g.add(backends.OpTypeMul, n.shape, nil, x, inverse)
	}
	return nil
}

// constant creates a scalar of n's dtype.
func (g *graph) constant(n *node, value float64) *node {
	shape := n.shape.Clone()
	shape.Dimensions = nil
	return g.addConstant(shape, numberBytes(shape.DType, value))
}

func simplifyPow(g *graph, n *node) *node {
	x, y := n.inputs[0], n.inputs[1]
	switch {
	case splatIs(y, 1):
		return keep(n, x)
	case splatIs(y, 2) && x.shape.Equal(n.shape):
		return g.add(backends.OpTypeMul, n.shape, nil, x, x)
	}
	return nil
}

func simplifyWhere(_ *graph, n *node) *node {
	if n.inputs[1] == n.inputs[2] {
		return keep(n, n.inputs[1])
	}
	if cond, ok := splat(n.inputs[0]); ok {
		if cond[0] != 0 {
			return keep(n, n.inputs[1])
		}
		return keep(n, n.inputs[2])
	}
	return nil
}

// simplifyReduce turns a reduction over axes of one element into a view, and computes in 32 bits what would lose
// accuracy in 16.
func simplifyReduce(g *graph, n *node) *node {
	x := n.inputs[0]
	axes := n.attrs.(reduceAttrs).axes
	if !slices.ContainsFunc(axes, func(axis int) bool { return x.shape.Dimensions[axis] != 1 }) {
		return g.addReshape(x, n.shape)
	}
	if x.shape.DType.IsFloat16() {
		return g.reduceWide(n)
	}
	return nil
}
