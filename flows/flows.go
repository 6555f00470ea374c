// Package flows learns and follows flows of distributions: paths q_t from a source at t = 0 (noise) to a target at
// t = 1 (data), objectives that fit an action s(t, x) to a path, a trainer, and sampling along dx/dt = ∇ₓs(t, x).
//
// The source is Neklyudov, Brekelmans, Severo, Makhzani, Action Matching: Learning Stochastic Dynamics from
// Samples, ICML 2023 (arXiv 2210.06662). Images are [batch, height, width, channels] in [-1, 1], low-dimensional
// points [batch, dim].
//
// The package takes the model as a function and knows none. Functions that build graphs panic with the shapes that
// they got; those that take a backend return errors.
package flows

import (
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Action builds the graph of a scalar potential s(t, x): t is [batch] in [0, 1], x is [batch, ...] and the result
// is [batch]. Example i of the result depends on example i of t and x only. Its variables live in vars.
//
// The baselines ([FlowMatching] and the score matchers) learn a vector field instead: a function of this type whose
// result has the shape of x.
type Action func(vars *mlcontext.Context, t, x *graph.Node) *graph.Node
