package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/solve"
)

// solverChoice is the help of --solver where a run may want noise.
func solverChoice() string {
	return strings.Join(solve.Names(), ", ") + " (default: " + defaultSolver + ", or " + defaultNoisySolver + " where the run has noise)"
}

// bindSolver registers the flags of a solver. An empty name is chosen by the run; tolerance is the default of --rtol and
// --atol.
func bindSolver(f *pflag.FlagSet, solver *string, set *solve.Settings, name, help string, tolerance float64) {
	f.StringVar(solver, "solver", name, help)
	f.IntVar(&set.Steps, "steps", 0, fmt.Sprintf("steps of a solver that doesn't choose them itself (default %d)", solve.DefaultSteps))
	f.Float64Var(&set.RTol, "rtol", 0, fmt.Sprintf("relative tolerance of an adaptive solver (default %g)", tolerance))
	f.Float64Var(&set.ATol, "atol", 0, fmt.Sprintf("absolute tolerance of an adaptive solver (default %g)", tolerance))
}
