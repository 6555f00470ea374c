// Package times has the samplers of the times at which an objective looks at a path: each implements flows.Times.
package times

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Uniform draws each time independently and uniformly: p = 1.
type Uniform struct{}

// Draw builds times and their density, 1, both of the given shape, [batch].
func (Uniform) Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node) {
	return vars.RandomUniform(g, shape), Ones(g, shape)
}
