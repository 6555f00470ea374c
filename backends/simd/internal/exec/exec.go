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
//     memory from r.Scratch.
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

// Run is what executors see of an execution: the workers and the memory of its backend, and its options.
type Run struct {
	Pool       *pool.Pool
	Memory     *memory.Memory
	NoWinograd bool
}

// Scratch returns n bytes of temporary memory with unspecified contents and the function that gives it back.
func (r *Run) Scratch(n int) (mem []byte, done func()) { return r.Memory.Scratch(n) }

// Func computes node n: it reads in[i], of shape n.Inputs[i].Shape, and writes every element of out. It keeps none of
// them.
type Func func(r *Run, n *graph.Node, in, out []*dense.Array) error

// executors is the op table. It is filled by init functions and read-only afterwards.
var executors = map[backends.OpType]Func{}

// inPlace says which inputs an op may share memory with its output: see registerInPlace.
var inPlace = map[backends.OpType][]int{}

// For is the function that runs an op, nil if there is none.
func For(op backends.OpType) Func { return executors[op] }

// Ops are the ops that have executors.
func Ops() iter.Seq[backends.OpType] { return maps.Keys(executors) }

// Replaceable lists the inputs whose memory output 0 of an op may take over.
func Replaceable(op backends.OpType) []int { return inPlace[op] }

// registerOp enters an op into the table; call it from init.
func registerOp(op backends.OpType, exec Func) {
	if executors[op] != nil {
		panic(fmt.Sprintf("simd: op %s is registered twice", op))
	}
	executors[op] = exec
}

// registerInPlace says that output 0 of the op may be the very memory of one of these inputs, when they are of
// the same size in bytes and the input is needed no more.
func registerInPlace(op backends.OpType, inputs ...int) { inPlace[op] = inputs }
