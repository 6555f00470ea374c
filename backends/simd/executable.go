package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"
)

// Executable is a compiled computation. Execute may be called from several goroutines at once.
type Executable struct {
	backend *Backend
	name    string
	params  []*node
	outputs []*node
	order   []*node // what to run, in order
	lastUse []int   // by node id: the last position in order that reads the node
}

var _ backends.Executable = (*Executable)(nil)

// newExecutable compiles the part of the graph that the outputs need.
func newExecutable(b *Builder, outputs []*node) (*Executable, error) {
	e := &Executable{backend: b.backend, name: b.name, params: b.params, outputs: outputs}
	e.order = reachable(b.nodes, outputs)
	e.lastUse = make([]int, len(b.nodes))
	for i, n := range e.order {
		if executorOf(n.op) == nil && !views[n.op] && n.op != opOutput &&
			n.op != backends.OpTypeParameter && n.op != backends.OpTypeConstant {
			return nil, errors.Errorf("simd: computation %q, got op %s without an executor; remove it", b.name, n)
		}
		for _, in := range n.inputs {
			e.lastUse[in.id] = i
		}
	}
	for _, n := range outputs {
		e.lastUse[n.id] = len(e.order)
	}
	return e, nil
}

// reachable keeps the nodes that the roots depend on, in order.
func reachable(nodes, roots []*node) []*node {
	needed := make([]bool, len(nodes))
	for _, n := range roots {
		needed[n.id] = true
	}
	for i := len(nodes) - 1; i >= 0; i-- {
		if needed[i] {
			for _, in := range nodes[i].inputs {
				needed[in.id] = true
			}
		}
	}
	var order []*node
	for i, n := range nodes {
		if needed[i] {
			order = append(order, n)
		}
	}
	return order
}

// Finalize implements backends.Executable.
func (e *Executable) Finalize() { e.order = nil }

// Inputs implements backends.Executable.
func (e *Executable) Inputs() (names []string, inputShapes []shapes.Shape) {
	for _, p := range e.params {
		names = append(names, p.attrs.(parameter).name)
		inputShapes = append(inputShapes, p.shape)
	}
	return names, inputShapes
}

// Outputs implements backends.Executable.
func (e *Executable) Outputs() (outputShapes []shapes.Shape) {
	for _, n := range e.outputs {
		outputShapes = append(outputShapes, n.shape)
	}
	return outputShapes
}

// Execute implements backends.Executable. Donated inputs are invalid afterwards, on errors too.
func (e *Executable) Execute(inputs []backends.Buffer, donate []bool, _ backends.DeviceNum) ([]backends.Buffer, error) {
	if err := e.backend.checkUsable("Execute"); err != nil {
		return nil, err
	}
	if len(inputs) != len(e.params) {
		return nil, errors.Errorf("simd: Execute of %q, got %d inputs; pass %d", e.name, len(inputs), len(e.params))
	}
	if donate != nil && len(donate) != len(inputs) {
		return nil, errors.Errorf("simd: Execute of %q, got %d donate flags for %d inputs; pass one each or nil",
			e.name, len(donate), len(inputs))
	}
	args := make([]*Buffer, len(inputs))
	for i, input := range inputs {
		buf, err := checkBuffer("Execute", input)
		if err != nil {
			return nil, errors.WithMessagef(err, "input %d of %q", i, e.name)
		}
		if want := e.params[i].shape; !buf.shape.Equal(want) {
			return nil, errors.Errorf("simd: Execute of %q, got shape %s for input %d (%s); pass %s",
				e.name, buf.shape, i, e.params[i].attrs.(parameter).name, want)
		}
		args[i] = buf
	}
	return e.run(args, donate)
}
