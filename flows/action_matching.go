package flows

import (
	"fmt"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/internal/autodiff" // gradients of gradients
)

// ActionMatching is the Action Matching loss with weight w(t),
//
//	L(s) = E_q0[w(0) s(0,x)] − E_q1[w(1) s(1,x)] + E[(w(t) (e(s) + ∂ₜs) + w'(t) s) / p(t)],
//	e(s) = c*(∇ₓs) + ½σ(t)²Δₓs + ½s²/δ²,
//
// t ~ p, x ~ q_t, with the terms of e that the dynamics has: c*(y) = ½‖y‖² alone unless told otherwise (AM), the
// Laplacian with noise (entropic AM), ½s²/δ² with growth (unbalanced AM). Each is bounded below in expectation, with
// the minimum where the dynamics has the marginals q_t: for AM it equals ½∫ w E‖∇s − ∇s*‖² dt − ½∫ w E‖∇s*‖² dt, s* the
// true action. Neklyudov et al. 2023, theorem 2.2, propositions 3.1, 3.3 and 3.4.
type ActionMatching struct {
	// Weight w(t); the zero value is Constant with the pathwise estimator and LinearDecay with the boundary one,
	// which removes the term at the data, unless the dynamics grow, see [Estimator.DefaultWeight].
	Weight Weight
	// Estimator; the zero value is Auto.
	Estimator Estimator
	// Intervals is K, the number of intervals between the knots of [DICE]; 0 is 20. More make it less biased.
	Intervals int
	// Dynamics that the action is to obey; the zero value is dx = ∇ₓs dt.
	Dynamics Dynamics
	// Laplacian of entropic dynamics; nil is exact up to 12 dimensions, else one Rademacher probe.
	Laplacian Laplacian
}

// Motion implements [Objective].
func (am ActionMatching) Motion() Dynamics { return am.Dynamics }

// Check implements [Objective].
func (am ActionMatching) Check(path Path) error {
	if k := am.Intervals; k != 0 && (k < leastIntervals || k > maxIntervals) {
		return fmt.Errorf("flows: %d intervals of the estimator dice; give %d to %d, or 0 for %d", k, leastIntervals,
			maxIntervals, diceIntervals)
	}
	_, err := am.Estimator.On(path)
	return err
}

// Loss implements [Objective].
func (am ActionMatching) Loss(vars *mlcontext.Context, model Action, path Path, times Times, data *Node) *Node {
	checkData(data)
	estimator, err := am.Estimator.On(path)
	if err != nil {
		panic(err)
	}
	curves := path.Draw(vars, data)
	model = model.given(curves.Condition)
	t, density := times.Draw(vars, data.Graph(), timeShape(data)) // [batch] each
	var integrand, ends *Node
	switch estimator {
	case Pathwise:
		integrand = am.pathwise(vars, model, curves, t)
	case DICE:
		integrand = am.dice(vars, model, curves, t)
	default:
		integrand, ends = am.boundary(vars, model, curves, t)
	}
	observe(vars, times, t, integrand)
	loss := Div(integrand, density)
	if ends != nil {
		loss = Add(loss, ends)
	}
	return loss
}

// weight is Weight or, if that is the zero value, the default of the estimator.
func (am ActionMatching) weight(e Estimator) Weight {
	if e.DefaultWeight(am.Dynamics) == LinearDecay.Name {
		return am.Weight.or(LinearDecay)
	}
	return am.Weight.or(Constant)
}

// usedWeight is what a [Trainer] checks.
func (am ActionMatching) usedWeight() Weight { return am.Weight }

// energy is e(s) at (t, x), [batch].
func (am ActionMatching) energy(vars *mlcontext.Context, t, x, s, grad *Node) *Node {
	laplacian := am.Laplacian
	if laplacian == nil && am.Dynamics.Diffusion != nil {
		laplacian = laplacianFor(vars, x)
	}
	return am.Dynamics.energy(laplacian, t, x, s, grad)
}

// pathwise is w (e(s) − ∇s·ẋ) at each time, [batch].
func (am ActionMatching) pathwise(vars *mlcontext.Context, model Action, curves Curves, t *Node) *Node {
	weight := am.weight(Pathwise)
	x, velocity := curves.At(t)
	t, x = variable(t), variable(x)
	s := model.potential(vars, t, x)
	grad := Gradient(ReduceAllSum(s), x)[0]                                                    // [batch, ...]
	cost := Sub(am.energy(vars, t, x, s, grad), sumExample(Mul(grad, StopGradient(velocity)))) // [batch]
	if curves.Mass != nil {
		mass, rate, total := curves.Mass(t)
		cost = Div(Sub(Mul(cost, StopGradient(mass)), Mul(s, StopGradient(rate))), StopGradient(total))
	}
	return Mul(weight.Func(t), cost)
}

// boundary is the integrand at each time, and the terms at both ends, [batch] each.
func (am ActionMatching) boundary(vars *mlcontext.Context, model Action, curves Curves,
	t *Node) (integrand, ends *Node) {
	weight := am.weight(Boundary)
	x, _ := curves.At(t)
	t, x = variable(t), variable(x)
	w, slope := weight.derivative(t)
	s := model.potential(vars, t, x)
	grads := Gradient(ReduceAllSum(s), t, x) // one forward pass serves s, ∂ₜs and ∇ₓs
	energy := am.energy(vars, t, x, s, grads[1])
	integrand = Add(Mul(w, Add(energy, grads[0])), Mul(slope, s))
	mass := func(at, s *Node) *Node { return s }
	if curves.Mass != nil {
		mass = func(at, s *Node) *Node { m, _, _ := curves.Mass(at); return Mul(s, StopGradient(m)) }
	}
	integrand = mass(t, integrand)

	again := vars.Reuse() // the variables exist since the first call
	ends = ZerosLike(t)
	if weight.At0 != 0 {
		s0 := model.potential(again, ZerosLike(t), variable(curves.Start))
		ends = Add(ends, MulScalar(mass(ZerosLike(t), s0), weight.At0))
	}
	if weight.At1 != 0 {
		s1 := model.potential(again, OnesLike(t), variable(curves.End))
		ends = Sub(ends, MulScalar(mass(OnesLike(t), s1), weight.At1))
	}
	return integrand, ends
}
