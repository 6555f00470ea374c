package flows

import "fmt"

// Estimator is a way to estimate the Action Matching loss from samples. All have the same expectation.
type Estimator int

const (
	// Auto is Pathwise where the path knows its velocity, else Boundary.
	Auto Estimator = iota

	// Pathwise is E[w (½‖∇ₓs‖² − ∇ₓs·ẋ_t) / p]: integrating d/dt [w s(t, x_t)] along each curve cancels the
	// boundary terms. On curves of mass m it is E[w (m (e(s) − ∇ₓs·ẋ) − s ṁ) / (p total)]. It needs ẋ_t; it has by
	// far the lesser variance.
	Pathwise

	// Boundary is E_q0[w(0) s(0, x)] − E_q1[w(1) s(1, x)] + E[(w (½‖∇ₓs‖² + ∂ₜs) + w' s) / p]. It needs nothing
	// but samples of each q_t.
	Boundary
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
			return e, fmt.Errorf("flows: the pathwise estimator needs ẋ_t, which path %s doesn't know; use boundary",
				path.Name())
		}
		return e, nil
	case Boundary:
		return e, nil
	}
	return e, fmt.Errorf("flows: unknown estimator %v; use one of flows.Auto, Pathwise, Boundary", e)
}
