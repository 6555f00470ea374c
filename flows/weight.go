package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// Weight builds w(t) of an objective, element by element from t, [batch]. It must be made of operations that
// differentiate, for the boundary estimator needs w'.
type Weight func(t *Node) *Node

// Constant is w(t) = 1.
func Constant(t *Node) *Node { return OnesLike(t) }

// LinearDecay is w(t) = 1 − t, which vanishes at the data.
func LinearDecay(t *Node) *Node { return OneMinus(t) }

// CubicRise is w(t) = t³, for tasks whose end at the data matters most; it vanishes at the source.
func CubicRise(t *Node) *Node { return Mul(t, Square(t)) }

// CubicDecay is w(t) = (1 − t)³, which weighs the start and vanishes at the data with its first two derivatives.
func CubicDecay(t *Node) *Node { return CubicRise(OneMinus(t)) }

// derivative builds w and w' at t, [batch] each.
func (w Weight) derivative(t *Node) (value, slope *Node) { return schedule(w).derivative(t) }

// at evaluates the weight at one time, now rather than in the graph g, so that a term without weight need not be
// built. It panics on errors, as graph building does.
func (w Weight) at(g *Graph, t float64) float64 {
	value := MustExecOnce(g.Backend(), func(t *Node) *Node { return w(t) }, []float64{t})
	return value.Value().([]float64)[0]
}
