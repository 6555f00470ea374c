package solve

import (
	"context"
	"errors"
	"fmt"
)

// Reasons why an integration stops. Each is wrapped in an error that says at which t and what to change.
var (
	// ErrNonFinite: the state, or the field at it, is NaN or infinite.
	ErrNonFinite = errors.New("non-finite state")
	// ErrUnderflow: no step length that time can resolve meets the tolerance.
	ErrUnderflow = errors.New("step size underflow")
	// ErrTooManySteps: the step limit of an adaptive solver is reached before t1.
	ErrTooManySteps = errors.New("too many steps")
)

// Cause is nil while ctx goes on, and then an error that wraps both ctx.Err() and [context.Cause].
func Cause(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// stopped is nil while ctx goes on, and then says when it ended, and why.
func stopped(ctx context.Context, t float64) error {
	if cause := Cause(ctx); cause != nil {
		return fmt.Errorf("solve: stopped at t=%.6g: %w", t, cause)
	}
	return nil
}

func nonFiniteError(t float64) error {
	return fmt.Errorf("solve: %w at t=%.6g; take more steps (or lower rtol and atol), and check that the field is "+
		"finite there", ErrNonFinite, t)
}

func nonFiniteFieldError(t, h float64) error {
	return fmt.Errorf("solve: %w near t=%.6g, at any step length down to %.3g; check that the field is finite there",
		ErrNonFinite, t, h)
}

func underflowError(t, h, norm float64) error {
	return fmt.Errorf("solve: %w at t=%.6g: a step of %.3g still has %.3g times the error allowed; raise rtol and "+
		"atol (float32 states resolve no less than about 1e-6), or use fixed steps, such as rk4",
		ErrUnderflow, t, h, norm)
}

func tooManyStepsError(t float64, steps int) error {
	return fmt.Errorf("solve: %w: %d by t=%.6g; raise rtol and atol, or use fixed steps, such as rk4",
		ErrTooManySteps, steps, t)
}
