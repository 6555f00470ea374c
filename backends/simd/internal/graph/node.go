package graph

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// Views are the ops whose result is their first input's memory under another shape.
var Views = map[backends.OpType]bool{
	backends.OpTypeIdentity: true,
	backends.OpTypeReshape:  true,
}

// Node is an op in a Graph, which owns it. Its inputs are older nodes of the same graph.
type Node struct {
	Graph  *Graph
	ID     int // unique in the graph; after CopyFor and Optimize, its index among the nodes
	Op     backends.OpType
	Shape  shapes.Shape
	Attrs  any
	Inputs []*Node

	// A node with several outputs has their shapes here and is not itself a value: its results are
	// nodes of type OpOutput.
	Multi []shapes.Shape
}

// Ops of the engine's own.
const (
	// OpOutput selects one output, attrs int, of a node with several.
	OpOutput = backends.OpTypeLast + 1 + iota
)

// OpName prints engine ops as well as GoMLX's.
func OpName(op backends.OpType) string {
	if op == OpOutput {
		return "Output"
	}
	return op.String()
}

// String describes the node for error messages.
func (n *Node) String() string { return fmt.Sprintf("#%d %s %s", n.ID, OpName(n.Op), n.Shape) }

// OutputShapes are the shapes of the arrays that the task of the node fills.
func (n *Node) OutputShapes() []shapes.Shape {
	if n.Multi != nil {
		return n.Multi
	}
	return []shapes.Shape{n.Shape}
}

// ViewRoot is the node whose memory holds the value of n: n itself unless it is a view.
func ViewRoot(n *Node) *Node {
	for Views[n.Op] {
		n = n.Inputs[0]
	}
	return n
}
