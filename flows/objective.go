package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Objective is a loss by which a model learns a path.
type Objective interface {
	// Loss builds the loss of each example of data, [batch, ...]; the result is [batch] and its mean is what is
	// minimised. It draws from the random numbers of vars.
	Loss(vars *mlcontext.Context, model Action, path Path, times Times, data *Node) *Node

	// Motion is the law by which particles move along what was learned: samplers must follow it.
	Motion() Dynamics

	// Check returns an error, with the reason, where the objective makes no sense on the path.
	Check(path Path) error
}
