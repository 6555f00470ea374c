package flags

import (
	"fmt"
	"path/filepath"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/solve"
)

// Checkpoint is what reports say of the parameters that were evaluated.
type Checkpoint struct {
	Step int64
	Hash string
}

// Origin is what a report says of samples, or of likelihoods, of the run: all but their classes, guidance, noise and
// evaluations.
func (r Run) Origin(c Checkpoint, solver solve.Solver, seed int64, backend string, with Arithmetic) eval.Origin {
	set := solve.SettingsOf(solver)
	return eval.Origin{Source: fmt.Sprintf("%s step %d", filepath.Clean(r.Name()), c.Step), Run: string(r.Dir),
		Step: c.Step, Weights: c.Hash, Raw: r.Raw, Average: r.Average, Seed: &seed, Solver: solver.Name(),
		Steps: set.Steps, RTol: set.RTol, ATol: set.ATol, Backend: backend, Precision: with.Reported()}
}
