package autodiff

import (
	"fmt"
	"reflect"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// window holds the parameters of ReduceWindow or SelectAndScatter, one entry an axis: output o reads the dilated
// input at o·stride + k·windowDilation − padding[0] for k < size.
type window struct {
	sizes, strides, baseDilations, windowDilations []int
	paddings                                       [][2]int
}

func reduceWindowRule(node, v *Node) []*Node {
	x := node.Inputs()[0]
	a := attributesOf(node)
	rank := x.Rank()
	w := window{
		sizes:           a.integers("windowDimensions"),
		baseDilations:   a.integersOr("baseDilations", rank, 1),
		windowDilations: a.integersOr("windowDilations", rank, 1),
		paddings:        a.pairs("paddings", rank),
	}
	if w.strides = a.integers("strides"); w.strides == nil {
		w.strides = w.sizes
	}
	switch kind := backends.ReduceOpType(a.field("reductionType", reflect.Int).Int()); kind {
	case backends.ReduceOpSum:
		return []*Node{w.sumGradient(x, v)}
	case backends.ReduceOpMax, backends.ReduceOpMin:
		if hasDilation(w.baseDilations) || hasDilation(w.windowDilations) {
			panic(fmt.Errorf("autodiff: the gradient of a dilated ReduceWindow is defined for sums, got %s with "+
				"dilations %v and %v; dilate the operand with Pad instead", kind, w.baseDilations, w.windowDilations))
		}
		return selectAndScatter(node, []*Node{v}, shapes.Make(v.DType()))
	default:
		panic(fmt.Errorf("autodiff: ReduceWindow has a gradient for sum, max and min, got %s; "+
			"write a product of windows as the exponential of a sum of logarithms", kind))
	}
}

func hasDilation(dilations []int) bool {
	for _, d := range dilations {
		if d > 1 {
			return true
		}
	}
	return false
}

// sumGradient is the input gradient of a convolution (see conv.inputGradient) with a kernel of ones: a window sum over
// v dilated by the strides. Pad dilates and pads, since it takes negative padding and ReduceWindow doesn't (and since
// go-xla v0.1.4 mistakes window dilations for base dilations).
func (w window) sumGradient(x, v *Node) *Node {
	rank := x.Rank()
	pads := make([]PadAxis, rank)
	for d := range rank {
		size := (w.sizes[d]-1)*w.windowDilations[d] + 1
		low := size - 1 - w.paddings[d][0]
		wanted := (x.Shape().Dimensions[d]-1)*w.baseDilations[d] + size
		given := (v.Shape().Dimensions[d]-1)*w.strides[d] + 1
		pads[d] = PadAxis{Start: low, End: wanted - given - low, Interior: w.strides[d] - 1}
	}
	dilations := w.windowDilations
	if !hasDilation(dilations) {
		dilations = nil
	}
	padded := Pad(v, ScalarZero(v.Graph(), v.DType()), pads...)
	return BackendReduceWindow(padded, backends.ReduceOpSum, w.sizes, w.baseDilations, nil, dilations, nil)
}

// selectAndScatterRule: SelectAndScatter adds source[o] to the element of x that window o selects, so source[o]
// receives v at that element, the first one at a tie. The selection is constant between jumps. With K elements in a
// window it takes K strided slices of x and of v, all of which have rules.
func selectAndScatterRule(node, v *Node) []*Node {
	x, source := node.Inputs()[0], node.Inputs()[1]
	a := attributesOf(node)
	w := window{sizes: a.integers("windowDimensions"), paddings: a.pairs("paddings", x.Rank())}
	if w.strides = a.integers("windowStrides"); w.strides == nil {
		w.strides = w.sizes
	}
	better, worst := GreaterThan, x.DType().LowestValue()
	if node.Type() == NodeTypeSelectAndScatterMin {
		better, worst = LessThan, x.DType().HighestValue()
	}
	xs := w.elements(StopGradient(x), Const(x.Graph(), worst), source)
	vs := w.elements(v, ScalarZero(v.Graph(), v.DType()), source)
	best, taken := xs[0], vs[0]
	for k := 1; k < len(xs); k++ {
		wins := better(xs[k], best)
		best, taken = Where(wins, xs[k], best), Where(wins, vs[k], taken)
	}
	return []*Node{nil, taken}
}

// elements returns for each position k inside the window the tensor, shaped as the output, of what every window holds
// there.
func (w window) elements(x, fill, output *Node) []*Node {
	rank := x.Rank()
	pads := make([]PadAxis, rank)
	count := 1
	for d := range rank {
		pads[d] = PadAxis{Start: w.paddings[d][0], End: w.paddings[d][1]}
		count *= w.sizes[d]
	}
	x = Pad(x, fill, pads...)
	out := make([]*Node, count)
	for k := range out {
		specs, rest := make([]SliceAxisSpec, rank), k
		for d := rank - 1; d >= 0; d-- {
			at := rest % w.sizes[d]
			rest /= w.sizes[d]
			last := at + (output.Shape().Dimensions[d]-1)*w.strides[d]
			specs[d] = AxisRange(at, last+1).Stride(w.strides[d])
		}
		out[k] = Slice(x, specs...)
	}
	return out
}
