package simd

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// compiled builds a graph and returns what it became.
func compiled(t *testing.T, inputs []shapes.Shape, build func(in []*Node) []*Node) *Executable {
	t.Helper()
	backend, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return compiledOn(t, backend.(*Backend), inputs, build)
}

// compiledOn does so on a given backend.
func compiledOn(t *testing.T, backend *Backend, inputs []shapes.Shape, build func(in []*Node) []*Node) *Executable {
	t.Helper()
	var last *Executable
	spy := &spyBackend{Backend: backend, compiled: &last}
	g := NewGraph(spy, t.Name())
	var in []*Node
	for i, shape := range inputs {
		in = append(in, Parameter(g, string(rune('a'+i)), shape))
	}
	g.Compile(build(in)...)
	return last
}

// spyBackend keeps the executables that its builders compile.
type spyBackend struct {
	*Backend
	compiled **Executable
}

func (s *spyBackend) Builder(name string) backends.Builder {
	return &spyBuilder{s.Backend.Builder(name).(*Builder), s.compiled}
}

type spyBuilder struct {
	*Builder
	compiled **Executable
}

func (s *spyBuilder) Compile(outputs []backends.Op, shardings []*backends.ShardingSpec) (backends.Executable, error) {
	e, err := s.Builder.Compile(outputs, shardings)
	if err == nil {
		*s.compiled = e.(*Executable)
	}
	return e, err
}

// TestFusion counts steps, programs and arena bytes of graphs whose best form is known.
func TestFusion(t *testing.T) {
	image, channels := shapes.Make(dtypes.Float32, 8, 16, 16, 12), shapes.Make(dtypes.Float32, 12)
	size := 4 * image.Size()
	for _, c := range []struct {
		name            string
		steps, programs int
		arena           int // at most, bytes
		build           func(in []*Node) []*Node
	}{
		{"a chain with a broadcast is one program", 1, 1, 0, func(in []*Node) []*Node {
			return []*Node{Sigmoid(Add(Mul(in[0], Reshape(in[1], 1, 1, 1, 12)), in[0]))}
		}},
		{"sums of one array share its tiles", 1, 1, 0, func(in []*Node) []*Node {
			return []*Node{ReduceSum(in[0], 1, 2), ReduceSum(Square(in[0]), 0, 1, 2), ReduceAllMax(in[0])}
		}},
		{"equal expressions are computed once, dead ones never", 1, 1, 0, func(in []*Node) []*Node {
			_ = Tanh(in[0])
			return []*Node{Add(Exp(in[0]), Mul(Exp(in[0]), Exp(in[0])))}
		}},
		{"views cost nothing", 1, 1, 0, func(in []*Node) []*Node {
			return []*Node{Reshape(Neg(Identity(Transpose(ExpandAxes(in[0], 0), 0, 1))), -1)}
		}},
		{"constants are computed at compile time", 1, 1, 0, func(in []*Node) []*Node {
			c := Const(in[0].Graph(), []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
			return []*Node{Mul(in[0], Reshape(Sqrt(AddScalar(Square(c), 3)), 1, 1, 1, 12))}
		}},
		{"a normalisation goes example by example, and keeps no array", 1, 3, 4096, func(in []*Node) []*Node {
			centred := Sub(in[0], ReduceAndKeep(in[0], ReduceMean, 1, 2))
			return []*Node{Div(centred, Sqrt(ReduceAndKeep(Square(centred), ReduceMean, 1, 2)))}
		}},
		{"memory is used again", 7, 3, 2 * size, func(in []*Node) []*Node {
			x := in[0]
			for range 3 { // Reverse does not fuse
				x = Exp(Reverse(x, 1))
			}
			return []*Node{Reverse(x, 2)}
		}},
	} {
		e := compiled(t, []shapes.Shape{image, channels}, c.build)
		programs := 0
		for _, s := range e.plan.Steps {
			for _, p := range s.Parts {
				if p.Program.Size >= image.Size() {
					programs++
				}
			}
		}
		if len(e.plan.Steps) != c.steps || programs != c.programs || e.plan.Arena > c.arena {
			t.Errorf("%s: got %d steps, %d programs over images, %d bytes; want %d, %d, at most %d",
				c.name, len(e.plan.Steps), programs, e.plan.Arena, c.steps, c.programs, c.arena)
		}
	}
}
