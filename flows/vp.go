package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// VP is the variance-preserving diffusion's path, in the direction of generation: x_t = σ(u) x₀ + α(u) x₁, u = 1 − t,
//
//	α(u) = exp(−½β₀u − ¼(β₁ − β₀)u²),   σ² = 1 − α²,   β₀ = 0.1, β₁ = 20,
//
// with x₀ ~ N(0, I) and x₁ data. At t = 0 a share α(1) = 0.0066 of the data is left, which sampling from N(0, I)
// neglects. ẋ_t grows like (1 − t)^(−½) towards the data, so weights that vanish there have the lesser variance.
// Song et al. 2021, Score-Based Generative Modeling through Stochastic Differential Equations, appendix C.
type VP struct {
	// Antithetic pairs the examples of a batch by opposite noise.
	Antithetic bool
}

const (
	vpBeta0 = 0.1
	vpBeta1 = 20.0
)

// vpLogSignal is log α(u).
func vpLogSignal(u *Node) *Node {
	return Neg(Mul(u, AddScalar(MulScalar(u, (vpBeta1-vpBeta0)/4), vpBeta0/2)))
}

// vpSignal is α, vpNoise is σ, of u.
func vpSignal(u *Node) *Node { return Exp(vpLogSignal(u)) }
func vpNoise(u *Node) *Node  { return Sqrt(Neg(Expm1(MulScalar(vpLogSignal(u), 2)))) }

// Draw implements [Path].
func (p VP) Draw(vars *mlcontext.Context, data *Node) Curves {
	return interpolate(sourceNoise(vars, data, p.Antithetic), data,
		func(t *Node) *Node { return vpNoise(OneMinus(t)) },
		func(t *Node) *Node { return vpSignal(OneMinus(t)) })
}

// Name implements [Path].
func (VP) Name() string { return "vp" }

// KnowsVelocity implements [Path].
func (VP) KnowsVelocity() bool { return true }
