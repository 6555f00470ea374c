package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Dynamics is the law by which particles move along an action s:
//
//	dx = ∇c*(∇ₓs) dt + σ(t) dW,    d log ω = s/δ² dt.
//
// The zero value is plain Action Matching's dx = ∇ₓs dt. Any combination is legal. What an objective learned by
// must be what a sampler follows, or the marginals are others.
type Dynamics struct {
	// Cost is the conjugate c* of the Lagrangian that the motion minimises; nil is QuadraticCost, c(v) = ½‖v‖².
	Cost Cost

	// Diffusion is σ(t) of the entropic problem; nil is none.
	Diffusion Diffusion

	// Growth lets mass be born and die at the rate s/δ², as the unbalanced problem has it: particles carry weights ω.
	Growth bool

	// GrowthCost is δ, the length by which growth is weighed against motion; 0 is 1.
	GrowthCost float64

	// read builds the drift at (t, x) of what a baseline learned, where that isn't an action; nil for ∇c*(∇ₓs).
	read func(vars *mlcontext.Context, model Action, t, x *Node) *Node
}

// Diffusion builds the noise scale σ(t) ≥ 0, element by element from t, [batch].
type Diffusion func(t *Node) *Node

// ConstantDiffusion is σ(t) = sigma.
func ConstantDiffusion(sigma float64) Diffusion {
	return func(t *Node) *Node { return MulScalar(OnesLike(t), sigma) }
}

// AnnealedDiffusion is σ(t) = sigma·(1 − t), which leaves the data undisturbed.
func AnnealedDiffusion(sigma float64) Diffusion {
	return func(t *Node) *Node { return MulScalar(OneMinus(t), sigma) }
}

// drift is ∇c*(∇ₓs), [batch, ...], from ∇ₓs.
func (d Dynamics) drift(grad *Node) *Node {
	if d.Cost == nil {
		return grad
	}
	return d.Cost.Velocity(grad)
}

// rate is s/δ², that of log ω, of the shape of s.
func (d Dynamics) rate(s *Node) *Node {
	if d.GrowthCost == 0 {
		return s
	}
	return DivScalar(s, d.GrowthCost*d.GrowthCost)
}

// energy is c*(∇ₓs) + ½σ²Δₓs + ½s²/δ², the terms that the dynamics has, [batch]. s is the action at t, [batch], and x,
// and grad = ∇ₓs, [batch, ...].
func (d Dynamics) energy(laplacian Laplacian, t, x, s, grad *Node) *Node {
	cost := d.Cost
	if cost == nil {
		cost = QuadraticCost
	}
	energy := cost(grad)
	if d.Diffusion != nil {
		energy = Add(energy, MulScalar(Mul(Square(d.Diffusion(t)), laplacian(grad, x)), 0.5))
	}
	if d.Growth {
		energy = Add(energy, d.rate(MulScalar(Square(s), 0.5)))
	}
	return energy
}
