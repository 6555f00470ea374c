package flags

import (
	"fmt"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

// WarnStarts tells that n samples, which a command draws, begin with fewer cells of a first snapshot: without noise
// that many are distinct.
func WarnStarts(command string, plan *run.Plan, solver solve.Solver, n int, std term.Streams) {
	if plan.Problem == nil {
		return
	}
	first := plan.Problem.Marginals[0]
	if first.Time != 0 || first.Count == 0 || n <= first.Count {
		return
	}
	repeated := fmt.Sprintf(": only %d samples are distinct", first.Count)
	if solve.IsStochastic(solver) {
		repeated = ", each with noise of its own"
	}
	fmt.Fprintf(std.Err, "%s: warning: %d samples start from the %s of the first snapshot, reused in turn%s\n",
		command, n, term.Count(first.Count, "cell"), repeated)
}
