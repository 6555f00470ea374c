package flags

import (
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/flows/solve"
)

// States are float32, whose neighbours are 6e-8 of them apart. Below resolvedTolerance a solver's error estimate is
// rounding alone; below leastTolerance it would take more than 60 000 steps to come under it.
const (
	resolvedTolerance = 1e-7
	leastTolerance    = 1e-12
)

// mostSteps is the number of steps whose times are distinct in float32.
const mostSteps = 1 << 24

// CheckSolver makes a command's PreRunE: [RefuseZero], and a check of a solver's numbers before anything is loaded.
func CheckSolver(names ...string) func(*cobra.Command, []string) error {
	zero := RefuseZero(names...)
	return func(cmd *cobra.Command, args []string) error {
		if err := zero(cmd, args); err != nil {
			return err
		}
		if steps, err := cmd.Flags().GetInt("steps"); err == nil && steps > mostSteps {
			return Usagef("--steps must be at most %d, got %d: float32 has no more distinct times", mostSteps, steps)
		}
		return checkTolerances(cmd, cmd.ErrOrStderr())
	}
}

// checkTolerances is a usage error for tolerances that float32 can't reach, and warns of those near its rounding error.
// A solver adds both, so that the larger one counts.
func checkTolerances(cmd *cobra.Command, log io.Writer) error {
	tolerance := func(name string) float64 {
		v, err := cmd.Flags().GetFloat64(name)
		if err != nil || v == 0 {
			return solve.DefaultTolerance
		}
		return v
	}
	rtol, atol := tolerance("rtol"), tolerance("atol")
	switch larger := math.Max(rtol, atol); {
	case larger <= 0 || math.IsNaN(larger): // refused elsewhere
	case larger < leastTolerance:
		return Usagef("--rtol %g and --atol %g are out of reach of float32 samples, which resolve %g; pass one "+
			"of at least %g", rtol, atol, resolvedTolerance, resolvedTolerance)
	case larger < resolvedTolerance:
		fmt.Fprintf(log, "%s: warning: --rtol %g and --atol %g are below what float32 samples resolve, %g: more "+
			"steps, and no better samples\n", cmd.Name(), rtol, atol, resolvedTolerance)
	}
	return nil
}
