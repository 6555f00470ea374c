package flows

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// Cost builds the convex conjugate c*(y) = sup_v (v·y − c(v)) of a Lagrangian c for each example: y is
// [batch, ...], the result [batch]. It must be made of operations that differentiate twice, and be convex with
// c*(0) = 0 its minimum; nothing else of c is needed, for particles move with ∇c*(∇ₓs).
// Neklyudov et al. 2023, section 3.3.
type Cost func(y *Node) *Node

// QuadraticCost is c*(y) = ½‖y‖², of c(v) = ½‖v‖²: optimal transport's.
func QuadraticCost(y *Node) *Node { return MulScalar(sumExample(Square(y)), 0.5) }

// PNormCost is the conjugate Σ|yᵢ|^q/q, 1/p + 1/q = 1, of c(v) = Σ|vᵢ|^p/p.
//
// 1 < p ≤ 2, so q ≥ 2: with p > 2 the velocity sign(y)|y|^(q−1) has an infinite slope at 0, which no network can be
// trained through. Near 1 the motion prefers few axes at a time. Another p is an error.
func PNormCost(p float64) (Cost, error) {
	if !(p > 1 && p <= 2) {
		return nil, fmt.Errorf("flows: a p-norm cost with p = %g; give 1 < p ≤ 2, where the velocity is a smooth "+
			"function of ∇s", p)
	}
	q := p / (p - 1)
	return func(y *Node) *Node { return DivScalar(sumExample(absPow(y, q)), q) }, nil
}

// absPow is |y|^q, q ≥ 2, with derivatives that are finite at 0: as (y²)^(q/2), guarded where a logarithm would be
// taken of 0.
func absPow(y *Node, q float64) *Node {
	square := Square(y)
	if half := q / 2; half == math.Trunc(half) && half <= 4 {
		power := square
		for range int(half) - 1 {
			power = Mul(power, square)
		}
		return power
	}
	tiny := Scalar(y.Graph(), y.DType(), 1e-30)
	return Exp(MulScalar(Log(Max(square, tiny)), q/2))
}

// Velocity is ∇c*(y), of the shape of y, [batch, ...]: the velocity of a particle where ∇ₓs = y.
func (c Cost) Velocity(y *Node) *Node {
	y = Identity(y)
	return Gradient(ReduceAllSum(c(y)), y)[0]
}
