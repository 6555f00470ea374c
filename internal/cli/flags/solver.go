package flags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/run/draw"
)

// SolverHelp is the help of --solver for all runs.
func SolverHelp() string {
	return fmt.Sprintf("`NAME` solver: %s (default: %s with %d steps for images, %s for points or with a "+
		"tolerance, %s for runs with noise; euler for runs trained with --distill)", solverKinds(),
		draw.DefaultImageSolver, draw.DefaultImageSteps, draw.DefaultSolver, draw.DefaultNoisySolver)
}

// PointsSolverHelp is the help of --solver for runs on points.
func PointsSolverHelp() string {
	return fmt.Sprintf("`NAME` solver: %s (default: %s, or %s for runs with noise)", solverKinds(),
		draw.DefaultSolver, draw.DefaultNoisySolver)
}

// solverKinds lists the solvers by their kind.
func solverKinds() string {
	var fixed, adaptive, stochastic []string
	for _, name := range solve.Names() {
		solver, err := solve.ByName(name, solve.Settings{})
		switch {
		case err != nil:
		case solve.IsStochastic(solver):
			stochastic = append(stochastic, name)
		case solve.SettingsOf(solver).Steps == 0:
			adaptive = append(adaptive, name)
		default:
			fixed = append(fixed, name)
		}
	}
	return fmt.Sprintf("with fixed steps %s; adaptive %s; with noise %s", strings.Join(fixed, ", "),
		strings.Join(adaptive, ", "), strings.Join(stochastic, ", "))
}

// Reversible lists the solvers that also go from data to noise.
func Reversible() []string {
	return slices.DeleteFunc(solve.Names(), func(name string) bool {
		solver, err := solve.ByName(name, solve.Settings{})
		return err != nil || solve.IsStochastic(solver) || solve.NeedsSchedule(solver)
	})
}

// BindSolver registers the flags of a solver. An empty name stands for the default of the run; tolerance is the default
// of --rtol and --atol.
func BindSolver(f *pflag.FlagSet, solver *string, set *solve.Settings, name, help string, tolerance float64) {
	f.StringVar(solver, "solver", name, help)
	f.IntVar(&set.Steps, "steps", 0, fmt.Sprintf("number of steps of a solver with fixed steps (default %d)",
		solve.DefaultSteps))
	f.StringVar(&set.Grid, "grid", "", "`NAME` spacing of the times of a solver with fixed steps: "+
		strings.Join(solve.GridNames(), ", ")+" (default "+solve.GridNames()[0]+")")
	short := strings.Replace(fmt.Sprintf("%.0e", tolerance), "e-0", "e-", 1)
	f.Float64Var(&set.RTol, "rtol", 0, "relative tolerance of an adaptive solver (default "+short+")")
	f.Float64Var(&set.ATol, "atol", 0, "absolute tolerance of an adaptive solver (default "+short+")")
}

// BindSigma registers the flag of the noise where a run is sampled.
func BindSigma(f *pflag.FlagSet, sigma *float64) {
	f.Float64Var(sigma, "sigma", 0, "diffusion coefficient σ of Langevin sampling, for ssm and dsm runs only "+
		"(default: the run's)")
}
