package solve

import (
	"fmt"
	"math"
)

// check returns an error, with the remedy, where the solver cannot follow the problem from t0 to t1.
func (p *Problem[T]) check(solver Solver, t0, t1 float64) error {
	if math.IsNaN(t0) || math.IsInf(t0, 0) || math.IsNaN(t1) || math.IsInf(t1, 0) {
		return fmt.Errorf("solve: cannot integrate from t0=%g to t1=%g; both must be finite", t0, t1)
	}
	switch {
	case p.Noise != nil && !IsStochastic(solver):
		return fmt.Errorf("solve: %s follows the drift alone, which without the noise σ dW leads to other "+
			"distributions; use euler-maruyama or stochastic-heun", solver.Name())
	case p.Noise == nil && IsStochastic(solver):
		return fmt.Errorf("solve: %s is for dx = f dt + σ dW, and the problem has no noise; use euler, heun or "+
			"another solver without", solver.Name())
	case p.Noise != nil && t1 < t0:
		return fmt.Errorf("solve: noise from t0=%g back to t1=%g; a diffusion is followed forwards only, for "+
			"backwards it spreads too", t0, t1)
	}
	if err := p.checkSchedule(solver, t0, t1); err != nil {
		return err
	}
	if p.OnTime != nil && len(p.Times) > 0 && solver.Tableau().Dense == nil {
		return fmt.Errorf("solve: %s has no solution between its steps; give its tableau Dense, or take states by "+
			"OnStep", solver.Name())
	}
	direction := math.Copysign(1, t1-t0)
	for i, t := range p.Times {
		outside := !(direction*(t-t0) >= 0 && direction*(t1-t) >= 0)
		if outside || i > 0 && direction*(t-p.Times[i-1]) <= 0 {
			return fmt.Errorf("solve: a state wanted at t=%g, number %d of %v; give distinct times from t0=%g to "+
				"t1=%g, in that order", t, i, p.Times, t0, t1)
		}
	}
	return nil
}

// checkSchedule returns an error where the solver needs the path's coefficients and can't go from t0 to t1 by them.
func (p *Problem[T]) checkSchedule(solver Solver, t0, t1 float64) error {
	switch {
	case !NeedsSchedule(solver):
		return nil
	case t1 < t0:
		return fmt.Errorf("solve: %s from t0=%g back to t1=%g;"+
			" it predicts the data, so it goes towards them only; use "+
			"heun, ab2 or another solver", solver.Name(), t0, t1)
	case p.Schedule == nil:
		return fmt.Errorf("solve: %s needs a(t) and b(t) of a path a x₀ + b x₁, and the problem has no schedule; use "+
			"heun, ab2 or another solver", solver.Name())
	}
	a0, b0, _, _ := p.Schedule(t0)
	a1, b1, _, _ := p.Schedule(t1)
	if t0 < t1 && !(a0 > 0 && a1 >= 0 && b0 >= 0 && b1*a0 > b0*a1) {
		return fmt.Errorf("solve: %s from t0=%g, a=%g and b=%g, to t1=%g, a=%g and b=%g; give times between which a "+
			"is positive and b/a rises", solver.Name(), t0, a0, b0, t1, a1, b1)
	}
	return nil
}

// closeTimes is how near, as a fraction of the larger end time, a time is the end of a step but for rounding.
const closeTimes = 1e-12

// show lets the observer see the states at the times within an accepted step of signed length h that ends at time
// end, and which is not yet taken.
func (r *run[T]) show(tr trial[T], h, end float64) error {
	for ; r.shown < len(r.problem.Times); r.shown++ {
		want := r.problem.Times[r.shown]
		if math.Abs(want-end) <= closeTimes*r.scale {
			if err := r.problem.OnTime(want, tr.y); err != nil {
				return err
			}
			continue
		}
		if (end-want)*r.direction() < 0 {
			return nil // a later step's
		}
		x, err := r.between(r.t, h, (want-r.t)/h, r.x, tr)
		if err != nil {
			return err
		}
		err = r.problem.OnTime(want, x)
		r.release(x)
		if err != nil {
			return err
		}
	}
	return nil
}

// showStart lets the observer see the initial state, where it is among those wanted.
func (r *run[T]) showStart() error {
	if r.problem.OnTime == nil {
		r.shown = len(r.problem.Times)
	}
	for ; r.shown < len(r.problem.Times) && r.problem.Times[r.shown] == r.t; r.shown++ {
		if err := r.problem.OnTime(r.t, r.x); err != nil {
			return err
		}
	}
	return nil
}
