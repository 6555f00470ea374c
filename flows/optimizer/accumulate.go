package optimizer

import (
	"strings"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
	"github.com/gomlx/gomlx/pkg/ml/train"
)

// AccumulatedScope is the context's scope for the sums over the micro-batches of a step, see [Settings].Batches.
// Between steps they are zero, and made anew where they are missing: a checkpoint needs none.
const AccumulatedScope = "/accumulated"

// accumulatedLoss is the sum of the losses, in AccumulatedScope.
const accumulatedLoss = "#loss"

// Phase is what a graph does with the gradients of its micro-batch. It is the spec by which GoMLX's trainer tells
// graphs apart.
type Phase string

// The phases of a step of several micro-batches. One of a single batch is in the phase Apply.
const (
	Accumulate Phase = "gather" // adds the gradients to the sums
	Apply      Phase = "apply"  // makes the step of the sums and the last gradients
)

const phaseKey = "flows_phase"

// SetPhase notes the [Phase] of a graph, for the update.
func SetPhase(vars *mlcontext.Context, g *Graph, spec any) {
	vars.InAbsPath(train.TrainerAbsoluteScope).SetGraphParam(g, phaseKey, spec)
}

func phaseOf(vars *mlcontext.Context, g *Graph) Phase {
	p, _ := vars.InAbsPath(train.TrainerAbsoluteScope).GetGraphParam(g, phaseKey)
	return p.(Phase)
}

// accumulator sums losses and gradients over the micro-batches of a step.
type accumulator struct {
	batches int
	phase   Phase
}

// add adds a micro-batch's loss and gradients. In the phase Apply it returns the means over all micro-batches, of equal
// size, and clears the sums.
func (a accumulator) add(vars *mlcontext.Context, g *Graph, loss *Node, params []*mlcontext.Variable,
	grads []*Node) (*Node, []*Node) {
	vars = vars.Checked(false).WithInitializer(initializers.Zero)
	means := make([]*Node, len(grads))
	for i, v := range params {
		scope := AccumulatedScope + strings.TrimSuffix(v.Scope(), mlcontext.RootScope)
		means[i] = a.sum(vars.InAbsPath(scope), v.Name(), grads[i])
	}
	return a.sum(vars.InAbsPath(AccumulatedScope), accumulatedLoss, loss), means
}

// sum adds x to a variable of vars. In the phase Apply it returns the mean.
func (a accumulator) sum(vars *mlcontext.Context, name string, x *Node) *Node {
	v := vars.VariableWithShape(name, shapes.Make(x.DType(), x.Shape().Dimensions...)).SetTrainable(false)
	total := Add(v.ValueGraph(x.Graph()), x)
	if a.phase == Accumulate {
		v.SetValueGraph(total)
		return x
	}
	v.SetValueGraph(ZerosLike(total))
	return DivScalar(total, float64(a.batches))
}
