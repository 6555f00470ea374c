package simd_test

import (
	"math"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// This file holds the element-wise ops, the reductions and what is made of them: the kinds that fuse.

func init() {
	addKind(12, (*draft).smoothUnary)
	addKind(4, (*draft).kinkedUnary)
	addKind(2, (*draft).rounding)
	addKind(12, (*draft).binary)
	addKind(5, (*draft).broadcastBinary)
	addKind(4, (*draft).withItself)
	addKind(4, (*draft).constants)
	addKind(4, (*draft).compare)
	addKind(3, (*draft).logic)
	addKind(5, (*draft).where)
	addKind(3, (*draft).convert)
	addKind(3, (*draft).integer)
	addKind(8, (*draft).reduce)
	addKind(6, (*draft).normalise)
}

var smoothUnaries = []func(*Node) *Node{
	Tanh, Sigmoid, Sin, Cos, Erf, OneMinus,
	func(x *Node) *Node { return Exp(Neg(Square(x))) },
	func(x *Node) *Node { return Log1P(Square(x)) },
	func(x *Node) *Node { return Log(AddScalar(Square(x), 0.5)) },
	func(x *Node) *Node { return Sqrt(AddScalar(Square(x), 0.1)) },
	func(x *Node) *Node { return Rsqrt(AddScalar(Square(x), 0.5)) },
	func(x *Node) *Node { return Expm1(MulScalar(Tanh(x), 0.5)) },
	func(x *Node) *Node { return Mul(x, Sigmoid(x)) },
	func(x *Node) *Node { return Inverse(AddScalar(Square(x), 1)) },
	func(x *Node) *Node { return Reshape(Tanh(Reshape(x, x.Shape().Size())), x.Shape().Dimensions...) },
}

func (d *draft) smoothUnary() bool {
	return d.add(smoothUnaries[d.rng.IntN(len(smoothUnaries))](d.pick().Node), false)
}

func (d *draft) kinkedUnary() bool {
	x := d.pickKinked()
	switch d.rng.IntN(5) {
	case 0:
		return d.add(Abs(x.Node), x.exact)
	case 1:
		return d.add(Neg(x.Node), x.exact)
	case 2:
		return d.add(ClipScalar(x.Node, -1, 0.5), x.exact)
	case 3:
		return d.add(MaxScalar(x.Node, 0), x.exact)
	default:
		return d.add(MinScalar(x.Node, 0.25), x.exact)
	}
}

// rounding makes steps, which must be at the same places everywhere.
func (d *draft) rounding() bool {
	steps := []func(*Node) *Node{Floor, Ceil, Sign, Round}
	if d.simple() {
		steps = steps[:3] // simplego rounds ties away from zero, where XLA defines to even
	}
	return d.add(steps[d.rng.IntN(len(steps))](d.pickExact().Node), true)
}

func (d *draft) combine(x, y value) bool {
	if d.gradient > 0 && !(x.exact && y.exact) {
		return d.add(smoothBinaries[d.rng.IntN(len(smoothBinaries))](x.Node, y.Node), false)
	}
	if k := d.rng.IntN(len(smoothBinaries) + 2); k < len(smoothBinaries) {
		return d.add(smoothBinaries[k](x.Node, y.Node), false)
	} else if k == len(smoothBinaries) {
		return d.add(Max(x.Node, y.Node), x.exact && y.exact)
	}
	return d.add(Min(x.Node, y.Node), x.exact && y.exact)
}

var smoothBinaries = []func(x, y *Node) *Node{
	func(x, y *Node) *Node { return MulScalar(Add(x, y), 0.5) },
	func(x, y *Node) *Node { return MulScalar(Sub(x, y), 0.5) },
	func(x, y *Node) *Node { return Mul(x, Tanh(y)) },
	func(x, y *Node) *Node { return Tanh(Mul(x, y)) },
	func(x, y *Node) *Node { return Div(x, AddScalar(Square(y), 1)) },
	func(x, y *Node) *Node { return Pow(AddScalar(Square(Tanh(x)), 0.5), Tanh(y)) },
	func(x, y *Node) *Node { return Tanh(Add(Neg(x), Neg(y))) },
}

func (d *draft) binary() bool {
	x := d.pick()
	return d.combine(x, d.pickLike(x, false))
}

// broadcastBinary combines values of one rank whose axes are equal or 1, or a scalar.
func (d *draft) broadcastBinary() bool {
	x := d.pick()
	y := d.pickAmong(d.values, x, func(v value) bool {
		if v.IsScalar() || v.Rank() != x.Rank() || v.Shape().Equal(x.Shape()) {
			return v.IsScalar()
		}
		for i, n := range v.Shape().Dimensions {
			if m := x.Shape().Dim(i); n != m && n != 1 && m != 1 {
				return false
			}
		}
		return true
	})
	if y.Node == x.Node { // none: make a row of x, or a column
		axes := d.someAxes(x)
		if len(axes) == 0 {
			return false
		}
		y = value{ReduceAndKeep(x.Node, ReduceMean, axes...), false}
	}
	if d.rng.IntN(2) == 0 {
		x, y = y, x
	}
	return d.combine(x, y)
}

// withItself combines a value with rows, columns or elements of itself, or with itself transposed: a reader of one
// place in two ways, which must not be overwritten too early.
func (d *draft) withItself() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	switch d.rng.IntN(3) {
	case 0:
		x = value{calm(x.Node), false} // in no memory yet
	case 1:
		x = value{Gather(x.Node, d.indices(x.Shape().Dim(0), x.Shape().Dim(0))), x.exact} // in memory of its own
	}
	if d.rng.IntN(3) == 0 {
		perm := d.rng.Perm(x.Rank())
		y := TransposeAllAxes(x.Node, perm...)
		return y.Shape().Equal(x.Shape()) && d.combine(x, value{y, x.exact})
	}
	specs := make([]SliceAxisSpec, x.Rank())
	for axis := range specs {
		specs[axis] = AxisRange()
		if d.rng.IntN(2) == 0 {
			k := d.rng.IntN(x.Shape().Dim(axis))
			specs[axis] = AxisRange(k, k+1)
		}
	}
	y := BroadcastToShape(Slice(x.Node, specs...), x.Shape())
	return d.combine(x, value{y, x.exact})
}

