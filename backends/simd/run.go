package simd

import (
	"runtime/debug"
	"time"

	"github.com/gomlx/gomlx/backends"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/memory"
	"github.com/amgen/amgen/backends/simd/internal/plan"
	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// frame holds the memory of one execution at a time.
type frame struct {
	plan    *plan.Plan // its own, because Finalize takes the executable's away at any time
	run     exec.Run
	mem     [][]byte // of every value, by its node's ID
	steps   []frameStep
	results []*Buffer
}

// frameStep is a step with its memory: buffers for an op, raw memory for a cluster.
type frameStep struct {
	from, to []int // of frame.mem; to is -1 if an op's output has no reader
	in, out  []*dense.Array
	inMem    [][]byte
	outMem   [][]byte
	outIndex []int // of the computation's output that out writes, -1 if none

	programs        []*tile.Program
	partIn, partOut [][][]byte // by program
}

// takeFrame returns an idle frame or a new one, nil if the executable is finalized.
func (e *Executable) takeFrame() *frame {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.plan == nil {
		return nil
	}
	if k := len(e.frames) - 1; k >= 0 {
		f := e.frames[k]
		e.frames[k] = nil
		e.frames = e.frames[:k]
		return f
	}
	return e.newFrame()
}

// newFrame prepares a frame; the caller holds e.mu.
func (e *Executable) newFrame() *frame {
	f := &frame{plan: e.plan, run: e.backend.newRun(), mem: make([][]byte, len(e.plan.Places))}
	f.steps = make([]frameStep, len(e.plan.Steps))
	for i, s := range e.plan.Steps {
		fs := &f.steps[i]
		for k, n := range s.In {
			fs.from = append(fs.from, n.ID)
			f.setConstant(n)
			if s.Parts == nil {
				fs.in = append(fs.in, &dense.Array{Shape: s.Node.Inputs[k].Shape})
			}
		}
		for k, n := range s.Out {
			to, index := -1, -1
			if n != nil {
				to = n.ID
				if where := e.plan.Places[to]; where.Kind == plan.InOutput {
					index = where.Index
				}
			}
			fs.to = append(fs.to, to)
			fs.outIndex = append(fs.outIndex, index)
			if s.Parts == nil {
				fs.out = append(fs.out, &dense.Array{Shape: s.Node.OutputShapes()[k]})
			}
		}
		fs.inMem, fs.outMem = make([][]byte, len(s.In)), make([][]byte, len(s.Out))
		for _, part := range s.Parts {
			fs.programs = append(fs.programs, part.Program)
			fs.partIn = append(fs.partIn, make([][]byte, len(part.In)))
			fs.partOut = append(fs.partOut, make([][]byte, len(part.Out)))
		}
	}
	for _, n := range e.outputs {
		f.setConstant(graph.ViewRoot(n))
	}
	return f
}

// setConstant points the value of a constant at its memory.
func (f *frame) setConstant(n *graph.Node) {
	if f.plan.Places[n.ID].Kind == plan.InConstant {
		f.mem[n.ID] = n.Attrs.(*dense.Array).Mem
	}
}

// run executes the plan and ends the donated inputs.
func (e *Executable) run(f *frame, args []*Buffer, given donation) (results []backends.Buffer, err error) {
	var arena []byte
	p, at := f.plan, -1
	defer func() {
		where := "its start" // memory for it could not be had
		if at >= 0 {
			where = p.Steps[at].Node.String()
		}
		switch cause := recover().(type) {
		case nil:
		case *memory.OutOfMemory:
			results, err = nil, errors.WithMessagef(cause, "simd: computation %q at %s", e.name, where)
		default:
			results, err = nil, errors.Errorf("simd: computation %q failed at %s: %v\n%s",
				e.name, where, cause, debug.Stack())
			for i, arg := range args {
				if given.ended[i] {
					arg.valid, arg.mem = false, nil
				}
			}
			return // a worker may still use the arena and the inputs, which therefore are not used again
		}
		e.backend.memory.PutArena(arena)
		if err == nil {
			e.giveFrame(f)
		} else {
			e.abandon(f, args, given)
		}
	}()
	arena = e.backend.memory.GetArena(p.Arena)
	f.place(e, args, arena)
	for at = range p.Steps {
		var start time.Time
		if e.backend.profile.enabled {
			start = time.Now()
		}
		if err := e.step(f, at); err != nil {
			return nil, errors.WithMessagef(err, "simd: computation %q at %s", e.name, p.Steps[at].Node)
		}
		if e.backend.profile.enabled {
			e.backend.profile.add(p.Steps[at], time.Since(start))
		}
		for _, i := range p.Dying[at] {
			if given.owned[i] {
				e.backend.release(args[i])
			}
		}
	}
	return e.collect(f, args, given), nil
}

// abandon frees what a failed execution leaves: its results so far and the donated inputs.
func (e *Executable) abandon(f *frame, args []*Buffer, given donation) {
	for _, buf := range f.results {
		if buf != nil && buf.valid {
			e.backend.release(buf)
		}
	}
	e.releaseDonated(args, given)
}

// releaseDonated frees the donated inputs that are left.
func (e *Executable) releaseDonated(args []*Buffer, given donation) {
	for i, arg := range args {
		if given.ended[i] && arg.valid {
			e.backend.release(arg)
		}
	}
}

// giveFrame keeps a frame for later, without the memory of the execution, which would live as long.
func (e *Executable) giveFrame(f *frame) {
	f.forget()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.plan != nil { // not finalized meanwhile
		e.frames = append(e.frames, f)
	}
}

// forget releases every value but the constants.
func (f *frame) forget() {
	for id, where := range f.plan.Places {
		if where.Kind != plan.InConstant {
			f.mem[id] = nil
		}
	}
	for i := range f.steps {
		fs := &f.steps[i]
		clear(fs.inMem)
		clear(fs.outMem)
		for _, buf := range fs.in {
			buf.Mem = nil
		}
		for _, buf := range fs.out {
			buf.Mem = nil
		}
		for j := range fs.programs {
			clear(fs.partIn[j])
			clear(fs.partOut[j])
		}
	}
	f.results = nil
}

// place points every value but the outputs, which are allocated when they are written, at its memory.
func (f *frame) place(e *Executable, args []*Buffer, arena []byte) {
	f.results = make([]*Buffer, len(e.outputs))
	for id, where := range f.plan.Places {
		switch where.Kind {
		case plan.InArena:
			f.mem[id] = arena[where.Index:][:where.Size:where.Size]
		case plan.InParameter:
			f.mem[id] = args[where.Index].mem
		}
	}
}

// step runs one step.
func (e *Executable) step(f *frame, i int) error {
	s, fs := f.plan.Steps[i], &f.steps[i]
	for k, id := range fs.from {
		fs.inMem[k] = f.mem[id]
	}
	for k, id := range fs.to {
		switch index := fs.outIndex[k]; {
		case id < 0:
			temporary, done := f.run.Scratch(s.Size[k])
			defer done()
			fs.outMem[k] = temporary
			continue
		case index >= 0:
			f.results[index] = e.backend.newBuffer(e.outputs[index].Shape)
			f.mem[id] = f.results[index].mem
		}
		fs.outMem[k] = f.mem[id]
	}
	if s.Parts != nil {
		fs.distribute(s)
		tile.Run(f.run.Pool, f.run.Memory, fs.programs, fs.partIn, fs.partOut)
		return nil
	}
	for k, buf := range fs.in {
		buf.Mem = fs.inMem[k]
	}
	for k, buf := range fs.out {
		buf.Mem = fs.outMem[k]
	}
	return s.Task(&f.run, fs.in, fs.out)
}

// distribute hands the step's memory to its programs.
func (fs *frameStep) distribute(s *plan.Step) {
	for j, part := range s.Parts {
		for k, at := range part.In {
			if at >= 0 {
				fs.partIn[j][k] = fs.inMem[at]
			} else {
				fs.partIn[j][k] = fs.outMem[^at]
			}
		}
		for k, at := range part.Out {
			fs.partOut[j][k] = fs.outMem[at]
		}
	}
}

// collect makes the outputs that no step wrote, and frees the inputs that are left.
func (e *Executable) collect(f *frame, args []*Buffer, given donation) []backends.Buffer {
	for _, c := range f.plan.Copies {
		shape := e.outputs[c.Output].Shape
		if where := f.plan.Places[c.From]; where.Kind == plan.InParameter && given.owned[where.Index] {
			if arg := args[where.Index]; arg.valid { // hand over a donated buffer that passes through
				f.results[c.Output] = &Buffer{shape: shape.Clone(), mem: arg.mem, valid: true}
				arg.valid = false
				arg.mem = nil
				continue
			}
		}
		f.results[c.Output] = e.backend.newBuffer(shape)
		copy(f.results[c.Output].mem, f.mem[c.From])
	}
	e.releaseDonated(args, given)
	results := make([]backends.Buffer, len(f.results))
	for i, buf := range f.results {
		results[i] = buf
	}
	return results
}
