package flows

import (
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Trig is the path x_t = cos(πt/2) x₀ + sin(πt/2) x₁ with x₀ ~ N(0, I) and x₁ data, which keeps the variance where
// both have the same.
type Trig struct {
	// Antithetic pairs the examples of a batch by opposite noise.
	Antithetic bool
}

// Draw implements [Path].
func (p Trig) Draw(vars *mlcontext.Context, data *Node) Curves {
	return interpolate(sourceNoise(vars, data, p.Antithetic), data,
		func(t *Node) *Node { return Cos(MulScalar(t, math.Pi/2)) },
		func(t *Node) *Node { return Sin(MulScalar(t, math.Pi/2)) })
}

// Name implements [Path].
func (Trig) Name() string { return "trig" }

// KnowsVelocity implements [Path].
func (Trig) KnowsVelocity() bool { return true }