// constants invites the compiler's simplifications: some of these change nothing, others only seem so.
func (d *draft) constants() bool {
	x := d.pick()
	c := []float64{0, 1, -1, 2, 0.5, 4, 3}[d.rng.IntN(7)]
	scalar := Scalar(d.graph, d.dtype, c)
	switch d.rng.IntN(8) {
	case 0:
		return d.add(calm(Add(x.Node, scalar)), false)
	case 1:
		return d.add(calm(Sub(scalar, x.Node)), false)
	case 2:
		return d.add(calm(Mul(scalar, x.Node)), false)
	case 3:
		return d.add(calm(Div(x.Node, AddScalar(Square(scalar), 1))), false)
	case 4:
		return d.add(calm(Pow(AddScalar(Square(x.Node), 0.5), scalar)), false)
	case 5:
		return d.add(Neg(Neg(x.Node)), x.exact)
	case 6:
		return d.add(calm(Sub(x.Node, Neg(BroadcastToShape(scalar, x.Shape())))), false)
	default:
		y := d.pickLike(x, false)
		return d.add(Where(GreaterThan(scalar, Scalar(d.graph, d.dtype, 1.5)), x.Node, y.Node), x.exact && y.exact)
	}
}

func (d *draft) compare() bool {
	x := d.pickExact()
	y := d.pickLike(x, true)
	compare := []func(x, y *Node) *Node{GreaterThan, GreaterOrEqual, LessThan, LessOrEqual, Equal,
		NotEqual}[d.rng.IntN(6)]
	if d.rng.IntN(3) == 0 {
		d.bools = append(d.bools, value{compare(x.Node, Scalar(d.graph, d.dtype, 0.25)), true})
	} else {
		d.bools = append(d.bools, value{compare(x.Node, y.Node), true})
	}
	return true
}

func (d *draft) logic() bool {
	if len(d.bools) == 0 {
		return false
	}
	x := d.bools[d.rng.IntN(len(d.bools))]
	y := d.pickAmong(d.bools, x, func(v value) bool { return v.Shape().Equal(x.Shape()) })
	var z *Node
	switch k := d.rng.IntN(6); k {
	case 0, 1, 2:
		z = []func(x, y *Node) *Node{LogicalAnd, LogicalOr, LogicalXor}[k](x.Node, y.Node)
	case 3:
		z = LogicalNot(x.Node)
	default:
		if x.IsScalar() {
			return false
		}
		z = []func(x *Node, axes ...int) *Node{ReduceLogicalAnd, ReduceLogicalOr}[k-4](x.Node, d.someAxes(x)...)
	}
	d.bools = append(d.bools, value{z, true})
	return true
}

func (d *draft) where() bool {
	if len(d.bools) == 0 {
		return false
	}
	c := d.bools[d.rng.IntN(len(d.bools))]
	x := d.pickAmong(d.values, value{}, func(v value) bool {
		return slices.Equal(v.Shape().Dimensions, c.Shape().Dimensions)
	})
	if x.Node == nil {
		return false
	}
	y := d.pickLike(x, false)
	if d.rng.IntN(3) == 0 {
		y = value{Scalar(d.graph, d.dtype, 0.75), true}
	}
	return d.add(Where(c.Node, x.Node, y.Node), x.exact && y.exact)
}

