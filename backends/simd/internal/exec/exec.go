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

// Run is what executors see of an execution.
type Run struct {
	Pool       *pool.Pool
	Memory     *memory.Memory
	NoWinograd bool
}

// Scratch returns n bytes of temporary memory with unspecified contents and the function that gives it back.
func (r *Run) Scratch(n int) (mem []byte, done func()) { return r.Memory.Scratch(n) }

// Func computes node n: it reads in[i], shaped n.inputs[i].shape, and writes every element of out.
type Func func(r *Run, n *graph.Node, in, out []*dense.Array) error

// executors is the op table. It is filled by init functions and read-only afterwards.
var executors = map[backends.OpType]Func{}

// inPlace says which inputs an op may share memory with its output: see registerInPlace.
var inPlace = map[backends.OpType][]int{}

// For is the function that runs an op, nil if there is none.
func For(op backends.OpType) Func { return executors[op] }

// Ops are the ops that have executors.
func Ops() iter.Seq[backends.OpType] { return maps.Keys(executors) }

// Replaceable lists the inputs whose memory output 0 of an op may take: see registerInPlace.
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
