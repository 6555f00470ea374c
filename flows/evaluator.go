package flows

import (
	"slices"
	"sync"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// evaluator runs a model's graph for several goroutines at once.
//
// GoMLX executes a compiled graph from many goroutines, but compiling one changes the context: it makes the variables
// that are missing. So the first evaluation of each shape is made alone, and the others side by side.
type evaluator struct {
	compiled *mlcontext.Exec

	mu    sync.RWMutex // locked by the first evaluation of a shape
	known [][]shapes.Shape
}

func newEvaluator(backend backends.Backend, vars *mlcontext.Context, name string,
	graph func(*mlcontext.Context, []*Node) []*Node) (*evaluator, error) {
	exec, err := mlcontext.NewExec(backend, forModel(vars), graph)
	if err != nil {
		return nil, err
	}
	exec.WithName(name).SetMaxCache(-1)
	return &evaluator{compiled: exec}, nil
}

// exec evaluates the graph at inputs, which stay the caller's.
func (e *evaluator) exec(inputs []*tensors.Tensor) ([]*tensors.Tensor, error) {
	e.mu.RLock()
	if e.knows(inputs) {
		defer e.mu.RUnlock()
		return e.compiled.Exec(inputs)
	}
	e.mu.RUnlock()

	e.mu.Lock()
	defer e.mu.Unlock()
	out, err := e.compiled.Exec(inputs)
	if err == nil && !e.knows(inputs) {
		var shape []shapes.Shape
		for _, x := range inputs {
			shape = append(shape, x.Shape())
		}
		e.known = append(e.known, shape)
	}
	return out, err
}

// knows tells whether the graph for the shapes of inputs is compiled.
func (e *evaluator) knows(inputs []*tensors.Tensor) bool {
	return slices.ContainsFunc(e.known, func(known []shapes.Shape) bool {
		return slices.EqualFunc(known, inputs, func(s shapes.Shape, x *tensors.Tensor) bool { return s.Equal(x.Shape()) })
	})
}

func (e *evaluator) finalize() { e.compiled.Finalize() }
