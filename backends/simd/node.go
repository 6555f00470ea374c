package simd

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// views are the ops whose result is their first input's memory under another shape.
var views = map[backends.OpType]bool{
	backends.OpTypeIdentity: true,
	backends.OpTypeReshape:  true,
}

// node is an op in a graph, which owns it. Its inputs are older nodes of the same graph.
type node struct {
	graph  *graph
	id     int // its place in the order in which the graph's nodes were made; after optimize, its index among them
	op     backends.OpType
	shape  shapes.Shape
	attrs  any
	inputs []*node

	// A node with several outputs has their shapes here and is not itself a value: its results are
	// nodes of type opOutput.
	multi []shapes.Shape
}

// Ops of the engine's own.
const (
	// opOutput selects one output, attrs int, of a node with several.
	opOutput = backends.OpTypeLast + 1 + iota
)

// opName prints engine ops as well as GoMLX's.
func opName(op backends.OpType) string {
	if op == opOutput {
		return "Output"
	}
	return op.String()
}

// String describes the node for error messages.
func (n *node) String() string { return fmt.Sprintf("#%d %s %s", n.id, opName(n.op), n.shape) }

// outputShapes are the shapes of the buffers that the node's executor fills.
func (n *node) outputShapes() []shapes.Shape {
	if n.multi != nil {
		return n.multi
	}
	return []shapes.Shape{n.shape}
}

// viewRoot is the node whose memory holds the value of n: n itself unless it is a view.
func viewRoot(n *node) *node {
	for views[n.op] {
		n = n.inputs[0]
	}
	return n
}
