package flows

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/flows/solve"
)

// Scheduled is implemented by a [Path] x_t = a(t) x₀ + b(t) x₁ from noise x₀ ~ N(0, I) to data x₁ that tells its
// coefficients, as solvers in data prediction need them.
type Scheduled interface {
	// Schedule returns a, b and their derivatives at t, see [solve.Schedule].
	Schedule(t float64) (a, b, slopeA, slopeB float64)
}

var _, _, _ Scheduled = Linear{}, Trig{}, VP{}

// Schedule implements [Scheduled].
func (Linear) Schedule(t float64) (a, b, slopeA, slopeB float64) { return 1 - t, t, -1, 1 }

// Schedule implements [Scheduled]. By sines, a is exactly 0 at t = 1.
func (Trig) Schedule(t float64) (a, b, slopeA, slopeB float64) {
	const w = math.Pi / 2
	a, b = math.Sin(w*(1-t)), math.Sin(w*t)
	return a, b, -w * b, w * a
}

// Schedule implements [Scheduled]. ȧ is −∞ at t = 1.
func (VP) Schedule(t float64) (a, b, slopeA, slopeB float64) {
	u := 1 - t
	logSignal := -u * (u*(vpBeta1-vpBeta0)/4 + vpBeta0/2)
	a, b = math.Sqrt(-math.Expm1(2*logSignal)), math.Exp(logSignal)
	slopeB = b * (vpBeta0 + u*(vpBeta1-vpBeta0)) / 2
	return a, b, -b * slopeB / a, slopeB
}

// scheduleOf is nil for a path without one.
func scheduleOf(path Path) solve.Schedule {
	if s, ok := path.(Scheduled); ok {
		return s.Schedule
	}
	return nil
}

// CheckSolver returns an error, with the reason, where a solver can't follow the dynamics along a path.
func CheckSolver(solver solve.Solver, path Path, dynamics Dynamics) error {
	return checkSolver(solver, path.Name(), scheduleOf(path), dynamics)
}

func checkSolver(solver solve.Solver, path string, schedule solve.Schedule, dynamics Dynamics) error {
	const others = "use heun, ab2 or another solver"
	switch {
	case solve.IsStochastic(solver) != (dynamics.Diffusion != nil), !solve.NeedsSchedule(solver):
		return nil // solve has the words for noise
	case schedule == nil:
		return fmt.Errorf("flows: solver %s needs a path a(t) x₀ + b(t) x₁ from noise x₀, and path %s isn't one; %s",
			solver.Name(), path, others)
	case dynamics.Growth:
		return fmt.Errorf("flows: solver %s moves points along the path alone, and these dynamics also have "+
			"log-weights; %s", solver.Name(), others)
	}
	return nil
}
