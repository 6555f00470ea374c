package simd

import (
	"fmt"

	"github.com/amgen/amgen/backends/simd/internal/pool"
	"github.com/gomlx/gomlx/backends"
	"github.com/pkg/errors"
)

// run is one execution of an Executable.
type run struct {
	backend *Backend
	pool    *pool.Pool
}

// scratch returns n bytes of temporary memory with unspecified contents and the function that gives it back.
func (r *run) scratch(n int) (mem []byte, done func()) {
	mem = r.backend.memory.get(n)
	return mem, func() { r.backend.memory.put(mem) }
}

// run interprets the program. Every value lives in a buffer of its own until its last use.
func (e *Executable) run(args []*Buffer, donate []bool) (results []backends.Buffer, err error) {
	r := &run{backend: e.backend, pool: e.backend.pool}
	values := make([][]*Buffer, len(e.lastUse))
	var at *node
	defer func() {
		if p := recover(); p != nil {
			results, err = nil, errors.Errorf("simd: computation %q failed at %s: %v", e.name, at, p)
		}
		for i, buf := range args {
			if donate != nil && donate[i] {
				buf.valid = false
				buf.mem = nil
			}
		}
	}()
	for i, n := range e.order {
		at = n
		if values[n.id], err = e.step(r, n, values, args); err != nil {
			return nil, errors.WithMessagef(err, "simd: computation %q at %s", e.name, n)
		}
		for _, in := range n.inputs {
			if e.lastUse[in.id] == i {
				values[in.id] = nil
			}
		}
	}
	for _, n := range e.outputs {
		out := e.backend.newBuffer(n.shape)
		copy(out.mem, values[n.id][0].mem)
		results = append(results, out)
	}
	return results, nil
}

// step computes one node.
func (e *Executable) step(r *run, n *node, values [][]*Buffer, args []*Buffer) ([]*Buffer, error) {
	switch {
	case n.op == backends.OpTypeParameter:
		return []*Buffer{args[n.attrs.(parameter).index]}, nil
	case n.op == backends.OpTypeConstant:
		return []*Buffer{n.attrs.(*Buffer)}, nil
	case n.op == opOutput:
		return []*Buffer{values[n.inputs[0].id][n.attrs.(int)]}, nil
	case views[n.op]:
		return []*Buffer{{shape: n.shape, mem: values[n.inputs[0].id][0].mem, valid: true}}, nil
	}
	in := make([]*Buffer, len(n.inputs))
	for i, input := range n.inputs {
		in[i] = values[input.id][0]
		if in[i] == nil {
			return nil, fmt.Errorf("input %s was freed", input)
		}
	}
	var out []*Buffer
	for _, shape := range n.outputShapes() {
		out = append(out, &Buffer{shape: shape, mem: make([]byte, int(shape.Memory())+8)[:shape.Memory()], valid: true})
	}
	return out, executorOf(n.op)(r, n, in, out)
}
