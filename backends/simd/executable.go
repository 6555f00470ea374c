package simd

import (
	"slices"
	"sync"

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
	plan    *plan // nil once finalized

	mu     sync.Mutex
	frames []*frame // idle ones
}

var _ backends.Executable = (*Executable)(nil)

// newExecutable compiles the part of the graph that the outputs need.
func newExecutable(b *Builder, outputs []*node) (*Executable, error) {
	g := &graph{b: b, nodes: slices.Clone(b.nodes), outputs: outputs}

	if err := g.optimize(); err != nil {
		return nil, err
	}
	b.nodes = nil
	f := g.fuse(!b.backend.noFusion)
	steps, err := f.steps(f.schedule())
	if err != nil {
		return nil, err
	}
	if !b.backend.noFusion {
		steps = joinBands(steps)
	}
	return &Executable{backend: b.backend, name: b.name, params: b.params, outputs: g.outputs,
		plan: makePlan(steps, g.outputs)}, nil
}

// Finalize implements backends.Executable.
func (e *Executable) Finalize() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frames, e.plan = nil, nil
}

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

// Execute implements backends.Executable. Donated inputs are invalid afterwards, unless the inputs were refused.
func (e *Executable) Execute(inputs []backends.Buffer, donate []bool, _ backends.DeviceNum) ([]backends.Buffer, error) {
	if err := e.backend.checkUsable("Execute"); err != nil {
		return nil, err
	}
	if e.plan == nil {
		return nil, errors.Errorf("simd: Execute of %q, got a finalized executable; compile it again", e.name)
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
	return e.run(args, ownedInputs(args, donate))
}

// ownedInputs tells which inputs the run may free. One that is passed twice is owned only if both are donated, and
// then once.
func ownedInputs(args []*Buffer, donate []bool) []bool {
	owned := make([]bool, len(args))
	if donate == nil {
		return owned
	}
	first := make(map[*Buffer]int, len(args))
	for i, buf := range args {
		if k, again := first[buf]; again {
			owned[k] = false // the later one may outlive the earlier one's last reader
			continue
		}
		first[buf] = i
		owned[i] = donate[i]
	}
	return owned
}
