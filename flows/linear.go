package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Linear is the path x_t = (1 − t) x₀ + t x₁ with x₀ ~ N(0, I) and x₁ data; ẋ_t = x₁ − x₀.
type Linear struct {
	// Antithetic pairs the examples of a batch by opposite noise.
	Antithetic bool
}

// Draw implements [Path].
func (p Linear) Draw(vars *mlcontext.Context, data *Node) Curves {
	noise := sourceNoise(vars, data, p.Antithetic)
	curves := Line(noise, data)
	curves.Noise = noise
	return curves
}

// Name implements [Path].
func (Linear) Name() string { return "linear" }

// KnowsVelocity implements [Path].
func (Linear) KnowsVelocity() bool { return true }
