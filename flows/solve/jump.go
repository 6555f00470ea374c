package solve

import (
	"cmp"
	"math"
	"slices"
)

// segments are the ends of the parts that an integration has: the jumps of the field between t and t1, in the order
// that they are passed, and t1. A solver with fixed steps divides the whole, and has one part.
func (r *run[T]) segments() []float64 {
	if _, _, adaptive := r.controller.Tolerance(); !adaptive {
		return []float64{r.t1}
	}
	var ends []float64
	for _, jump := range r.problem.Jumps {
		direction, least := r.direction(), closeTimes*r.scale
		if direction*(jump-r.t) > least && direction*(r.t1-jump) > least {
			ends = append(ends, jump)
		}
	}
	slices.SortFunc(ends, func(a, b float64) int { return cmp.Compare(r.direction()*a, r.direction()*b) })
	return append(slices.Compact(ends), r.t1)
}

// beside is t, or where the field jumps at t the next time towards another one.
func (s *stepper[T]) beside(t, towards float64) float64 {
	for _, jump := range s.problem.Jumps {
		if s.same(t, jump) {
			return math.Nextafter(jump, towards)
		}
	}
	return t
}

// same tells whether two times are one but for rounding.
func (s *stepper[T]) same(a, b float64) bool { return math.Abs(a-b) <= closeTimes*s.scale }

// passJump forgets what was evaluated before, where the field jumps at the end of a step: the next step begins anew.
func (r *run[T]) passJump() {
	atJump := func(jump float64) bool { return r.same(r.t, jump) }
	if !slices.ContainsFunc(r.problem.Jumps, atJump) {
		return
	}
	r.forgetFirst()
	r.known = false
	if r.past != nil {
		r.past.times, r.past.kept = nil, nil
	}
}
