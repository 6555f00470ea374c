// Package graph holds computations and makes them smaller. A Graph owns its Nodes; each is an op with its shape,
// attributes and inputs. Optimize drops dead code, merges common subexpressions, folds constants and applies the
// simplifications that keep every bit of the result.
package graph

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// Graph is a computation: its nodes in topological order. A Builder fills one, and the compile passes transform a copy
// of it.
type Graph struct {
	Name    string
	Nodes   []*Node
	Outputs []*Node
	made    int // nodes so far
}

// CopyFor copies what the outputs, nodes of g, need into a graph of its own. It shares shapes and attributes with g.
func (g *Graph) CopyFor(outputs []*Node) *Graph {
	c := &Graph{Name: g.Name, Outputs: slices.Clone(outputs), Nodes: slices.Clone(g.Nodes)}
	c.dropDead()
	copies := make(map[*Node]*Node, len(c.Nodes))
	of := func(nodes []*Node) []*Node {
		list := make([]*Node, len(nodes))
		for i, n := range nodes {
			list[i] = copies[n]
		}
		return list
	}
	for i, n := range c.Nodes {
		twin := *n
		twin.Graph, twin.ID, twin.Inputs = c, i, of(n.Inputs)
		copies[n] = &twin
		c.Nodes[i] = &twin
	}
	c.Outputs = of(c.Outputs)
	c.made = len(c.Nodes)
	return c
}

// Optimize runs the passes that make a smaller graph of the same values, and numbers the nodes by their order.
// evaluate computes a node of constant inputs.
func (g *Graph) Optimize(evaluate func(n *Node) (*dense.Array, error)) error {
	for range 4 {
		before := len(g.Nodes)
		changed := g.simplify()
		if err := g.foldConstants(evaluate); err != nil {
			return err
		}
		g.mergeCommon()
		g.dropDead()
		if !changed && len(g.Nodes) == before {
			break
		}
	}
	for i, n := range g.Nodes {
		n.ID = i
	}
	return nil
}

// rewrite replaces nodes: visit gets each node in order, with its inputs already replaced, and returns the node
// to use in its place. It may create nodes through g.add, which
// land just before.
func (g *Graph) rewrite(visit func(n *Node) *Node) (changed bool) {
	old := g.Nodes
	g.Nodes = make([]*Node, 0, len(old))
	replaced := make(map[*Node]*Node)
	use := func(n *Node) *Node {
		if r, ok := replaced[n]; ok {
			return r
		}
		return n
	}
	for _, n := range old {
		for i, in := range n.Inputs {
			n.Inputs[i] = use(in)
		}
		if r := visit(n); r != n {
			replaced[n] = r
			changed = true
		} else {
			g.Nodes = append(g.Nodes, n)
		}
	}
	for i, n := range g.Outputs {
		g.Outputs[i] = use(n)
	}
	return changed
}

// Add appends a node with one output.
func (g *Graph) Add(op backends.OpType, shape shapes.Shape, attrs any, inputs ...*Node) *Node {
	n := &Node{Graph: g, ID: g.made, Op: op, Shape: shape.Clone(), Attrs: attrs, Inputs: slices.Clone(inputs)}
	g.made++
	g.Nodes = append(g.Nodes, n)
	return n
}

// AddMulti appends a node with several outputs and returns its results, a node each.
func (g *Graph) AddMulti(op backends.OpType, outputs []shapes.Shape, attrs any, inputs ...*Node) []*Node {
	n := g.Add(op, shapes.Invalid(), attrs, inputs...)
	n.Multi = slices.Clone(outputs)
	results := make([]*Node, len(outputs))
	for i, shape := range outputs {
		results[i] = g.Add(OpOutput, shape, i, n)
	}
	return results
}

// AddConstant appends a Constant node, whose attrs are its *dense.Array, with a copy of the data.
func (g *Graph) AddConstant(shape shapes.Shape, data []byte) *Node {
	mem := make([]byte, (len(data)+7)&^7)[:len(data)] // 8-byte sizes are 8-byte aligned
	copy(mem, data)
	return g.Add(backends.OpTypeConstant, shape, &dense.Array{Shape: shape.Clone(), Mem: mem})
}

// addReshape creates a view of another shape, or finds that none is needed.
func (g *Graph) addReshape(x *Node, shape shapes.Shape) *Node {
	for x.Op == backends.OpTypeReshape || x.Op == backends.OpTypeIdentity {
		x = x.Inputs[0]
	}
	if x.Shape.Equal(shape) {
		return x
	}
	return g.Add(backends.OpTypeReshape, shape, nil, x)
}
