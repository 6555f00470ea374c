package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Times draws the times at which an objective looks at a path.
type Times interface {
	// Draw builds times t in [0, 1) and the density p(t) they are drawn with, both of the given shape, [batch].
	// What it draws from is state in vars, so that a restored context goes on where it was.
	Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node)
}

// UniformTimes draws each time independently and uniformly: p = 1.
type UniformTimes struct{}

// Draw implements [Times].
func (UniformTimes) Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node) {
	return vars.RandomUniform(g, shape), Ones(g, shape)
}
