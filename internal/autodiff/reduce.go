package autodiff

import (
	"slices"

	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// reducedAxes returns the axes that a Reduce* node removed: all where it names none.
func reducedAxes(node *Node) []int {
	x := node.Inputs()[0]
	if axes := attributesOf(node).integers("axes"); axes != nil {
		return axes
	}
	return consecutive(0, x.Rank())
}

// expand repeats y along the axes that a reduction of x removed.
func expand(y, x *Node, axes []int) *Node {
	if len(axes) == 0 {
		return y
	}
	return ExpandAndBroadcast(y, x.Shape().Dimensions, axes)
}

func reduceSumRule(node, v *Node) []*Node {
	return []*Node{expand(v, node.Inputs()[0], reducedAxes(node))}
}

// reduceExtremeRule serves ReduceMax and ReduceMin. Elements that tie for the extreme share the gradient evenly, so
// that it still sums to v; GoMLX gives all of it to each.
func reduceExtremeRule(node, v *Node) []*Node {
	x := node.Inputs()[0]
	axes := reducedAxes(node)
	chosen := Equal(x, expand(node, x, axes))
	ties := ReduceSum(ConvertDType(chosen, x.DType()), axes...)
	zero := ScalarZero(v.Graph(), v.DType())
	return []*Node{Where(chosen, expand(Div(v, ties), x, axes), zero)}
}

// reduceProductRule multiplies v by the product of all the other factors, which is that of the factors before and of
// those after. Dividing the product by each factor would fail at zeros, and at every order above.
func reduceProductRule(node, v *Node) []*Node {
	x := node.Inputs()[0]
	axes := reducedAxes(node)
	if len(axes) == 0 {
		return []*Node{v}
	}
	kept := make([]int, 0, x.Rank())
	for axis := range x.Rank() {
		if !slices.Contains(axes, axis) {
			kept = append(kept, axis)
		}
	}
	permutation := slices.Concat(kept, axes)
	moved := transpose(x, permutation)
	flat := Reshape(moved, v.Shape().Size(), -1) // [kept, reduced]
	others := Mul(productsBefore(flat, 1), productsBefore(flat, -1))
	others = transpose(Reshape(others, moved.Shape().Dimensions...), inverse(permutation))
	return []*Node{Mul(expand(v, x, axes), others)}
}

// productsBefore returns, for each column of x [rows, n], the product of the columns before it (direction 1) or after
// it (−1): shift by one, then by doubling.
func productsBefore(x *Node, direction int) *Node {
	n := x.Shape().Dimensions[1]
	shift := func(x *Node, by int) *Node {
		axis := PadAxis{Start: by * direction, End: -by * direction}
		return Pad(x, ScalarOne(x.Graph(), x.DType()), PadAxis{}, axis)
	}
	products := shift(x, 1)
	for by := 1; by < n; by *= 2 {
		products = Mul(products, shift(products, by))
	}
	return products
}
