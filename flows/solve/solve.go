// Package solve integrates differential equations dx/dt = f(t, x), and stochastic ones dx = f(t, x) dt + σ(t) dW.
//
// It knows nothing of models: the state is any type T that comes with a [Space]. A step (a [Tableau] applied
// once), its acceptance (a [Controller]) and the loop ([Integrate]) are three things, so a solver is little more
// than its coefficients. Multistep solvers also keep evaluations of the steps before. Time runs from t0 to t1 in either
// direction.
package solve

import "time"

// Field evaluates f(t, x), the right-hand side of dx/dt = f(t, x).
//
// It returns a new value: it neither keeps nor changes x.
type Field[T any] func(t float64, x T) (T, error)

// Space is the arithmetic that a solver needs of its state: points T that are moved along tangent vectors, which
// are of type T too. A circular state space wraps in Advance.
type Space[T any] interface {
	// Advance returns the point x + Σᵢ coeffs[i]·ks[i], a new value.
	Advance(x T, coeffs []float64, ks []T) (T, error)

	// Norm returns the root mean square of e/(atol + rtol·max(|x|, |y|)), element by element, where
	// e = Σᵢ coeffs[i]·ks[i]. A space of batches returns the largest over the members of the batch, so that each
	// meets the tolerance whatever its company. The result is not finite where e or the scale is not.
	Norm(coeffs []float64, ks []T, x, y T, atol, rtol float64) (float64, error)

	// Finite reports whether every element of x is finite.
	Finite(x T) (bool, error)
}

// Releaser is implemented by a [Space] whose values hold memory that the garbage collector does not see. The
// solver releases each value that it made and no longer needs; never the initial state, never the result.
type Releaser[T any] interface {
	Release(x T)
}

// Solver pairs a [Tableau] with a [Controller].
type Solver interface {
	// Name is the name in the registry.
	Name() string

	// Tableau returns the method's coefficients. The caller does not change them.
	Tableau() *Tableau

	// Controller returns a new controller for one integration, or an error where the solver's settings make no
	// sense.
	Controller() (Controller, error)
}

// Problem is what is integrated.
type Problem[T any] struct {
	Space Space[T]
	Field Field[T]

	// OnStep, if set, sees the initial state and the state after each accepted step. x is valid during the call
	// only. An error stops the integration and is returned.
	OnStep func(t float64, x T) error

	// Noise makes the equation stochastic; nil is none. It wants a solver that [IsStochastic], and t0 ≤ t1.
	Noise *Noise[T]

	// Schedule has the coefficients of the path that the field follows, for a solver that [NeedsSchedule]; nil is none.
	Schedule Schedule

	// Jumps are times at which the field jumps. A solver that chooses its steps ends one at each of them. A step that
	// begins at one begins anew, as with two integrations one after the other. An evaluation at such a time is told one
	// next to it, on the side that its step lies on.
	Jumps []float64

	// OnTime, if set, sees the state at each of Times, which lie between t0 and t1 in the order that they are
	// passed in. They don't change the steps: inside a step the method's dense output serves, and noise is that
	// of the same path. x is valid during the call only. An error stops the integration and is returned.
	OnTime func(t float64, x T) error
	Times  []float64
}

// Noise is the term σ(t) dW of a stochastic equation. It doesn't depend on the state, so Itô and Stratonovich agree.
type Noise[T any] struct {
	// Scale is σ(t) ≥ 0.
	Scale func(t float64) (float64, error)

	// Increment returns W(t1) − W(t0), a new value, of standard Brownian motion. [Brownian] has a path that is
	// the same at any number of steps.
	Increment func(t0, t1 float64) (T, error)
}

// Report tells what an integration took.
type Report struct {
	Solver   string        // registry name
	NFE      int           // evaluations of the field
	Steps    int           // steps tried: Accepted + Rejected
	Accepted int           // steps that moved the state
	Rejected int           // steps whose error was above the tolerance
	Elapsed  time.Duration // wall clock
}
