package simd_test

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// This file holds the ops that move values, index into them, and multiply them.

func init() {
	addKind(5, (*draft).transpose)
	addKind(5, (*draft).reshape)
	addKind(5, (*draft).slice)
	addKind(4, (*draft).pad, backends.OpTypePad)
	addKind(4, (*draft).concatenate)
	addKind(3, (*draft).expand)
	addKind(3, (*draft).reverse, backends.OpTypeReverse)
	addKind(3, (*draft).gather)
	addKind(3, (*draft).scatter)
	addKind(3, (*draft).dynamicSlice, backends.OpTypeDynamicSlice, backends.OpTypeDynamicUpdateSlice)
	addKind(2, (*draft).window)
	addKind(2, (*draft).randomBits)
	addKind(8, (*draft).dot)
	addKind(8, (*draft).convolve)
}

func (d *draft) transpose() bool {
	x := d.pick()
	return x.Rank() > 1 && d.add(TransposeAllAxes(x.Node, d.rng.Perm(x.Rank())...), x.exact)
}

// reshape joins an axis with the next, or splits one.
func (d *draft) reshape() bool {
	x := d.pick()
	dims := x.Shape().Clone().Dimensions
	if len(dims) == 0 {
		return false
	}
	axis := d.rng.IntN(len(dims))
	if d.rng.IntN(2) == 0 && axis+1 < len(dims) {
		dims[axis+1] *= dims[axis]
		dims = append(dims[:axis], dims[axis+1:]...)
	} else {
		factor := 1 + d.rng.IntN(4)
		if dims[axis]%factor != 0 {
			return false
		}
		dims[axis] /= factor
		dims = append(dims[:axis], append([]int{factor}, dims[axis:]...)...)
	}
	return d.add(Reshape(x.Node, dims...), x.exact)
}

func (d *draft) slice() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	specs := make([]SliceAxisSpec, x.Rank())
	for axis := range specs {
		specs[axis] = AxisRange()
		if n := x.Shape().Dim(axis); d.rng.IntN(2) == 0 {
			from := d.rng.IntN(n)
			specs[axis] = AxisRange(from, from+1+d.rng.IntN(n-from)).Stride(1 + d.rng.IntN(3))
		}
	}
	return d.add(Slice(x.Node, specs...), x.exact)
}

func (d *draft) pad() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	axes := make([]backends.PadAxis, x.Rank())
	for i := range axes {
		if d.rng.IntN(2) == 0 {
			axes[i] = backends.PadAxis{Start: d.rng.IntN(3), End: d.rng.IntN(3), Interior: d.rng.IntN(2)}
			if n := x.Shape().Dim(i); n > 4 && d.rng.IntN(3) == 0 {
				axes[i] = backends.PadAxis{Start: -d.rng.IntN(3), End: 1 - d.rng.IntN(3)}
			}
		}
	}
	return d.add(Pad(x.Node, Scalar(d.graph, d.dtype, 0.5), axes...), x.exact)
}

// concatenate joins a value to others that differ from it in one axis at most.
func (d *draft) concatenate() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	axis := d.rng.IntN(x.Rank())
	parts, exact := []*Node{x.Node}, x.exact
	for range 1 + d.rng.IntN(2) {
		y := d.pickAmong(d.values, x, func(v value) bool {
			if v.Rank() != x.Rank() {
				return false
			}
			for i, n := range v.Shape().Dimensions {
				if i != axis && n != x.Shape().Dim(i) {
					return false
				}
			}
			return true
		})
		parts, exact = append(parts, y.Node), exact && y.exact
	}
	return d.add(Concatenate(parts, axis), exact)
}

// expand inserts an axis and repeats the value along it.
func (d *draft) expand() bool {
	x := d.pick()
	axis := d.rng.IntN(x.Rank() + 1)
	y := ExpandAxes(x.Node, axis)
	dims := y.Shape().Clone().Dimensions
	dims[axis] = 1 + d.rng.IntN(4)
	return d.add(BroadcastToDims(y, dims...), x.exact)
}

func (d *draft) reverse() bool {
	x := d.pick()
	return x.Rank() > 0 && d.add(Reverse(x.Node, d.someAxes(x)...), x.exact)
}

// indices are n row numbers below a limit, computed.
func (d *draft) indices(n, limit int) *Node {
	all := d.ints[d.rng.IntN(len(d.ints))].Node
	all = Reshape(all, all.Shape().Size())
	for all.Shape().Size() < n {
		all = Concatenate([]*Node{all, all}, 0)
	}
	all = Slice(all, AxisRange(0, n))
	limitNode := Scalar(d.graph, dtypes.Int32, limit)
	return Reshape(Mod(BitwiseAnd(all, Scalar(d.graph, dtypes.Int32, 0xffff)), limitNode), n, 1)
}

// gather takes rows, some of them several times.
func (d *draft) gather() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	return d.add(Gather(x.Node, d.indices(1+d.rng.IntN(6), x.Shape().Dim(0))), x.exact)
}

// scatter adds rows of another value, or of itself, at indices that may repeat.
func (d *draft) scatter() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	n := 1 + d.rng.IntN(min(5, x.Shape().Dim(0)))
	y := d.pickLike(x, false)
	specs := make([]SliceAxisSpec, x.Rank())
	for i := range specs {
		specs[i] = AxisRange()
	}
	specs[0] = AxisRange(0, n)
	return d.add(calm(ScatterSum(x.Node, d.indices(n, x.Shape().Dim(0)), Slice(y.Node, specs...), false, false)), false)
}

