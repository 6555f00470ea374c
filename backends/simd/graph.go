package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// graph is what the compile passes transform: the nodes that the outputs need, in topological order.
type graph struct {
	b       *Builder
	nodes   []*node
	outputs []*node
}

// optimize runs the passes that make a smaller graph of the same values.
func (g *graph) optimize() error {
	g.dropDead()
	for range 4 {
		before := len(g.nodes)
		changed := g.simplify()
		if err := g.foldConstants(); err != nil {
			return err
		}
		g.mergeCommon()
		g.dropDead()
		if !changed && len(g.nodes) == before {
			break
		}
	}
	return nil
}

// rewrite replaces nodes: visit gets each node in order, with its inputs already replaced, and returns the node
// to use in its place. It may create nodes through g.add, which land just before.
func (g *graph) rewrite(visit func(n *node) *node) (changed bool) {
	old := g.nodes
	g.nodes = make([]*node, 0, len(old))
	replaced := make(map[*node]*node)
	use := func(n *node) *node {
		if r, ok := replaced[n]; ok {
			return r
		}
		return n
	}
	for _, n := range old {
		for i, in := range n.inputs {
			n.inputs[i] = use(in)
		}
		if r := visit(n); r != n {
			replaced[n] = r
			changed = true
		} else {
			g.nodes = append(g.nodes, n)
		}
	}
	for i, n := range g.outputs {
		g.outputs[i] = use(n)
	}
	return changed
}

// add creates a node during rewrite.
func (g *graph) add(op backends.OpType, shape shapes.Shape, attrs any, inputs ...*node) *node {
	n := g.b.newNode(op, shape, attrs, inputs...)
	g.nodes = append(g.nodes, n)
	return n
}

// addReshape creates a view of another shape, or finds that none is needed.
func (g *graph) addReshape(x *node, shape shapes.Shape) *node {
	for x.op == backends.OpTypeReshape || x.op == backends.OpTypeIdentity {
		x = x.inputs[0]
	}
	if x.shape.Equal(shape) {
		return x
	}
	return g.add(backends.OpTypeReshape, shape, nil, x)
}
