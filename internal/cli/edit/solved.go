package edit

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/edit"
)

// solved has the flags of the commands that follow the flow itself.
type solved struct {
	common
	solver string
	set    solve.Settings
}

// bindSolver registers the flags of a solver from noise to images.
func (c *solved) bindSolver(f *pflag.FlagSet) {
	flags.BindSolver(f, &c.solver, &c.set, "", flags.SolverHelp(), solve.DefaultTolerance)
}

// bindReversible registers the flags of a solver that goes both ways.
func (c *solved) bindReversible(f *pflag.FlagSet) {
	standard := edit.EncodeSolver
	flags.BindSolver(f, &c.solver, &c.set, "", fmt.Sprintf("`NAME` solver: %s (default: %s with %d steps)",
		strings.Join(flags.Reversible(), ", "), standard.Name(), solve.SettingsOf(standard).Steps),
		solve.DefaultTolerance)
}

// checkSolver checks the flags of the solver before anything is loaded.
func (c *solved) checkSolver() error {
	switch {
	case c.set.Steps < 0:
		return flags.Usagef("--steps must be at least 1, got %d", c.set.Steps)
	case !(c.set.RTol >= 0): // NaN too
		return flags.Usagef("--rtol must be positive, got %g", c.set.RTol)
	case !(c.set.ATol >= 0):
		return flags.Usagef("--atol must be positive, got %g", c.set.ATol)
	case c.solver == "":
		return nil
	}
	if _, err := solve.ByName(c.solver, c.set); err != nil {
		return flags.Usage(err)
	}
	return nil
}

// forward is the solver from noise to images.
func (c *solved) forward(s session) (solve.Solver, error) {
	return draw.Solver(s.Plan, c.solver, c.set)
}

// findOne is find for a command that takes one class at most: a code belongs to it.
func (c *solved) findOne(ctx context.Context, std term.Streams) (session, error) {
	s, err := c.find(ctx, std)
	if err == nil && len(s.classes) > 1 {
		return s, flags.Usagef("--class names %d classes, and codes belong to one; give one, or none", len(s.classes))
	}
	return s, err
}

// reversible is the solver that goes both ways.
func (c *solved) reversible() (solve.Solver, error) {
	name, set := c.solver, c.set
	if name == "" && set == (solve.Settings{}) {
		return edit.EncodeSolver, nil
	}
	if name == "" {
		if name = edit.EncodeSolver.Name(); set.RTol != 0 || set.ATol != 0 {
			name = draw.DefaultSolver
		}
	}
	solver, err := solve.ByName(name, set)
	if err != nil {
		return nil, flags.Usage(err)
	}
	return solver, nil
}
