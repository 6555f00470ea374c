package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// field calls a model that returns a vector field, of the shape of x, as the baselines learn it.
func (model Action) field(vars *mlcontext.Context, t, x *Node) *Node {
	h := model(vars, t, x)
	if !h.Shape().Equal(x.Shape()) {
		panic(errors.Errorf("flows: the model returned shape %s for x of shape %s; this objective learns a vector "+
			"field, such as unet.Network or MLP.Field", h.Shape(), x.Shape()))
	}
	return h
}

// VectorField tells whether models of the dynamics are vector fields, of the shape of x, rather than scalar actions.
func (d Dynamics) VectorField() bool { return d.read != nil }
