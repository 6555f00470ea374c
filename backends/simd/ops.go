package simd

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
)

// execFunc computes node n: it reads in[i], shaped n.inputs[i].shape, and writes every element of out.
type execFunc func(r *run, n *node, in, out []*Buffer) error

// executors is the op table. It is filled by init functions and read-only afterwards.
var executors = map[backends.OpType]execFunc{}

// inPlace says which inputs an op may share memory with its output: see registerInPlace.
var inPlace = map[backends.OpType][]int{}

// views are the ops whose result is their first input's memory under another shape.
var views = map[backends.OpType]bool{
	backends.OpTypeIdentity: true,
	backends.OpTypeReshape:  true,
}

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

// capabilities lists what the table holds.
func capabilities() backends.Capabilities {
	c := backends.Capabilities{}.Clone()
	for _, op := range []backends.OpType{backends.OpTypeParameter, backends.OpTypeConstant,
		backends.OpTypeConvertDType, backends.OpTypeBroadcastInDim} {
		c.Operations[op] = true
	}
	for op := range views {
		c.Operations[op] = true
	}
	for op := range isElementwise {
		c.Operations[op] = true
	}
	for op := range combiners {
		c.Operations[op] = true
	}
	for _, op := range composites {
		c.Operations[op] = true
	}
	for op := range executors {
		if op < backends.OpTypeLast {
			c.Operations[op] = true
		}
	}
	for dtype := range storages {
		c.DTypes[dtype] = true
	}
	return c
}
