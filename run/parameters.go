package run

import (
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/weights"
)

// Parameters reads the network's variables as the options ask for them, and the checkpoint that they are of. It starts
// no engine.
func (t *Trained) Parameters() (vars *mlcontext.Context, checkpoint *weights.Checkpoint, err error) {
	vars, checkpoint, _, err = t.parameters()
	return vars, checkpoint, err
}
