package optimizer

import (
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// Decay builds the share of the learning rate that is left, in (0, 1], when the share u of the decay's steps is done:
// u, a scalar, rises from 0 to 1 and stays there.
type Decay func(u *Node) *Node

// decayFloor is what the cosine leaves, so that a run that goes on after its end still learns.
const decayFloor = 0.01

// CosineDecay is f(u) = ½(1 + cos πu), lifted so that it ends at 1/100. Loshchilov, Hutter 2017, SGDR.
func CosineDecay(u *Node) *Node {
	half := MulScalar(OnePlus(Cos(MulScalar(u, math.Pi))), 0.5)
	return AddScalar(MulScalar(half, 1-decayFloor), decayFloor)
}
