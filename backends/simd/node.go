package simd

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// How to add an op X
//
//  1. build_*.go: a method of Builder. It calls checkOps, infers the shape (package shapeinference), and
//     returns newNode(backends.OpTypeX, shape, attrs, inputs...). For several outputs, use newMultiNode.
//     attrs is a *value* (struct of numbers, slices, shapes; no pointers, no funcs) or nil: common
//     subexpressions are found by comparing its %#v.
//  2. op_*.go: an init function calls registerOp(backends.OpTypeX, exec). That alone puts the op into
//     Capabilities. exec(r, n, in, out) reads in[i] (n.inputs[i].shape, dense row-major), and must write every
//     element of out[j]; outputs arrive allocated, with unspecified contents, and never overlap inputs unless
//     registered with registerInPlace. Spread work with r.pool.Run, cut by shape alone so that the bits do not
//     depend on the number of workers; take temporary memory from r.scratch.
//
// Buffers are read and written through flat[T](buf), or buf.mem for ops that only move bytes.
// Element-wise ops and reductions are not registered that way: their kernels are in the table of element.go,
// and the engine runs and fuses them itself.

// node is an op in the graph. Its inputs are older nodes, so a builder's node list is a topological order.
type node struct {
	builder *Builder
	id      int // index in builder.nodes
	op      backends.OpType
	shape   shapes.Shape
	attrs   any
	inputs  []*node

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

// newNode appends a node with one output.
func (b *Builder) newNode(op backends.OpType, shape shapes.Shape, attrs any, inputs ...*node) *node {
	n := &node{builder: b, id: len(b.nodes), op: op, shape: shape.Clone(), attrs: attrs, inputs: slices.Clone(inputs)}
	b.nodes = append(b.nodes, n)
	return n
}

// newMultiNode appends a node with several outputs and returns its results, which are what a Builder method
// hands to the caller.
func (b *Builder) newMultiNode(op backends.OpType, outputs []shapes.Shape, attrs any, inputs ...*node) []*node {
	n := b.newNode(op, shapes.Invalid(), attrs, inputs...)
	n.multi = slices.Clone(outputs)
	results := make([]*node, len(outputs))
	for i, shape := range outputs {
		results[i] = b.newNode(opOutput, shape, i, n)
	}
	return results
}
