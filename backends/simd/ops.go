package simd

import (
	"fmt"
	"iter"
	"maps"

	"github.com/amgen/amgen/backends/simd/internal/pool"
	"github.com/gomlx/gomlx/backends"
)

// run is what executors see of an execution.
type run struct {
	pool       *pool.Pool
	memory     *memory
	noWinograd bool
}

// scratch returns n bytes of temporary memory with unspecified contents and the function that gives it back.
func (r *run) scratch(n int) (mem []byte, done func()) { return r.memory.scratch(n) }

// execFunc computes node n: it reads in[i], shaped n.inputs[i].shape, and writes every element of out.
type execFunc func(r *run, n *node, in, out []*array) error

// executors is the op table. It is filled by init functions and read-only afterwards.
var executors = map[backends.OpType]execFunc{}

// inPlace says which inputs an op may share memory with its output: see registerInPlace.
var inPlace = map[backends.OpType][]int{}

// executorOf is the function that runs an op, nil if there is none.
func executorOf(op backends.OpType) execFunc { return executors[op] }

// operations are the ops that have executors.
func operations() iter.Seq[backends.OpType] { return maps.Keys(executors) }

// replaceable lists the inputs whose memory output 0 of an op may take: see registerInPlace.
func replaceable(op backends.OpType) []int { return inPlace[op] }

// registerOp enters an op into the table; call it from init.
func registerOp(op backends.OpType, exec execFunc) {
	if executors[op] != nil {
		panic(fmt.Sprintf("simd: op %s is registered twice", op))
	}
	executors[op] = exec
}

// registerInPlace says that output 0 of the op may be the very memory of one of these inputs, when they are of
// the same size in bytes and the input is needed no more.
func registerInPlace(op backends.OpType, inputs ...int) { inPlace[op] = inputs }
