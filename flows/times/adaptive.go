package times

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Adaptive draws times where the loss is noisy: from a density that is linear between 100 knots and proportional
// there to the running standard deviation of the integrand at t, which is the density of least variance for stratified
// times, mixed with 1 % of the uniform one. Quantiles of the density are taken along a Weyl walk, so each batch is
// spread over it evenly.
//
// Its state is the sums that the deviations are made of, in vars like that of other times.
type Adaptive struct{}

const (
	adaptiveKnots  = 100
	adaptiveFloor  = 0.01
	adaptiveMemory = 0.999 // what a batch leaves of the sums before it
	adaptivePrior  = 10    // examples' worth of the overall variance at each knot
)

// sums are the state: for each knot, [knots], the number of examples around it and the sums of the integrand and its
// square, by the share that each example has in the knot.
func (Adaptive) sums(vars *mlcontext.Context, shape shapes.Shape) [3]*mlcontext.Variable {
	var all [3]*mlcontext.Variable
	for i, name := range adaptiveSums {
		zero := func(g *Graph, shape shapes.Shape) *Node { return Zeros(g, shape) }
		all[i] = vars.InAbsPath(Scope).Checked(false).WithInitializer(zero).
			VariableWithShape(name, shapes.Make(shape.DType, adaptiveKnots)).SetTrainable(false)
	}
	return all
}

var adaptiveSums = [3]string{"adaptive_count", "adaptive_sum", "adaptive_squares"}

// density is p at each knot, [knots].
func (a Adaptive) density(vars *mlcontext.Context, g *Graph, shape shapes.Shape) *Node {
	sums := a.sums(vars, shape)
	count, sum, squares := sums[0].ValueGraph(g), sums[1].ValueGraph(g), sums[2].ValueGraph(g)
	variance := func(count, sum, squares *Node) *Node {
		n := Max(count, ScalarOne(g, shape.DType))
		return Max(Sub(Div(squares, n), Square(Div(sum, n))), ScalarZero(g, shape.DType))
	}
	overall := variance(ReduceAllSum(count), ReduceAllSum(sum), ReduceAllSum(squares)) // 0 to begin with
	local := variance(count, sum, squares)
	shrunk := Div(Add(Mul(count, local), MulScalar(overall, adaptivePrior)), AddScalar(count, adaptivePrior))
	deviation := AddScalar(Sqrt(shrunk), 1e-20) // uniform while nothing varies
	return AddScalar(MulScalar(Div(deviation, trapezoid(deviation)), 1-adaptiveFloor), adaptiveFloor)
}

// trapezoid is the integral over [0, 1] of what is linear between the values at knots.
func trapezoid(values *Node) *Node {
	n := values.Shape().Dimensions[0]
	left, right := Slice(values, AxisRange(0, n-1)), Slice(values, AxisRange(1, n))
	return DivScalar(ReduceAllSum(Add(left, right)), 2*float64(n-1))
}

// Draw builds times and their density, both of the given shape, [batch].
func (a Adaptive) Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node) {
	u, _ := Weyl{}.Draw(vars, g, shape)
	return quantile(a.density(vars, g, shape), u)
}

// quantile inverts the distribution function of the density that is linear between the knots' p, at u in [0, 1),
// [batch]; it returns the density there too.
func quantile(p, u *Node) (t, density *Node) {
	g, dtype := p.Graph(), p.DType()
	cells := p.Shape().Dimensions[0] - 1
	left, right := Slice(p, AxisRange(0, cells)), Slice(p, AxisRange(1, cells+1))
	mass := DivScalar(Add(left, right), 2*float64(cells))

	// Where each cell begins: the mass of those before it.
	square := shapes.Make(dtype, cells, cells)
	before := LessThan(Iota(g, square, 1), Iota(g, square, 0))
	zero := ScalarZero(g, dtype)
	starts := ReduceSum(Where(before, BroadcastToDims(ExpandDims(mass, 0), cells, cells), zero), 1) // [cells]

	batch := u.Shape().Dimensions[0]
	wide := shapes.Make(dtype, batch, cells)
	reached := GreaterOrEqual(BroadcastToDims(ExpandDims(u, 1), batch, cells),
		BroadcastToDims(ExpandDims(starts, 0), batch, cells))
	cell := AddScalar(ReduceSum(ConvertDType(reached, dtype), 1), -1) // [batch], the last that begins at or before u
	here := Equal(Iota(g, wide, 1), BroadcastToDims(ExpandDims(cell, 1), batch, cells))
	pick := func(of *Node) *Node {
		return ReduceSum(Where(here, BroadcastToDims(ExpandDims(of, 0), batch, cells), zero), 1)
	}
	low, high := pick(left), pick(right)
	rest := MulScalar(Max(Sub(u, pick(starts)), zero), float64(cells)) // = low z + ½(high − low) z²
	root := Sqrt(Max(Add(Square(low), MulScalar(Mul(Sub(high, low), rest), 2)), zero))
	z := Min(Div(MulScalar(rest, 2), Add(low, root)), ScalarOne(g, dtype))
	const last = 1 - 0x1p-24
	t = Min(DivScalar(Add(cell, z), float64(cells)), Scalar(g, dtype, last))
	return StopGradient(t), StopGradient(Add(low, Mul(Sub(high, low), z)))
}

// Observe takes the integrand at the times of the last Draw, before it is divided by their density, [batch] each.
func (a Adaptive) Observe(vars *mlcontext.Context, t, integrand *Node) {
	g, dtype, batch := t.Graph(), t.DType(), t.Shape().Dimensions[0]
	knots := MulScalar(Iota(g, shapes.Make(dtype, batch, adaptiveKnots), 1), 1./(adaptiveKnots-1))
	distance := MulScalar(Abs(Sub(ExpandDims(t, 1), knots)), adaptiveKnots-1)
	share := Max(OneMinus(distance), ScalarZero(g, dtype)) // of each example in each knot, 1 in all
	f := ExpandDims(integrand, 1)
	updates := [3]*Node{share, Mul(share, f), Mul(share, Square(f))}
	for i, variable := range a.sums(vars, t.Shape()) {
		fresh := ReduceSum(updates[i], 0)
		variable.SetValueGraph(Add(MulScalar(variable.ValueGraph(g), adaptiveMemory), fresh))
	}
}
