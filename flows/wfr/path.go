package wfr

import (
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/flows"
)

// Path goes along the geodesics of [Pairs], between each two neighbouring times. An example of the data is a pair for
// each interval, [batch, intervals, Pairs.Width]; the state is [batch, dim]. A curve carries mass, which an objective
// needs growth to learn.
type Path struct {
	Times  []float64 // ascending from 0 to 1
	Masses []float64 // of each time
}

// Draw implements [flows.Path].
func (p Path) Draw(_ *mlcontext.Context, data *Node) flows.Curves {
	intervals, width := len(p.Times)-1, 0
	if data.Rank() == 3 {
		width = data.Shape().Dimensions[2] - lineNumbers
	}
	if data.Rank() != 3 || data.Shape().Dimensions[1] != intervals || intervals < 1 || width < 2 || width%2 != 0 {
		panic(errors.Errorf("wfr: data of shape %s; snapshots of %d times want pairs, [batch, %d, width]", data.Shape(),
			len(p.Times), intervals))
	}
	c := &curves{path: p, data: data, dim: width / 2}
	first, last := c.interval(0), c.interval(intervals-1)
	return flows.Curves{
		Start: first.from, End: last.to,
		At: func(t *Node) (x, velocity *Node) {
			pair, done := c.at(t)
			return pair.place(done)
		},
		Mass: func(t *Node) (mass, rate, total *Node) {
			pair, done := c.at(t)
			mass, rate = pair.mass(done)
			batch := data.Shape().Dimensions[0]
			return Reshape(mass, batch), Reshape(rate, batch), Reshape(c.total(t), batch)
		},
	}
}

// Name implements [flows.Path].
func (Path) Name() string { return "snapshots" }

// KnowsVelocity implements [flows.Path].
func (Path) KnowsVelocity() bool { return true }

// CarriesMass implements [flows.Massive].
func (Path) CarriesMass() bool { return true }

// curves are a batch of them.
type curves struct {
	path Path
	data *Node // [batch, intervals, width]
	dim  int
}

// pairs are one a curve: the points, [batch, dim], and the numbers of the line, [batch, 1]. length is of the interval.
type pairs struct {
	from, to, start, cos, sin, sinc, length *Node
}

// row is a constant of the type of the data, [1, n].
func (c *curves) row(values []float64) *Node {
	return ConvertDType(Const(c.data.Graph(), [][]float64{values}), c.data.DType())
}

// split takes the numbers of pairs apart, [batch, width].
func (c *curves) split(numbers, length *Node) pairs {
	column := func(k int) *Node { return Slice(numbers, AxisRange(), AxisRange(2*c.dim+k, 2*c.dim+k+1)) }
	return pairs{
		from:  Slice(numbers, AxisRange(), AxisRange(0, c.dim)),
		to:    Slice(numbers, AxisRange(), AxisRange(c.dim, 2*c.dim)),
		start: column(0), cos: column(1), sin: column(2), sinc: column(3), length: length,
	}
}

// interval has the pairs of one.
func (c *curves) interval(k int) pairs {
	numbers := Squeeze(Slice(c.data, AxisRange(), AxisElem(k)), 1)
	return c.split(numbers, c.row([]float64{c.path.Times[k+1] - c.path.Times[k]}))
}

// within tells which interval each t is in: 1 there and 0 elsewhere, [batch, intervals].
func (c *curves) within(t *Node) *Node {
	n := len(c.path.Times)
	ends := append([]float64(nil), c.path.Times[1:]...)
	ends[n-2] = 2 // t = 1 belongs to the last interval
	after := GreaterOrEqual(t, c.row(c.path.Times[:n-1]))
	return ConvertDType(LogicalAnd(after, LessThan(t, c.row(ends))), t.DType())
}

// at has the pairs of the intervals that t, [batch], is in, and the part of the interval that is over, [batch, 1].
func (c *curves) at(t *Node) (pairs, *Node) {
	t = Reshape(t, -1, 1)
	in := c.within(t)
	n := len(c.path.Times)
	starts, lengths := c.path.Times[:n-1], make([]float64, n-1)
	for k := range lengths {
		lengths[k] = c.path.Times[k+1] - starts[k]
	}
	length := ReduceAndKeep(Mul(in, c.row(lengths)), ReduceSum, -1)
	start := ReduceAndKeep(Mul(in, c.row(starts)), ReduceSum, -1)
	numbers := ReduceSum(Mul(c.data, ExpandDims(in, -1)), 1) // [batch, width]
	return c.split(numbers, length), Div(Sub(t, start), length)
}

// total is a mass near that of all curves together, [batch, 1]: of its two neighbours as if nothing moved.
func (c *curves) total(t *Node) *Node {
	_, done := c.at(t)
	in := c.within(Reshape(t, -1, 1))
	n := len(c.path.Masses)
	roots := make([]float64, n)
	for k, m := range c.path.Masses {
		roots[k] = math.Sqrt(m)
	}
	before := ReduceAndKeep(Mul(in, c.row(roots[:n-1])), ReduceSum, -1)
	after := ReduceAndKeep(Mul(in, c.row(roots[1:])), ReduceSum, -1)
	return Square(Add(Mul(OneMinus(done), before), Mul(done, after)))
}

// plane is where the line is, [batch, 1] each.
func (p pairs) plane(done *Node) (re, im *Node) {
	return Add(Mul(OneMinus(done), p.start), Mul(done, p.cos)), Mul(done, p.sin)
}

// mass is m and dm/dt, [batch, 1].
func (p pairs) mass(done *Node) (mass, rate *Node) {
	re, im := p.plane(done)
	slope := Add(Mul(re, Sub(p.cos, p.start)), Mul(im, p.sin))
	return Add(Square(re), Square(im)), Div(MulScalar(slope, 2), p.length)
}

// place is x and dx/dt, [batch, dim].
func (p pairs) place(done *Node) (x, velocity *Node) {
	re, im := p.plane(done)
	re = MaxScalar(re, tiny) // 0 where all mass is dead or not born yet, which doesn't move
	part := Mul(arctanOver(Div(im, re)), Div(Mul(done, p.sinc), re))
	mass := Add(Square(re), Square(im))
	way := Sub(p.to, p.from)
	return Add(p.from, Mul(part, way)), Mul(way, Div(Mul(p.start, p.sinc), Mul(mass, p.length)))
}

const tiny = 1e-12

// arctanOver is arctan(u)/u for u ≥ 0, to the precision of float32: of a quarter of the angle by its series.
func arctanOver(u *Node) *Node {
	half := func(u *Node) *Node { return Reciprocal(OnePlus(Sqrt(OnePlus(Square(u))))) } // tan(φ/2)/u for u = tan φ
	h := half(u)
	h = Mul(h, half(Mul(u, h)))
	square := Square(Mul(u, h)) // ≤ tan²(π/8) = 0.172
	const terms = 10
	sum := ZerosLike(u)
	for k := terms - 1; k >= 0; k-- {
		sum = AddScalar(Neg(Mul(sum, square)), 1/float64(2*k+1))
	}
	return MulScalar(Mul(h, sum), 4)
}
