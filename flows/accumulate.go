package flows

import (
	"strings"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
	"github.com/gomlx/gomlx/pkg/ml/train"
)

// AccumulatedScope is the context's scope for the sums over the micro-batches of a step, see TrainerConfig.Accumulate.
// Between steps they are zero, and made anew where they are missing: a checkpoint needs none.
const AccumulatedScope = "/accumulated"

// accumulatedLoss is the sum of the losses, in AccumulatedScope.
const accumulatedLoss = "#loss"

// phase is what a graph does with the gradients of its micro-batch. It is the spec by which GoMLX's trainer tells
// graphs apart.
type phase string

const (
	gather phase = "gather" // adds them to the sums
	apply  phase = "apply"  // makes the step of the sums and them
)

const phaseKey = "flows_phase"

// setPhase notes the phase of a graph, for the update.
func setPhase(vars *mlcontext.Context, g *Graph, spec any) {
	vars.InAbsPath(train.TrainerAbsoluteScope).SetGraphParam(g, phaseKey, spec)
}

func phaseOf(vars *mlcontext.Context, g *Graph) phase {
	p, _ := vars.InAbsPath(train.TrainerAbsoluteScope).GetGraphParam(g, phaseKey)
	return p.(phase)
}

// accumulator sums losses and gradients over the micro-batches of a step.
type accumulator struct {
	batches int
	phase   phase
}

// add adds a micro-batch's loss and gradients. In the phase apply it returns the means over all micro-batches, of equal
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

// sum adds x to a variable of vars. In the phase apply it returns the mean.
func (a accumulator) sum(vars *mlcontext.Context, name string, x *Node) *Node {
	v := vars.VariableWithShape(name, shapes.Make(x.DType(), x.Shape().Dimensions...)).SetTrainable(false)
	total := Add(v.ValueGraph(x.Graph()), x)
	if a.phase == gather {
		v.SetValueGraph(total)
		return x
	}
	v.SetValueGraph(ZerosLike(total))
	return DivScalar(total, float64(a.batches))
}
