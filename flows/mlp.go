package flows

import (
	"math"

	"github.com/amgen/amgen/internal/autodiff"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
	"github.com/gomlx/gomlx/pkg/ml/layers"
	"github.com/pkg/errors"
)

// MLP is a perceptron h(t, x) with SiLU activations, for low-dimensional data. It makes an action of h in two ways,
// [MLP.Action] and [MLP.Signed], of the same parameters. Its variables live in scope "mlp".
type MLP struct {
	// Hidden are the widths of the hidden layers; nil means three of 128.
	Hidden []int
}

// Action returns the potential s(t, x) = ½‖x − h(t, x)‖², for x of [batch, dim]. It is never below 0, which motion
// doesn't mind, for it knows the gradient alone; growth does, see [MLP.Signed].
func (m MLP) Action() Action {
	h := m.Field()
	return func(vars *mlcontext.Context, t, x *Node) *Node {
		return MulScalar(sumExample(Square(Sub(x, h(vars, t, x)))), 0.5)
	}
}

// Signed returns the potential s(t, x) = Σᵢ hᵢ(t, x), for x of [batch, dim]. It takes either sign, as dynamics that
// grow need: there s is the rate at which mass is born, and dies where it is below 0.
func (m MLP) Signed() Action {
	h := m.Field()
	return func(vars *mlcontext.Context, t, x *Node) *Node { return sumExample(h(vars, t, x)) }
}

// Field returns the perceptron h(t, x) itself, [batch, dim] for x of that shape, for the baselines that learn a vector
// field.
func (m MLP) Field() Action {
	hidden := m.hidden()
	return func(vars *mlcontext.Context, t, x *Node) *Node {
		if x.Rank() != 2 || len(hidden) == 0 {
			panic(errors.Errorf("flows: an MLP of hidden layers %v got x of shape %s; give at least one layer and "+
				"points of [batch, dim]", hidden, x.Shape()))
		}
		vars = vars.In("mlp").WithInitializer(uniformFanIn(vars))
		h := layers.Dense(vars.In("x"), x, true, hidden[0])
		h = autodiff.SiLU(Add(h, layers.Dense(vars.In("t"), Reshape(t, -1, 1), false, hidden[0]))) // [batch, hidden]
		for i, width := range hidden[1:] {
			h = autodiff.SiLU(layers.Dense(vars.Inf("h%d", i+1), h, true, width))
		}
		return layers.Dense(vars.In("out"), h, true, x.Shape().Dimensions[1]) // [batch, dim]
	}
}

// Params is the number of parameters for points of dim coordinates.
func (m MLP) Params(dim int) int {
	weights, biases := m.sizes(dim)
	return weights + biases
}

// FLOPs are the operations of the products in one evaluation on a batch of points of dim coordinates.
func (m MLP) FLOPs(dim, batch int) int64 {
	weights, _ := m.sizes(dim)
	return 2 * int64(batch) * int64(weights)
}

func (m MLP) sizes(dim int) (weights, biases int) {
	hidden := m.hidden()
	weights = hidden[0] // of time
	in := dim
	for _, width := range hidden {
		weights += in * width
		biases += width
		in = width
	}
	return weights + in*dim, biases + dim
}

func (m MLP) hidden() []int {
	if m.Hidden == nil {
		return []int{128, 128, 128}
	}
	return m.Hidden
}

// uniformFanIn draws weights uniformly from ±1/√(fan-in), and makes biases zero. The gradient of a network as it is
// first drawn shapes the flow where data is rare: with He's initialiser, six times the variance, stray particles
// there keep the deviation of the toy's samples too large.
func uniformFanIn(vars *mlcontext.Context) mlcontext.VariableInitializer {
	return func(g *Graph, shape shapes.Shape) *Node {
		if shape.Rank() < 2 {
			return Zeros(g, shape)
		}
		bound := 1 / math.Sqrt(float64(shape.Dimensions[0]))
		return initializers.RandomUniformFn(vars, -bound, bound)(g, shape)
	}
}
