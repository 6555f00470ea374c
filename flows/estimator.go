package flows

import "fmt"

// Estimator is a way to estimate the Action Matching loss from samples. All have the same expectation, but for the
// bias of [DICE].
type Estimator int

const (
	// Auto is Pathwise where the path knows its velocity, else Boundary, which was nearer to the truth than DICE
	// everywhere that both were measured.
	Auto Estimator = iota

	// Pathwise is E[w (½‖∇ₓs‖² − ∇ₓs·ẋ_t) / p]: integrating d/dt [w s(t, x_t)] along each curve cancels the
	// boundary terms. On curves of mass m it is E[w (m (e(s) − ∇ₓs·ẋ) − s ṁ) / (p total)]. It needs ẋ_t; it has by
	// far the lesser variance.
	Pathwise

	// Boundary is E_q0[w(0) s(0, x)] − E_q1[w(1) s(1, x)] + E[(w (½‖∇ₓs‖² + ∂ₜs) + w' s) / p]. It needs nothing
	// but samples of each q_t.
	Boundary

	// DICE is the loss by the trapezoid rule at even knots 0 = t_0 < … < t_K = 1, E_k the mean over q at t_k:
	//
	//	Σ_k h_k E_k[w_k e(s_k)] − Σ_k ½ (E_{k+1} − E_k)[w_k s_k + w_{k+1} s_{k+1}],
	//
	// with h_k = 1/K, half of it at both ends. Like Boundary it needs nothing but samples, and it needs no ∂ₜs.
	// It follows from L(s) = ∫ w E_t[e(s)] dt − ∫ (∂ₜE_t)[w s] dt, in which ∂ₜE_t acts on the distribution alone.
	// Boundary integrates the second term by parts, which gives ∂ₜ(w s). Here an interval has the trapezoid rule,
	// (E_{k+1} − E_k) of the mean of w s at its two knots, so the weight enters as w at the knots, without w'.
	// Summed by knots, the terms are central differences ½(w s)_{k+1} − ½(w s)_{k−1} at samples of q_k. Where w s is
	// linear in t they are exact, and the sum is E_0[w_0 s_0] − E_K[w_K s_K] + Σ h_k E_k[∂ₜ(w s)]: Boundary's, its
	// integral by the trapezoid rule.
	//
	// A third of the examples belongs to both ends, as their terms don't shrink with 1/K. [Times] of density p draw
	// the u ~ p by which knots are chosen. The loss is off by O(1/K²) for s and q smooth in t. Its minimiser has
	// ∇·(q_k ∇s_k) = −K/2 (q_{k+1} − q_{k−1}) in place of −∂ₜq, and a one-sided difference at the ends, which is off
	// by O(1/K). arXiv 2507.05107.
	DICE
)

// String returns the name in the registry.
func (e Estimator) String() string {
	for _, entry := range estimators {
		if entry.value == e {
			return entry.name
		}
	}
	return fmt.Sprintf("Estimator(%d)", int(e))
}

// DefaultWeight names the weight that goes with the estimator and the dynamics: "linear-decay", which removes the term
// at the data, for Boundary, else "constant". Growth is learned from the masses at both ends, so it keeps that term.
func (e Estimator) DefaultWeight(d Dynamics) string {
	if e == Boundary && !d.Growth {
		return "linear-decay"
	}
	return "constant"
}

// On resolves Auto, and returns an error where the estimator cannot work on the path.
func (e Estimator) On(path Path) (Estimator, error) {
	switch e {
	case Auto:
		if path.KnowsVelocity() {
			return Pathwise, nil
		}
		return Boundary, nil
	case Pathwise:
		if !path.KnowsVelocity() {
			return e, fmt.Errorf("flows: the pathwise estimator needs ẋ_t, which path %s doesn't know; use boundary "+
				"or dice", path.Name())
		}
		return e, nil
	case Boundary, DICE:
		return e, nil
	}
	return e, fmt.Errorf("flows: unknown estimator %v; use one of flows.Auto, Pathwise, Boundary, DICE", e)
}
