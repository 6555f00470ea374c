// Package augment changes training images at random, and says how, so that a network can be told.
//
// A network that is told how each image was changed learns the changed images beside the data, and not in their place:
// told of no change, it makes samples like the data alone. That is the augmentation of Karras et al. 2022, Elucidating
// the Design Space of Diffusion-Based Generative Models, appendix F.2, with quarter turns instead of turns by any
// angle, and stretching along the axes alone.
package augment

import (
	"fmt"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Labels is how many numbers say what was done to an image. All are 0 for one as it was. In their order:
//
//	0  1 for an image mirrored left to right
//	1  1 for an image mirrored top to bottom
//	2  cos(φ) − 1 and
//	3  sin(φ) of the turn by φ, a multiple of π/2, against the clock
//	4  w of scaling by 2^(w/5)
//	5  w of stretching by 2^(w/5) in width and 2^(−w/5) in height
//	6  w of moving to the right by w/8 of the width
//	7  w of moving down by w/8 of the height
const Labels = 8

const (
	scaleUnit = 0.2   // of the exponent of 2
	moveUnit  = 0.125 // of the image
	mostDrawn = 3     // standard deviations
	// LeastSize is the smallest size of images that are changed.
	LeastSize = 4
)

// Images changes each of the images x, [n, size, size, channels] of floats, by each kind of change (a mirror, another
// mirror, a turn, scaling, stretching, moving) with probability p. Scales and distances are normal with deviation 1 in
// the units of [Labels], up to 3 of them. It returns the images and what was done, [n, Labels]. All randomness comes
// from the generator of vars.
func Images(vars *mlcontext.Context, x *Node, p float64) (changed, labels *Node) {
	labels = draw(vars, x, p)
	return Apply(x, labels), labels
}

// draw makes labels for images x.
func draw(vars *mlcontext.Context, x *Node, p float64) *Node {
	g, n, dtype := x.Graph(), x.Shape().Dimensions[0], x.DType()
	const kinds, coins, normals = 6, 3, 4
	gates := vars.RandomUniform(g, shapes.Make(dtype, n, kinds))
	coin := vars.RandomUniform(g, shapes.Make(dtype, n, coins))
	normal := ClipScalar(vars.RandomNormal(g, shapes.Make(dtype, n, normals)), -mostDrawn, mostDrawn)
	column := func(x *Node, i int) *Node { return SliceAxis(x, 1, AxisRange(i, i+1)) }
	gated := func(kind int, labels ...*Node) (list []*Node) {
		happens := LessThan(column(gates, kind), Scalar(g, dtype, p))
		for _, label := range labels {
			list = append(list, Where(happens, label, ZerosLike(label)))
		}
		return list
	}
	half := func(x *Node) *Node { return ConvertDType(LessThan(x, Scalar(g, dtype, 0.5)), dtype) }
	quarter := Floor(MulScalar(column(coin, 2), 4)) // 0 to 3
	is := func(k float64) *Node { return ConvertDType(Equal(quarter, Scalar(g, dtype, k)), dtype) }
	cosine := Neg(Add(Add(is(1), is(3)), MulScalar(is(2), 2))) // cos(φ) − 1
	var all []*Node
	all = append(all, gated(0, half(column(coin, 0)))...)
	all = append(all, gated(1, half(column(coin, 1)))...)
	all = append(all, gated(2, cosine, Sub(is(1), is(3)))...)
	all = append(all, gated(3, column(normal, 0))...)
	all = append(all, gated(4, column(normal, 1))...)
	all = append(all, gated(5, column(normal, 2), column(normal, 3))...)
	return Concatenate(all, 1)
}

// Apply changes images x, [n, size, size, channels] of floats, as labels say, [n, Labels], in their order: mirrors, the
// turn, scaling and stretching about the centre, and moving. Between pixels it interpolates linearly, with a wider
// kernel where it shrinks, and beyond its border an image goes on mirrored. It panics, as graph functions do, when
// shapes don't fit.
func Apply(x, labels *Node) *Node {
	d, l := x.Shape().Dimensions, labels.Shape().Dimensions
	if len(d) != 4 || d[1] != d[2] || d[1] < LeastSize || len(l) != 2 || l[0] != d[0] || l[1] != Labels ||
		!x.DType().IsFloat() || labels.DType() != x.DType() {
		panic(fmt.Errorf("augment: images %s and labels %s; give [n, size, size, channels] with a size of %d or more, "+
			"and [n, %d] of the same type of float", x.Shape(), labels.Shape(), LeastSize, Labels))
	}
	of := func(i int) *Node { return Reshape(SliceAxis(labels, 1, AxisRange(i, i+1)), d[0], 1, 1) } // [n, 1, 1]
	above := func(y *Node, least float64) *Node { return GreaterThan(y, Scalar(y.Graph(), y.DType(), least)) }
	where := func(happens, yes, no *Node) *Node { // happens [n, 1, 1]
		return Where(BroadcastToDims(InsertAxes(happens, -1), d...), yes, no)
	}
	x = where(above(of(0), 0.5), Reverse(x, 2), x)
	x = where(above(of(1), 0.5), Reverse(x, 1), x)

	cosine, sine := of(2), of(3)
	half := above(Neg(cosine), 1.5)
	x = where(above(Abs(sine), 0.5), TransposeAllDims(x, 0, 2, 1, 3), x)
	x = where(LogicalOr(above(sine, 0.5), half), Reverse(x, 1), x)
	x = where(LogicalOr(above(Neg(sine), 0.5), half), Reverse(x, 2), x)

	two := Scalar(x.Graph(), x.DType(), 2)
	wider := Pow(two, MulScalar(Add(of(4), of(5)), scaleUnit))
	higher := Pow(two, MulScalar(Sub(of(4), of(5)), scaleUnit))
	size := float64(d[1])
	rows := resampling(higher, MulScalar(of(7), moveUnit*size), d[1])
	columns := resampling(wider, MulScalar(of(6), moveUnit*size), d[1])
	x = DotGeneral(rows, []int{2}, []int{0}, x, []int{1}, []int{0})    // [n, y, width, channels]
	x = DotGeneral(columns, []int{2}, []int{0}, x, []int{2}, []int{0}) // [n, x, y, channels]
	return TransposeAllDims(x, 0, 2, 1, 3)
}

// resampling are the weights, [n, out, in], that scale size pixels about their centre and then move them; scale and
// move are [n, 1, 1]. The kernel is the triangle of linear interpolation, averaged over the width that an output has
// beyond a pixel where it shrinks. It leaves straight lines straight, and scale 1 with whole pixels is exact.
func resampling(scale, move *Node, size int) *Node {
	g, dtype := scale.Graph(), scale.DType()
	index := func(axis int) *Node { return Iota(g, shapes.Make(dtype, 1, size, size), axis) }
	centre, period := float64(size-1)/2, float64(2*(size-1))
	at := AddScalar(Div(Sub(AddScalar(index(1), -centre), move), scale), centre) // [n, out, in], in is of no account
	at = Sub(at, MulScalar(Floor(MulScalar(at, 1/period)), period))              // an image and its mirror image
	at = Min(at, AddScalar(Neg(at), period))                                     // [0, size-1]

	extra := Max(AddScalar(Reciprocal(scale), -1), ScalarZero(g, dtype))
	kernel := func(distance *Node) *Node {
		triangle := Max(OneMinus(Abs(distance)), ScalarZero(g, dtype))
		integral := func(x *Node) *Node {
			x = ClipScalar(x, -1, 1)
			return Sub(x, MulScalar(Mul(x, Abs(x)), 0.5))
		}
		const least = 0.01 // less would lose digits, and matters less
		half := MulScalar(extra, 0.5)
		wide := Div(Sub(integral(Add(distance, half)), integral(Sub(distance, half))),
			Max(extra, Scalar(g, dtype, least)))
		return Where(BroadcastToShape(LessThan(extra, Scalar(g, dtype, least)), wide.Shape()), triangle, wide)
	}
	in := index(2)
	inside := func(i float64) *Node { // 0 for the pixel that is its own mirror image, else 1
		return ConvertDType(NotEqual(in, Scalar(g, dtype, i)), dtype)
	}
	weights := kernel(Sub(at, in))
	weights = Add(weights, Mul(inside(0), kernel(Add(at, in))))
	return Add(weights, Mul(inside(float64(size-1)), kernel(AddScalar(Add(at, in), -period))))
}
