package flows

import (
	"sync"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// evaluator runs a model's graph for several goroutines, one evaluation at a time.
//
// GoMLX runs compiled graphs from many goroutines, but compiling one changes the context: it makes the variables that
// are missing. And one evaluation has work for all cores: two at once on two cores took 1.0 to 1.5 times as long as one
// after the other, for they share caches and wait for each other's workers.
type evaluator struct {
	mu       sync.Mutex
	compiled *mlcontext.Exec
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
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.compiled.Exec(inputs)
}

func (e *evaluator) finalize() { e.compiled.Finalize() }
