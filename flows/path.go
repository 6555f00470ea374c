package flows

import (
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Path is a curve q_t of distributions from t = 0 (source) to t = 1 (target), known by its samples.
//
// What only some paths have (see [Conditional]) is an interface of its own that those who need it ask the path for.
type Path interface {
	// Name is the name in the registry, or one for messages.
	Name() string

	// Draw draws one curve through the path for each example of data, [batch, ...] of a float type. It builds a
	// graph and draws from the random numbers of vars.
	Draw(vars *mlcontext.Context, data *graph.Node) Curves

	// KnowsVelocity tells whether Curves.At returns the velocity, as the pathwise estimator needs.
	KnowsVelocity() bool
}

// Curves are one batch of curves x_t, one an example, with x_t ~ q_t.
type Curves struct {
	// Start and End are samples of q_0 and q_1, [batch, ...].
	Start, End *graph.Node

	// Noise is x₀ ~ N(0, I) of a path x_t = a(t) x₀ + b(t) x₁, [batch, ...]; nil on others.
	Noise *graph.Node

	// Condition is what the model is told beside x_t, as further channels, [batch, ..., channels]; nil for nothing.
	Condition *graph.Node

	// At returns the points x_t, [batch, ...], and their velocities ẋ_t along the curves, of the same shape, or
	// nil where the path doesn't know them. t is [batch].
	At func(t *graph.Node) (x, velocity *graph.Node)

	// Grid is the number of intervals of an even grid of times, if x_t is known at these alone and elsewhere is that of
	// the nearest; else 0.
	Grid int

	// Mass returns what the curves weigh at t, [batch] each: m, dm/dt and a total of all that the loss is divided by.
	// nil is mass 1. q_t is the mean of m_t δ_{x_t}.
	Mass func(t *graph.Node) (mass, rate, total *graph.Node)
}

// Massive is implemented by paths whose curves may carry mass that changes.
type Massive interface{ CarriesMass() bool }
