package flows

import (
	"fmt"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// DenoisingScoreMatching is the baseline of diffusion models: h(t, x) predicts the noise x₀ in x_t = σx₀ + αx₁ of the
// [VP] path, by the loss E[w(t) ½‖h(t, x_t) − x₀‖² / p(t)]. The score is −h/σ; particles follow the probability flow.
// Ho et al. 2020; Song et al. 2021.
type DenoisingScoreMatching struct {
	// Weight w(t); the zero value is Constant.
	Weight Weight
	// Langevin, unless nil, is σ(t) of annealed Langevin dynamics, dx = ½g² ∇log q_t dt + g dW, that particles follow
	// instead of the probability flow: g is σ(t) times the noise that x_t holds, as its score grows like 1/noise. They
	// lag behind q_t, the less the larger σ is, and a larger σ wants more steps. Song and Ermon 2019.
	Langevin Diffusion
}

// Check implements [Objective].
func (DenoisingScoreMatching) Check(path Path) error {
	if _, ok := path.(VP); !ok {
		return fmt.Errorf("flows: dsm turns a score into a velocity by the diffusion's coefficients, which path %s "+
			"doesn't have; use path vp", path.Name())
	}
	return nil
}

// usedWeight is what a [Trainer] checks.
func (dsm DenoisingScoreMatching) usedWeight() Weight { return dsm.Weight }

// Motion implements [Objective].
func (dsm DenoisingScoreMatching) Motion() Dynamics {
	if dsm.Langevin != nil {
		scale := func(t *Node) *Node { return Mul(dsm.Langevin(t), vpNoise(OneMinus(t))) }
		return Dynamics{Diffusion: scale, read: func(vars *mlcontext.Context, model Action, t, x *Node) *Node {
			half := MulScalar(Mul(Square(dsm.Langevin(t)), vpNoise(OneMinus(t))), -0.5) // ½g²·(−1/noise)
			return Mul(broadcastTime(half, x), model.field(vars, t, x))
		}}
	}
	return Dynamics{read: func(vars *mlcontext.Context, model Action, t, x *Node) *Node {
		return vpVelocity(t, x, model.field(vars, t, x))
	}}
}

// vpVelocity is the velocity of the probability flow where the noise is predicted: with x₁ = (x − σx₀)/α,
// ẋ = σ̇x₀ + (α̇/α)(x − σx₀). Near t = 1, where σ̇ has a pole, time stops short of it.
func vpVelocity(t, x, noise *Node) *Node {
	u := Max(OneMinus(t), Scalar(t.Graph(), t.DType(), 1e-4))
	t = OneMinus(u)
	signal := schedule(func(t *Node) *Node { return vpLogSignal(OneMinus(t)) })
	_, rate := signal.derivative(t) // α̇/α
	sigma, slope := schedule(func(t *Node) *Node { return vpNoise(OneMinus(t)) }).derivative(t)
	wide := func(v *Node) *Node { return broadcastTime(v, x) }
	clean := Sub(x, Mul(wide(sigma), noise)) // αx₁
	return Add(Mul(wide(slope), noise), Mul(wide(rate), clean))
}

// Loss implements [Objective].
func (dsm DenoisingScoreMatching) Loss(vars *mlcontext.Context, model Action, path Path, times Times,
	data *Node) *Node {
	checkData(data)
	curves := path.Draw(vars, data)
	t, density := times.Draw(vars, data.Graph(), timeShape(data))
	x, _ := curves.At(t)
	return regression(vars, times, dsm.Weight, t, density, model.field(vars, t, x), curves.Noise)
}

// SlicedScoreMatching is the baseline that fits h(t, x) to the score ∇log q_t from samples alone: the loss is
// E[w(t) (½‖h‖² + v·∇ₓ(v·h)) / p(t)] with random directions v, E[v vᵀ] = I. On the [VP] path particles follow the
// probability flow; on any path they can follow Langevin dynamics. Song et al. 2020, Sliced Score Matching.
type SlicedScoreMatching struct {
	// Weight w(t); the zero value is Constant.
	Weight Weight
	// Probe is the distribution of the directions.
	Probe Probe
	// Langevin, unless nil, is σ(t) of annealed Langevin dynamics, dx = ½σ² ∇log q_t dt + σ dW, that particles follow
	// instead of the probability flow. They lag behind q_t, the less the larger σ is, and a larger σ wants more steps:
	// n of Euler–Maruyama are Langevin steps of size σ²/n at n times. Song and Ermon 2019.
	Langevin Diffusion
}

// Check implements [Objective].
func (ssm SlicedScoreMatching) Check(path Path) error {
	if _, ok := path.(VP); !ok && ssm.Langevin == nil {
		return fmt.Errorf("flows: ssm turns a score into a velocity by the diffusion's coefficients, which path %s "+
			"doesn't have; use path vp, or give σ for Langevin dynamics", path.Name())
	}
	return nil
}

// usedWeight is what a [Trainer] checks.
func (ssm SlicedScoreMatching) usedWeight() Weight { return ssm.Weight }

// Motion implements [Objective].
func (ssm SlicedScoreMatching) Motion() Dynamics {
	if ssm.Langevin != nil {
		return Dynamics{Diffusion: ssm.Langevin, read: func(vars *mlcontext.Context, model Action, t, x *Node) *Node {
			half := MulScalar(Square(ssm.Langevin(t)), 0.5)
			return Mul(broadcastTime(half, x), model.field(vars, t, x))
		}}
	}
	return Dynamics{read: func(vars *mlcontext.Context, model Action, t, x *Node) *Node {
		sigma := broadcastTime(vpNoise(OneMinus(t)), x)
		return vpVelocity(t, x, Neg(Mul(sigma, model.field(vars, t, x))))
	}}
}

// Loss implements [Objective].
func (ssm SlicedScoreMatching) Loss(vars *mlcontext.Context, model Action, path Path, times Times, data *Node) *Node {
	checkData(data)
	curves := path.Draw(vars, data)
	t, density := times.Draw(vars, data.Graph(), timeShape(data))
	x, _ := curves.At(t)
	x = variable(x)
	h := model.given(curves.Condition).field(vars, t, x)
	trace := HutchinsonLaplacian(vars, ssm.Probe, 1)(h, x) // of the Jacobian of h
	integrand := Mul(ssm.Weight.or(Constant).Func(t), Add(MulScalar(sumExample(Square(h)), 0.5), trace))
	observe(vars, times, t, integrand)
	return Div(integrand, density)
}
