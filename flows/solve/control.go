package solve

import (
	"cmp"
	"fmt"
	"math"
)

// Controller chooses step lengths and judges steps, knowing nothing of the state. It serves one integration.
type Controller interface {
	// Tolerance returns what the error of a step is measured against, see [Space].Norm; ok is false where errors
	// are not estimated at all.
	Tolerance() (rtol, atol float64, ok bool)

	// Start returns the length of the first step of an integration from t0 to t1, positive either way; guess finds
	// one from the field, at the price of an evaluation.
	Start(t0, t1 float64, guess func() (float64, error)) (float64, error)

	// Judge takes the length of the step just tried and the scaled norm of its error, at most 1 where it meets
	// the tolerance, and returns whether the step counts and how long the next one should be.
	Judge(h, norm float64) (accept bool, next float64)
}

// fixedSteps cuts the interval into equal steps and accepts each.
type fixedSteps struct{ steps int }

// newFixedSteps makes DefaultSteps of 0 steps, and equal ones without a grid.
func newFixedSteps(name string, steps int, grid Grid) (Controller, error) {
	if steps < 0 {
		return nil, fmt.Errorf("solve: %s needs at least 1 step, got %d; set Steps", name, steps)
	}
	steps = cmp.Or(steps, DefaultSteps)
	if _, uniform := grid.(UniformGrid); grid == nil || uniform {
		return fixedSteps{steps: steps}, nil
	}
	return newGridSteps(name, steps, grid)
}

func (c fixedSteps) Tolerance() (rtol, atol float64, ok bool) { return 0, 0, false }

func (c fixedSteps) Start(t0, t1 float64, _ func() (float64, error)) (float64, error) {
	return math.Abs(t1-t0) / float64(c.steps), nil
}

func (c fixedSteps) Judge(h, _ float64) (accept bool, next float64) { return true, h }

// piControl is the proportional-integral controller of DOPRI5: with n the error norm of this step and n₀ that of
// the last accepted one, the next step is h·safety·n^(−α)·n₀^β, β = 0.04, α = 1/p − 0.75β.
//
// Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, 2nd ed., II.4 and IV.2.
type piControl struct {
	rtol, atol  float64
	order       int
	last        float64 // error norm of the last accepted step
	afterReject bool
}

const (
	piBeta   = 0.04
	piSafety = 0.9
	piShrink = 0.2  // a step shrinks to no less than this fraction at once
	piGrow   = 10.0 // and grows by no more than this factor
	piFloor  = 1e-4 // error norms below this count as this, so that one lucky step isn't remembered
)

// newPIControl makes DefaultTolerance of a tolerance of 0.
func newPIControl(name string, order int, rtol, atol float64) (Controller, error) {
	rtol, atol = cmp.Or(rtol, DefaultTolerance), cmp.Or(atol, DefaultTolerance)
	if !(rtol > 0) || !(atol > 0) || math.IsInf(rtol, 0) || math.IsInf(atol, 0) {
		return nil, fmt.Errorf("solve: %s needs positive tolerances, got rtol %g and atol %g; set RTol and ATol",
			name, rtol, atol)
	}
	return &piControl{rtol: rtol, atol: atol, order: order, last: piFloor}, nil
}

func (c *piControl) Tolerance() (rtol, atol float64, ok bool) { return c.rtol, c.atol, true }

func (c *piControl) Start(t0, t1 float64, guess func() (float64, error)) (float64, error) {
	h, err := guess()
	return min(h, math.Abs(t1-t0)), err
}

func (c *piControl) Judge(h, norm float64) (accept bool, next float64) {
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		c.afterReject = true
		return false, h * piShrink
	}
	exponent := 1/float64(c.order) - 0.75*piBeta
	if norm > 1 {
		c.afterReject = true
		return false, h * max(piShrink, piSafety*math.Pow(norm, -exponent))
	}
	factor := piGrow
	if norm > 0 {
		factor = piSafety * math.Pow(norm, -exponent) * math.Pow(c.last, piBeta)
		factor = min(piGrow, max(piShrink, factor))
	}
	if c.afterReject { // growing right after a rejection invites the next one
		factor = min(factor, 1)
	}
	c.last, c.afterReject = max(norm, piFloor), false
	return true, h * factor
}
