package simd

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// sumOfProduct compiles (x, y) → Σ exp(xᵀy): an op and a cluster with a reduction.
func sumOfProduct(t *testing.T, size int) *Executable {
	shape := shapes.Make(dtypes.Float32, size, size)
	return compiled(t, []shapes.Shape{shape, shape}, func(in []*Node) []*Node {
		return []*Node{Exp(Dot(in[0], in[1])), ReduceAllSum(Dot(in[1], in[0]))}
	})
}

func (e *Executable) zeros() *Buffer {
	buf := e.backend.newBuffer(e.params[0].Shape)
	clear(buf.mem)
	return buf
}

// TestIdleFramesHoldNothing checks that a frame doesn't point to memory of an execution.
func TestIdleFramesHoldNothing(t *testing.T) {
	e := sumOfProduct(t, 8)
	if _, err := e.Execute([]backends.Buffer{e.zeros(), e.zeros()}, nil, 0); err != nil {
		t.Fatal(err)
	}
	if len(e.frames) != 1 {
		t.Fatalf("got %d idle frames, want 1", len(e.frames))
	}
	f := e.frames[0]
	for i := range f.steps {
		fs := &f.steps[i]
		lists := append([][][]byte{fs.inMem, fs.outMem}, append(append([][][]byte{}, fs.partIn...), fs.partOut...)...)
		for _, buf := range append(append([]*dense.Array{}, fs.in...), fs.out...) {
			lists = append(lists, [][]byte{buf.Mem})
		}
		for _, list := range lists {
			for _, mem := range list {
				if mem != nil {
					t.Errorf("step %s still holds %d bytes", f.plan.Steps[i].Node, len(mem))
				}
			}
		}
	}
}

// TestFinalizeWhileExecuting ends an executable, and another time its backend, in the midst of executions: each of them
// must end well or be refused. Run it with -race.
func TestFinalizeWhileExecuting(t *testing.T) {
	for _, whole := range []bool{false, true} {
		for range 20 {
			e := sumOfProduct(t, 32)
			var running sync.WaitGroup
			ran := make(chan struct{}, 1)
			for range 3 {
				running.Go(func() {
					for {
						_, err := e.Execute([]backends.Buffer{e.zeros(), e.zeros()}, []bool{true, true}, 0)
						if err != nil {
							if !strings.Contains(err.Error(), "finalized") ||
								strings.Contains(err.Error(), "failed at") {
								t.Error(err)
							}
							return
						}
						select {
						case ran <- struct{}{}:
						default:
						}
					}
				})
			}
			<-ran
			if whole {
				e.backend.Finalize()
			} else {
				e.Finalize()
			}
			running.Wait()
			if !whole && len(e.frames) != 0 {
				t.Errorf("a finalized executable keeps %d frames", len(e.frames))
			}
		}
	}
}

// TestFailureEndsDonatedInputs fails in the first step: donated buffers are invalid afterwards, and their memory is
// used again after an error, but not after a panic, when a worker may still read it.
func TestFailureEndsDonatedInputs(t *testing.T) {
	for _, c := range []struct {
		name string
		task exec.Task
		kept bool // the memory
	}{
		{"error", func(*exec.Run, []*dense.Array, []*dense.Array) error { return errors.New("no") }, true},
		{"panic", func(*exec.Run, []*dense.Array, []*dense.Array) error { panic("no") }, false},
	} {
		e := sumOfProduct(t, 8)
		e.plan.Steps[0].Task, e.plan.Steps[0].Parts = c.task, nil
		x, y := e.zeros(), e.zeros()
		start := &x.mem[0]
		if _, err := e.Execute([]backends.Buffer{x, y}, []bool{true, false}, 0); err == nil {
			t.Fatalf("%s: got no error", c.name)
		}
		if x.valid || x.mem != nil || !y.valid {
			t.Errorf("%s: donated input valid %v, the other %v; want false and true", c.name, x.valid, y.valid)
		}
		found := false
		for range 8 { // idle blocks come first
			found = found || &e.backend.memory.Get(8 * 8 * 4)[0] == start
		}
		if found != c.kept {
			t.Errorf("%s: memory of the donated input used again: %v, want %v", c.name, found, c.kept)
		}
		runtime.KeepAlive(start)
	}
}

// TestCompileErrors checks that folding that fails, and a finalized backend, are errors.
func TestCompileErrors(t *testing.T) {
	backend, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	compile := func(broken bool) error {
		b := backend.Builder("folding")
		x, err := b.Constant([]float32{1, 2}, 2)
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Reverse(x, 0)
		if err != nil {
			t.Fatal(err)
		}
		if broken {
			y.(*graph.Node).Attrs = nil // the task's type assertion panics
		}
		e, err := b.Compile([]backends.Op{y}, nil)
		if (e == nil) != (err != nil) {
			t.Errorf("got executable %v and error %v", e, err)
		}
		return err
	}
	if err := compile(false); err != nil {
		t.Error(err)
	}
	if err := compile(true); err == nil || !strings.Contains(err.Error(), "folding") {
		t.Errorf("got %v of a panic; want an error with the computation's name", err)
	}
	backend.Finalize()
	if err := compile(false); err == nil {
		t.Error("a finalized backend compiled")
	}
}
