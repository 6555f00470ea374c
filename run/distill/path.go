package distill

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
)

// Path joins the states of each sample, [batch, jumps + 1, ...], by straight lines. Its velocity at the start of a jump
// is the jump's, (x_{(k+1)/n} − x_{k/n})·n, so that a step of Euler's method ends where the jump does.
type Path struct{}

// Name implements [flows.Path].
func (Path) Name() string { return "distill" }

// KnowsVelocity implements [flows.Path].
func (Path) KnowsVelocity() bool { return true }

// Draw implements [flows.Path]. It draws no random numbers.
func (Path) Draw(_ *mlcontext.Context, states *Node) flows.Curves {
	jumps := states.Shape().Dimensions[1] - 1
	all := func(from, to int) *Node { return SliceAxis(states, 1, AxisRange(from, to)) }
	one := func(k int) *Node { return Squeeze(SliceAxis(states, 1, AxisElem(k)), 1) }
	return flows.Curves{Start: one(0), End: one(jumps), At: func(t *Node) (x, velocity *Node) {
		u := MulScalar(t, jumps)
		const rounding = 1e-4                                  // of the start of a jump, k/n, times n
		k := MinScalar(Floor(AddScalar(u, rounding)), jumps-1) // [batch]
		choice := OneHot(ConvertDType(k, dtypes.Int32), jumps, states.DType())
		chosen := func(list *Node) *Node { // of [batch, jumps, ...]
			return ReduceSum(Mul(list, over(choice, list)), 1)
		}
		start, end := chosen(all(0, jumps)), chosen(all(1, jumps+1))
		jump := Sub(end, start)
		return Add(start, Mul(over(Sub(u, k), jump), jump)), MulScalar(jump, jumps)
	}}
}

// over reshapes a to the rank of x, to combine with it.
func over(a, x *Node) *Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	copy(dims, a.Shape().Dimensions)
	return Reshape(a, dims...)
}

// Times are those at which jumps start, as often each as Of draws a time of the jump.
type Times struct {
	Jumps int
	Of    flows.Times
}

// Draw implements [flows.Times].
func (s Times) Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node) {
	t, density = s.Of.Draw(vars, g, shape)
	return DivScalar(Floor(MulScalar(t, s.Jumps)), s.Jumps), density
}
