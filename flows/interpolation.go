package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// schedule builds a coefficient of a path element by element from t, of operations that differentiate.
type schedule func(t *Node) *Node

// derivative builds a schedule and its slope at t, [batch] each.
func (f schedule) derivative(t *Node) (value, slope *Node) {
	t = variable(t)
	value = f(t)
	return value, Gradient(ReduceAllSum(value), t)[0]
}

// interpolate is the path x_t = a(t) x₀ + b(t) x₁ from noise to data.
func interpolate(noise, data *Node, a, b schedule) Curves {
	at := func(t *Node) (x, velocity *Node) {
		a, slopeA := a.derivative(t)
		b, slopeB := b.derivative(t)
		mix := func(a, b *Node) *Node {
			return Add(Mul(broadcastTime(a, data), noise), Mul(broadcastTime(b, data), data)) // [batch, ...]
		}
		return mix(a, b), mix(slopeA, slopeB)
	}
	end := func(t float64) *Node {
		x, _ := at(MulScalar(Ones(data.Graph(), timeShape(data)), t))
		return x
	}
	return Curves{Start: end(0), End: end(1), Noise: noise, At: at}
}

// sourceNoise draws x₀ ~ N(0, I) of the shape of data, see [mirrored].
func sourceNoise(vars *mlcontext.Context, data *Node, antithetic bool) *Node {
	return mirrored(data, antithetic, func(shape shapes.Shape) *Node { return vars.RandomNormal(data.Graph(), shape) })
}

// mirrored draws x₀ of the shape of data from a distribution that −x₀ has too. Antithetic noise is −x₀ in the second
// half of the batch, an odd one's last example apart: what is odd in the noise cancels from the batch's mean.
func mirrored(data *Node, antithetic bool, draw func(shapes.Shape) *Node) *Node {
	checkData(data)
	batch := batchSize(data)
	half := batch / 2
	if !antithetic || half == 0 {
		return draw(data.Shape())
	}
	shape := data.Shape().Clone()
	shape.Dimensions[0] = batch - half
	noise := draw(shape)
	return Concatenate([]*Node{noise, Neg(Slice(noise, AxisRange(0, half)))}, 0)
}