// convert goes through another dtype and back, or comes from bools and integers.
func (d *draft) convert() bool {
	switch d.rng.IntN(4) {
	case 0:
		if len(d.bools) == 0 {
			return false
		}
		return d.add(ConvertDType(d.bools[d.rng.IntN(len(d.bools))].Node, d.dtype), true)
	case 1:
		x := d.ints[d.rng.IntN(len(d.ints))]
		return d.add(calm(ConvertDType(x.Node, d.dtype)), false)
	case 2:
		x := d.pickExact()
		to := []dtypes.DType{dtypes.Float16, dtypes.BFloat16, dtypes.Int32, dtypes.Int8, dtypes.Int64}[d.rng.IntN(5)]
		if d.simple() && to.IsFloat16() {
			to = dtypes.Float32 // simplego truncates to one of them, and lacks the other
		}
		return d.add(ConvertDType(ConvertDType(ClipScalar(x.Node, -9, 9), to), d.dtype), true)
	default:
		if d.dtype == dtypes.Float64 {
			return false // rounding to float32 would make a jump
		}
		return d.add(ConvertDType(ConvertDType(d.pick().Node, dtypes.Float64), d.dtype), false)
	}
}

func (d *draft) integer() bool {
	x := d.ints[d.rng.IntN(len(d.ints))]
	y := d.pickAmong(d.ints, x, func(v value) bool { return v.Shape().Equal(x.Shape()) })
	var z *Node
	switch d.rng.IntN(7) {
	case 0:
		z = Add(x.Node, y.Node)
	case 1:
		z = Sub(x.Node, MulScalar(y.Node, 3))
	case 2:
		z = BitwiseAnd(x.Node, BitwiseNot(y.Node))
	case 3:
		z = BitwiseXor(x.Node, y.Node)
	case 4:
		z = Max(x.Node, Neg(y.Node))
	case 5:
		v := d.pickExact()
		if v.Shape().Size() > maxValue/4 {
			return false
		}
		z = ConvertDType(MulScalar(ClipScalar(v.Node, -9, 9), 4), dtypes.Int32)
	default:
		v := d.pickExact()
		if v.Rank() == 0 {
			return false
		}
		z = ArgMax(v.Node, d.rng.IntN(v.Rank()), dtypes.Int32)
	}
	d.ints = append(d.ints, value{z, true})
	return true
}

// reduce reduces axes, kept as 1, dropped, or broadcast again.
func (d *draft) reduce() bool {
	which := d.rng.IntN(6)
	x := d.pick()
	if which == 0 || which == 1 {
		x = d.pickKinked()
	}
	axes := d.someAxes(x)
	if len(axes) == 0 {
		return false
	}
	n := 1
	for _, axis := range axes {
		n *= x.Shape().Dim(axis)
	}
	var y *Node
	exact := false
	switch which {
	case 0:
		y, exact = ReduceAndKeep(x.Node, ReduceMax, axes...), x.exact
	case 1:
		y, exact = ReduceAndKeep(x.Node, ReduceMin, axes...), x.exact
	case 2:
		if n > 30 {
			return false
		}
		y = ReduceAndKeep(AddScalar(MulScalar(Tanh(x.Node), 0.1), 1), ReduceMultiply, axes...)
	case 3:
		y = MulScalar(ReduceAndKeep(x.Node, ReduceSum, axes...), 1/math.Sqrt(float64(n)))
		y = calm(y)
	default:
		y = ReduceAndKeep(x.Node, ReduceMean, axes...)
	}
	switch d.rng.IntN(3) {
	case 0:
		return d.add(Squeeze(y, axes...), exact)
	case 1:
		return d.add(BroadcastToShape(y, x.Shape()), exact)
	default:
		return d.add(y, exact)
	}
}

// normalise is a softmax, or one of the normalisations of networks, over some axes.
func (d *draft) normalise() bool {
	x := d.pick()
	axes := d.someAxes(x)
	if len(axes) == 0 {
		return false
	}
	switch d.rng.IntN(4) {
	case 0:
		return d.add(MulScalar(Softmax(MulScalar(x.Node, 2), axes...), 3), false)
	case 1:
		return d.add(logSoftmax(x.Node, axes), false)
	case 2:
		return d.add(L2NormalizeWithEpsilon(x.Node, 0.1, axes[0], axes[1:]...), false)
	default:
		centred := Sub(x.Node, ReduceAndKeep(x.Node, ReduceMean, axes...))
		variance := ReduceAndKeep(Square(centred), ReduceMean, axes...)
		return d.add(calm(Mul(centred, Rsqrt(AddScalar(variance, 0.1)))), false)
	}
}

// logSoftmax is the logarithm of a softmax, written out, scaled to order one.
func logSoftmax(x *Node, axes []int) *Node {
	sum := ReduceAndKeep(Exp(x), ReduceSum, axes...)
	return calm(Sub(x, Log(sum)))
}
