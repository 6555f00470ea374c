// Package exec runs the ops that have functions of their own: products, convolutions, movement, indexing, windows,
// random bits, Fourier transforms. Element-wise ops and reductions are not here: package element has their kernels, and
// package plan fuses them into programs of package tile.
//
// # How to add an op X
//
//  1. backends/simd/build_*.go: a method of Builder. It calls checkOps, infers the shape (package shapeinference),
//     and returns newNode(backends.OpTypeX, shape, attrs, inputs...). An op with several outputs calls graph.AddMulti.
//     attrs is nil or a *value* of package graph (a struct of numbers, slices and shapes, without pointers and
//     functions): common subexpressions are found by comparing its %#v.
//  2. Here: an init function calls registerOp(backends.OpTypeX, f). That alone puts the op into Capabilities.
//     f(r, n, in, out) reads in[i], of shape n.Inputs[i].Shape, and must write every element of out[j]. Outputs arrive
//     allocated, with unspecified contents, and never overlap inputs unless registered with registerInPlace. Spread
//     work with r.Pool.Run, cut by shape alone, so that the bits don't depend on the number of workers; take temporary
//     memory from r.Scratch. An op that plans its work calls registerPrepared, and plans once, when it is compiled.
//
// Arrays are read and written through dense.Flat[T](a), or a.Mem for ops that only move bytes.
package exec

import (
	"fmt"
	"iter"
	"maps"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/memory"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Run is what tasks see of an execution: the workers and the memory of its backend, and its options.
type Run struct {
	Pool       *pool.Pool
	Memory     *memory.Memory
	NoWinograd bool
}

// Scratch returns n bytes of temporary memory with unspecified contents and the function that gives it back.
func (r *Run) Scratch(n int) (mem []byte, done func()) { return r.Memory.Scratch(n) }

// Task computes one node: it reads in[i], of the shape of the node's input i, and writes every element of out. It keeps
// none of them. Several goroutines may run the same task at once.
type Task func(r *Run, in, out []*dense.Array) error

// preparers is the op table. It is filled by init functions and read-only afterwards.
var preparers = map[backends.OpType]func(n *graph.Node) Task{}

// inPlace says which inputs an op may share memory with its output: see registerInPlace.
var inPlace = map[backends.OpType][]int{}

// Prepare makes the task of a node, nil if its op has none. What depends on shapes and attributes alone is computed
// here, once, and not each time that the task runs.
func Prepare(n *graph.Node) Task {
	if prepare := preparers[n.Op]; prepare != nil {
		return prepare(n)
	}
	return nil
}

// Ops are the ops that have tasks.
func Ops() iter.Seq[backends.OpType] { return maps.Keys(preparers) }

// Replaceable lists the inputs whose memory output 0 of an op may take over.
func Replaceable(op backends.OpType) []int { return inPlace[op] }

// registerPrepared enters an op into the table; call it from init.
func registerPrepared(op backends.OpType, prepare func(n *graph.Node) Task) {
	if preparers[op] != nil {
		panic(fmt.Sprintf("simd: op %s is registered twice", op))
	}
	preparers[op] = prepare
}

// registerOp enters an op that prepares nothing.
func registerOp(op backends.OpType, f func(r *Run, n *graph.Node, in, out []*dense.Array) error) {
	registerPrepared(op, func(n *graph.Node) Task {
		return func(r *Run, in, out []*dense.Array) error { return f(r, n, in, out) }
	})
}

// registerInPlace says that output 0 of the op may be the very memory of one of these inputs, when they are of
// the same size in bytes and the input is needed no more.
func registerInPlace(op backends.OpType, inputs ...int) { inPlace[op] = inputs }
