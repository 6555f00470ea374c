package flows

import (
	"cmp"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

const (
	diceIntervals  = 20
	leastIntervals = 2
	maxIntervals   = 10_000
	diceEnds       = 1. / 3 // share of the examples that belong to both ends together
)

// knots are those of [DICE] that the examples of a batch belong to.
type knots struct {
	t, before, after *Node // times of the knot and of its neighbours, within [0, 1]
	first, last      *Node // whether it is an end
	part             *Node // of the trapezoid rule, divided by the share of examples at the knot
	share            *Node // of examples at the knot
}

// knotsAt spreads examples over the knots by u, uniform in [0, 1): [batch] each. A third belongs to the ends. Where
// there is a grid of times, the knots are on it.
func knotsAt(u *Node, intervals, grid int) knots {
	const end = diceEnds / 2
	onGrid := grid >= leastIntervals
	if onGrid {
		intervals = min(intervals, grid)
	}
	inner := float64(intervals - 1) // knots
	number := func(v float64) *Node { return MulScalar(OnesLike(u), v) }
	k := knots{first: LessThan(u, number(end)), last: GreaterOrEqual(u, number(1-end))}
	choose := func(first, last, between *Node) *Node { return Where(k.first, first, Where(k.last, last, between)) }
	place := OnePlus(Floor(MulScalar(AddScalar(u, -end), inner/(1-diceEnds))))
	knot := choose(number(0), number(float64(intervals)), ClipScalar(place, 1, inner))
	at := func(knot *Node) *Node {
		t := DivScalar(ClipScalar(knot, 0, float64(intervals)), float64(intervals))
		if onGrid {
			t = DivScalar(Round(MulScalar(t, float64(grid))), float64(grid))
		}
		return t
	}
	k.t, k.before, k.after = at(knot), at(AddScalar(knot, -1)), at(OnePlus(knot))
	k.share = choose(number(end), number(end), number((1-diceEnds)/inner))
	k.part = Div(MulScalar(Sub(k.after, k.before), 0.5), k.share)
	return k
}

// dice is each example's part of the loss by [DICE], [batch]: with q_k's examples at knot k together
//
//	h w_k e(s_k) + ½(w_{k+1} s_{k+1} − w_{k−1} s_{k−1})     between the ends,
//	½h w_0 e(s_0) + ½(w_0 s_0 + w_1 s_1)                    at the first knot,
//	½h w_K e(s_K) − ½(w_{K−1} s_{K−1} + w_K s_K)            at the last,
//
// all at the example's own x.
func (am ActionMatching) dice(vars *mlcontext.Context, model Action, curves Curves, u *Node) *Node {
	weight, k := am.weight(DICE), knotsAt(u, cmp.Or(am.Intervals, diceIntervals), curves.Grid)
	x, _ := curves.At(k.t)
	x = variable(x)
	s := model.potential(vars, k.t, x)
	grad := Gradient(ReduceAllSum(s), x)[0]
	loss := Mul(k.part, Mul(weight.Func(k.t), am.energy(vars, k.t, x, s, grad)))

	again := vars.Reuse() // the variables exist since the first call
	weighted := func(t *Node) *Node { return Mul(weight.Func(t), model.potential(again, t, x)) }
	after, before := weighted(k.after), weighted(k.before)
	change := Add(Where(k.last, Neg(after), after), Where(k.first, before, Neg(before)))
	loss = Add(loss, Div(MulScalar(change, 0.5), k.share))
	if curves.Mass != nil {
		mass, _, _ := curves.Mass(k.t)
		loss = Mul(loss, StopGradient(mass))
	}
	return loss
}