// dynamicSlice cuts out of a value where an integer says, or writes there.
func (d *draft) dynamicSlice() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	var starts []*Node
	var sizes []int
	for i := range x.Rank() {
		n := x.Shape().Dim(i)
		size := 1 + d.rng.IntN(n)
		sizes = append(sizes, size)
		starts = append(starts, Reshape(d.indices(1, n-size+1)))
	}
	cut := DynamicSlice(x.Node, starts, sizes)
	if d.rng.IntN(2) == 0 {
		return d.add(cut, x.exact)
	}
	y := d.pickLike(x, false)
	return d.add(DynamicUpdateSlice(y.Node, cut, starts), x.exact && y.exact)
}

// window pools over windows of two, or sums up along an axis.
func (d *draft) window() bool {
	switch d.rng.IntN(3) {
	case 0:
		x := d.pick()
		return x.Rank() == 4 && min(x.Shape().Dim(1), x.Shape().Dim(2)) > 1 &&
			d.add(MeanPool(x.Node).Window(2).Done(), false)
	case 1:
		x := d.pickKinked()
		return x.Rank() == 4 && min(x.Shape().Dim(1), x.Shape().Dim(2)) > 1 &&
			d.add(MaxPool(x.Node).Window(2).Done(), x.exact)
	default:
		x := d.pick()
		return x.Rank() > 0 && x.Shape().Size() < 2000 && d.add(calm(CumSum(x.Node, d.rng.IntN(x.Rank()))), false)
	}
}

// randomBits mixes in random numbers. Every backend draws others, so their difference from themselves is what is used.
func (d *draft) randomBits() bool {
	x := d.pick()
	state := Const(d.graph, tensors.FromValue([]uint64{d.seed, 1, 2}))
	_, u := RandomUniform(state, shapes.Make(d.dtype, x.Shape().Dimensions...))
	return d.add(Add(x.Node, Floor(u)), x.exact) // u < 1
}

// dot contracts an axis of one value with an axis of another, with others in common as a batch.
func (d *draft) dot() bool {
	x := d.pick()
	if x.Rank() == 0 {
		return false
	}
	xa := d.rng.IntN(x.Rank())
	n := x.Shape().Dim(xa)
	y := d.pickAmong(d.values, x, func(v value) bool {
		for _, m := range v.Shape().Dimensions {
			if m == n {
				return true
			}
		}
		return false
	})
	ya := 0
	for y.Shape().Dim(ya) != n {
		ya++
	}
	var xBatch, yBatch []int
	size := x.Shape().Size() / n * (y.Shape().Size() / n)
	for i := range x.Rank() {
		for j := range y.Rank() {
			free := i != xa && j != ya && (len(yBatch) == 0 || yBatch[len(yBatch)-1] < j)
			if free && x.Shape().Dim(i) == y.Shape().Dim(j) && d.rng.IntN(3) > 0 {
				xBatch, yBatch = append(xBatch, i), append(yBatch, j)
				size /= x.Shape().Dim(i)
				break
			}
		}
	}
	if size > maxValue || size*n > 3_000_000 {
		return false
	}
	z := DotGeneral(x.Node, []int{xa}, xBatch, y.Node, []int{ya}, yBatch)
	return d.add(calm(MulScalar(z, 1/math.Sqrt(float64(n)))), false)
}

// convolve convolves a value, reshaped to a batch of images or sequences, with a kernel that is constant or computed.
func (d *draft) convolve() bool {
	x := d.pick()
	spatial := 1 + d.rng.IntN(2)
	dims := x.Shape().Clone().Dimensions
	if len(dims) < 2 {
		return false
	}
	for len(dims) > spatial+2 {
		dims = append([]int{dims[0] * dims[1]}, dims[2:]...)
	}
	for len(dims) < spatial+2 {
		dims = append([]int{1}, dims...)
	}
	images := Reshape(x.Node, dims...)
	channels, groups := dims[spatial+1], 1
	features := 1 + d.rng.IntN(8)
	if channels == 32 && d.rng.IntN(2) == 0 {
		features = 32
	}
	if channels%2 == 0 && d.rng.IntN(4) == 0 && !d.simple() { // simplego's groups run over its arrays
		groups, features = 2, 2*features
	}
	kernel := make([]int, 0, spatial+2)
	taps := 1
	for i := range spatial {
		k := min(1+d.rng.IntN(4), dims[1+i])
		if features == 32 {
			k = min(3, dims[1+i])
		}
		kernel, taps = append(kernel, k), taps*k
	}
	kernel = append(kernel, channels/groups, features)
	if images.Shape().Size()/channels*taps*channels/groups*features > 12_000_000 {
		return false
	}
	weights := d.weights(kernel)
	conv := Convolve(images, MulScalar(weights, 1/math.Sqrt(float64(taps*channels/groups)))).ChannelGroupCount(groups)
	if d.rng.IntN(2) == 0 {
		conv.PadSame()
	} else {
		conv.NoPadding()
	}
	stride := 1
	if features != 32 {
		stride = 1 + d.rng.IntN(2)
	}
	conv.Strides(stride)
	y := conv.Done()
	return y.Shape().Size() > 0 && d.add(calm(y), false)
}

// weights are a kernel of constants, or of a value's elements.
func (d *draft) weights(dims []int) *Node {
	shape := shapes.Make(d.dtype, dims...)
	n := shape.Size()
	y := d.pick()
	if d.rng.IntN(2) == 0 || y.Shape().Size() < n {
		rng := rand.New(rand.NewPCG(d.seed, uint64(len(d.values))))
		flat := make([]float64, n)
		for i := range flat {
			flat[i] = rng.NormFloat64()
		}
		return ConvertDType(Const(d.graph, tensors.FromFlatDataAndDimensions(flat, dims...)), d.dtype)
	}
	return Reshape(Slice(Reshape(y.Node, y.Shape().Size()), AxisRange(0, n)), dims...)
}
