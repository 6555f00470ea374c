package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows/times"
)

// Times draws the times at which an objective looks at a path.
type Times interface {
	// Draw builds times t in [0, 1) and the density p(t) they are drawn with, both of the given shape, [batch].
	// What it draws from is state in vars, so that a restored context goes on where it was.
	Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node)
}

// Learner is implemented by [Times] that learn from the loss where to look.
type Learner interface {
	// Observe takes the objective's integrand at the times of the last Draw, before it is divided by their density,
	// [batch] each.
	Observe(vars *mlcontext.Context, t, integrand *Node)
}

// The samplers of times of the registry.
type (
	WeylTimes     = times.Weyl
	UniformTimes  = times.Uniform
	AdaptiveTimes = times.Adaptive
)

// TimesScope is the context's scope for the state of a [Times].
const TimesScope = times.Scope

// TimesState names the variables in which a trainer keeps the state of times, beside the random generator's.
func TimesState(of Times) []string { return times.State(of) }

// observe tells times that learn what the integrand was.
func observe(vars *mlcontext.Context, times Times, t, integrand *Node) {
	if learner, ok := times.(Learner); ok {
		learner.Observe(vars, t, StopGradient(integrand))
	}
}
