package simd

import (
	"sync"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/plan"
)

// Executable is a compiled computation. Execute may be called from several goroutines at once.
type Executable struct {
	backend *Backend
	name    string
	params  []*graph.Node
	outputs []*graph.Node

	mu     sync.Mutex
	plan   *plan.Plan // nil once finalized
	frames []*frame   // idle ones
}

var _ backends.Executable = (*Executable)(nil)

// newExecutable compiles the part of the graph that the outputs need.
func newExecutable(b *Builder, outputs []*graph.Node) (*Executable, error) {
	g := b.graph.CopyFor(outputs)
	r := b.backend.newRun()
	if err := g.Optimize(func(n *graph.Node) (*dense.Array, error) { return plan.Evaluate(&r, n) }); err != nil {
		return nil, err
	}
	p, err := plan.New(g, !b.backend.noFusion)
	if err != nil {
		return nil, err
	}
	if err := p.Check(g, &b.backend.memory); err != nil {
		return nil, err
	}
	return &Executable{backend: b.backend, name: g.Name, params: b.params, outputs: g.Outputs, plan: p}, nil
}

// Finalize implements backends.Executable. Executions that are under way end as if it had not been called.
func (e *Executable) Finalize() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frames, e.plan = nil, nil
}

// Inputs implements backends.Executable.
func (e *Executable) Inputs() (names []string, inputShapes []shapes.Shape) {
	for _, p := range e.params {
		names = append(names, p.Attrs.(graph.ParameterAttrs).Name)
		inputShapes = append(inputShapes, p.Shape)
	}
	return names, inputShapes
}

// Outputs implements backends.Executable.
func (e *Executable) Outputs() (outputShapes []shapes.Shape) {
	for _, n := range e.outputs {
		outputShapes = append(outputShapes, n.Shape)
	}
	return outputShapes
}

// finalized reports whether Finalize has been called.
func (e *Executable) finalized() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.plan == nil
}

// Execute implements backends.Executable. Donated inputs are invalid afterwards, also after an error, unless the inputs
// were refused. A buffer that is passed several times is donated only if it is each time.
func (e *Executable) Execute(inputs []backends.Buffer, donate []bool, _ backends.DeviceNum) ([]backends.Buffer, error) {
	if err := e.backend.checkUsable("Execute"); err != nil {
		return nil, err
	}
	refusal := func() error {
		return errors.Errorf("simd: Execute of %q, got a finalized executable; compile it again", e.name)
	}
	if e.finalized() {
		return nil, refusal()
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
		if want := e.params[i].Shape; !buf.shape.Equal(want) {
			return nil, errors.Errorf("simd: Execute of %q, got shape %s for input %d (%s); pass %s",
				e.name, buf.shape, i, e.params[i].Attrs.(graph.ParameterAttrs).Name, want)
		}
		args[i] = buf
	}
	f := e.takeFrame()
	if f == nil { // finalized since
		return nil, refusal()
	}
	return e.run(f, args, newDonation(args, donate))
}

// donation says for each input what a run may free.
type donation struct {
	owned []bool // after its last reader
	ended []bool // at the latest at the end: also those that are passed several times, whose other readers may be later
}

// newDonation finds the inputs that are donated each time they are passed.
func newDonation(args []*Buffer, donate []bool) donation {
	d := donation{owned: make([]bool, len(args)), ended: make([]bool, len(args))}
	if donate == nil {
		return d
	}
	times, donated := make(map[*Buffer]int, len(args)), make(map[*Buffer]int, len(args))
	for i, buf := range args {
		times[buf]++
		if donate[i] {
			donated[buf]++
		}
	}
	for i, buf := range args {
		d.ended[i] = donated[buf] == times[buf]
		d.owned[i] = d.ended[i] && times[buf] == 1
	}
	return d
}
