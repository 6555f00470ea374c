package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// graph is a computation: its nodes in topological order. A Builder fills one, and the compile passes transform a copy
// of it.
type graph struct {
	name    string
	nodes   []*node
	outputs []*node
	made    int // nodes so far
}

// copyFor copies what the outputs, nodes of g, need into a graph of its own. It shares shapes and attributes with g.
func (g *graph) copyFor(outputs []*node) *graph {
	c := &graph{name: g.name, outputs: slices.Clone(outputs), nodes: slices.Clone(g.nodes)}
	c.dropDead()
	copies := make(map[*node]*node, len(c.nodes))
	of := func(nodes []*node) []*node {
		list := make([]*node, len(nodes))
		for i, n := range nodes {
			list[i] = copies[n]
		}
		return list
	}
	for i, n := range c.nodes {
		twin := *n
		twin.graph, twin.id, twin.inputs = c, i, of(n.inputs)
		copies[n] = &twin
		c.nodes[i] = &twin
	}
	c.outputs = of(c.outputs)
	c.made = len(c.nodes)
	return c
}

// optimize runs the passes that make a smaller graph of the same values, and numbers the nodes by their order.
// evaluate computes a node of constant inputs.
func (g *graph) optimize(evaluate func(n *node) (*array, error)) error {
	for range 4 {
		before := len(g.nodes)
		changed := g.simplify()
		if err := g.foldConstants(evaluate); err != nil {
			return err
		}
		g.mergeCommon()
		g.dropDead()
		if !changed && len(g.nodes) == before {
			break
		}
	}
	for i, n := range g.nodes {
		n.id = i
	}
	return nil
}

// rewrite replaces nodes: visit gets each node in order, with its inputs already replaced, and returns the node
// to use in its place. It may create nodes through g.add, which
// land just before.
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

// add appends a node with one output.
func (g *graph) add(op backends.OpType, shape shapes.Shape, attrs any, inputs ...*node) *node {
	n := &node{graph: g, id: g.made, op: op, shape: shape.Clone(), attrs: attrs, inputs: slices.Clone(inputs)}
	g.made++
	g.nodes = append(g.nodes, n)
	return n
}

// addMulti appends a node with several outputs and returns its results, a node each.
func (g *graph) addMulti(op backends.OpType, outputs []shapes.Shape, attrs any, inputs ...*node) []*node {
	n := g.add(op, shapes.Invalid(), attrs, inputs...)
	n.multi = slices.Clone(outputs)
	results := make([]*node, len(outputs))
	for i, shape := range outputs {
		results[i] = g.add(opOutput, shape, i, n)
	}
	return results
}

// addConstant appends a Constant node, whose attrs are its *array, with a copy of the data.
func (g *graph) addConstant(shape shapes.Shape, data []byte) *node {
	mem := make([]byte, (len(data)+7)&^7)[:len(data)] // 8-byte sizes are 8-byte aligned
	copy(mem, data)
	return g.add(backends.OpTypeConstant, shape, &array{shape: shape.Clone(), mem: mem})
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
