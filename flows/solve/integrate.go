package solve

import (
	"context"
	"math"
	"time"
)

// maxTrials bounds the steps of an adaptive solver: a tolerance below what the state's precision can hold would
// otherwise run for hours.
const maxTrials = 100_000

// minStep is the shortest step, as a fraction of the larger end time: shorter, the stages' times run together.
const minStep = 1e-14

// Integrate solves dx/dt = f(t, x) from x at t0 to t1, which may lie on either side of t0, and returns the state
// at t1.
//
// The result is a new value, never x itself. Errors are [ErrNonFinite], [ErrUnderflow] or [ErrTooManySteps] with
// the time and a remedy, or whatever the field, the space or OnStep returned; the report counts what was done up
// to there. When ctx is done the integration stops before its next step, with an error that wraps ctx.Err() and
// [context.Cause].
func Integrate[T any](ctx context.Context, p Problem[T], solver Solver, x T, t0, t1 float64) (T, Report, error) {
	start := time.Now()
	var zero T
	report := Report{Solver: solver.Name()}
	if err := p.check(solver, t0, t1); err != nil {
		return zero, report, err
	}
	controller, err := solver.Controller()
	if err != nil {
		return zero, report, err
	}
	// A copy of our own: the caller's state is never released.
	own, err := p.Space.Advance(x, nil, nil)
	if err != nil {
		return zero, report, err
	}
	r := &run[T]{stepper: newStepper(p, solver, max(math.Abs(t0), math.Abs(t1))), solver: solver,
		controller: controller, report: &report, t: t0, t1: t1, x: own}
	err = r.loop(ctx)
	if err != nil {
		r.abandon()
	}
	report.NFE = r.nfe
	report.Steps = report.Accepted + report.Rejected
	report.Elapsed = time.Since(start)
	if err != nil {
		return zero, report, err
	}
	return r.x, report, nil
}

// run is one integration under way.
type run[T any] struct {
	*stepper[T]
	solver     Solver
	controller Controller
	report     *Report

	t, t1 float64 // t1 is that of a segment
	x     T
	// first is f(t, x) where known is true.
	first T
	known bool

	shown int // of the problem's Times
}

func (r *run[T]) direction() float64 { return math.Copysign(1, r.t1-r.t) }

// loop steps until t1, segment after segment.
func (r *run[T]) loop(ctx context.Context) (err error) {
	if err := r.arrive(); err != nil {
		return err
	}
	if err := r.showStart(); err != nil {
		return err
	}
	for i, end := range r.segments() {
		if i > 0 {
			if r.controller, err = r.solver.Controller(); err != nil {
				return err
			}
		}
		r.t1 = end
		if err := r.segment(ctx); err != nil {
			return err
		}
	}
	r.forgetFirst()
	return nil
}

// segment steps until t1.
func (r *run[T]) segment(ctx context.Context) error {
	started, h := false, 0.0
	for r.t != r.t1 {
		err := stopped(ctx, r.t)
		if err != nil {
			return err
		}
		if !r.known {
			if r.first, err = r.evalFirst(r.t, r.t1, r.x); err != nil {
				return err
			}
			r.known = true
		}
		if !started {
			started = true
			if h, err = r.start(); err != nil {
				return err
			}
		}
		if h, err = r.advanceOnce(ctx, h); err != nil {
			return err
		}
		if err = r.arrive(); err != nil {
			return err
		}
	}
	return nil
}

// arrive checks the state at a new time and shows it to the observer.
func (r *run[T]) arrive() error {
	finite, err := r.problem.Space.Finite(r.x)
	if err != nil {
		return err
	}
	if !finite {
		return nonFiniteError(r.t)
	}
	if r.problem.OnStep != nil {
		return r.problem.OnStep(r.t, r.x)
	}
	return nil
}

// start asks the controller for the first step's length.
func (r *run[T]) start() (float64, error) {
	interval := math.Abs(r.t1 - r.t)
	rtol, atol, _ := r.controller.Tolerance()
	return r.controller.Start(r.t, r.t1, func() (float64, error) {
		return r.firstStep(r.t, r.direction(), interval, r.x, r.first, atol, rtol)
	})
}

// advanceOnce tries steps, the first of length h, until one is accepted, and returns the next one's length.
func (r *run[T]) advanceOnce(ctx context.Context, h float64) (float64, error) {
	rtol, atol, adaptive := r.controller.Tolerance()
	for {
		remaining := math.Abs(r.t1 - r.t)
		last := h >= remaining*(1-1e-6) // or the rounding of many steps would leave a sliver of one
		if last {
			h = remaining
		}
		end := r.t + r.direction()*h
		if last {
			end = r.t1
		}
		tr, err := r.step(r.t, r.direction()*h, end, r.x, r.first)
		if err != nil {
			return 0, err
		}
		norm := 0.0
		if adaptive {
			if norm, err = r.norm(h, r.x, tr, atol, rtol); err != nil {
				r.forget(tr)
				return 0, err
			}
		}
		accept, next := r.controller.Judge(h, norm)
		if accept {
			if err := r.show(tr, r.direction()*h, end); err != nil {
				r.forget(tr)
				return 0, err
			}
			r.accept(tr, end)
			r.passJump()
		} else {
			r.reject(tr)
		}
		if adaptive && r.report.Accepted+r.report.Rejected >= maxTrials {
			return 0, tooManyStepsError(r.t, maxTrials)
		}
		if accept {
			return next, nil
		}
		if next < minStep*r.scale {
			if math.IsNaN(norm) || math.IsInf(norm, 0) {
				return 0, nonFiniteFieldError(r.t, h)
			}
			return 0, underflowError(r.t, h, norm)
		}
		if err := stopped(ctx, r.t); err != nil {
			return 0, err
		}
		h = next
	}
}

// accept moves time and state to the end of the trial.
func (r *run[T]) accept(tr trial[T], end float64) {
	r.report.Accepted++
	start := r.t
	r.t = end
	r.release(r.x)
	r.x = tr.y
	stages := tr.stages
	if r.past != nil {
		for _, k := range r.past.keep(start, r.first) {
			r.release(k)
		}
		if r.known = len(stages) > 1; r.known {
			r.first = stages[1]
		}
		return
	}
	r.known = r.tableau.FSAL
	if r.tableau.FSAL {
		r.first = stages[len(stages)-1]
		stages = stages[:len(stages)-1]
	}
	for _, k := range stages {
		r.release(k)
	}
}

// reject forgets a trial but for its first stage, which the next one shares.
func (r *run[T]) reject(tr trial[T]) {
	r.report.Rejected++
	r.forget(tr)
}

// forget releases a trial but for its first stage.
func (r *run[T]) forget(tr trial[T]) {
	r.release(tr.y)
	for _, k := range tr.stages[1:] {
		r.release(k)
	}
}

// abandon releases what an integration that failed still holds.
func (r *run[T]) abandon() {
	r.release(r.x)
	r.forgetFirst()
}

// forgetFirst releases the evaluations that are kept for the next step.
func (r *run[T]) forgetFirst() {
	if r.known {
		r.release(r.first)
	}
	if r.past != nil {
		for _, k := range r.past.kept {
			r.release(k)
		}
	}
}
