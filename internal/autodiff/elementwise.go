package autodiff

import (
	"slices"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

func identityRule(_, v *Node) []*Node { return []*Node{v} }

// zeroRule is for operations that pass no gradient.
func zeroRule(node, _ *Node) []*Node { return make([]*Node, len(node.Inputs())) }

// convertRule: y = convert(x) passes v converted back, but nothing to an integer or a boolean.
func convertRule(node, v *Node) []*Node {
	from := node.Inputs()[0].DType()
	switch {
	case from.IsFloat() && node.DType().IsComplex():
		return []*Node{ConvertDType(Real(v), from)}
	case from.IsFloat() && node.DType().IsFloat(), from.IsComplex():
		return []*Node{ConvertDType(v, from)}
	default:
		return []*Node{nil}
	}
}

// expm1Rule: d(eˣ − 1) = eˣ = y + 1.
func expm1Rule(node, v *Node) []*Node { return []*Node{Mul(v, OnePlus(node))} }

// logRule: d log x = 1/x.
func logRule(node, v *Node) []*Node { return []*Node{Div(v, node.Inputs()[0])} }

// log1pRule: d log(1 + x) = 1/(1 + x).
func log1pRule(node, v *Node) []*Node { return []*Node{Div(v, OnePlus(node.Inputs()[0]))} }

// sqrtRule: d√x = 1/(2√x) = 1/(2y).
func sqrtRule(node, v *Node) []*Node { return []*Node{Div(MulScalar(v, 0.5), node)} }

// rsqrtRule: d x^(−1/2) = −½ x^(−3/2) = −½ y³.
func rsqrtRule(node, v *Node) []*Node {
	return []*Node{Mul(v, MulScalar(Mul(node, Square(node)), -0.5))}
}

func addRule(node, v *Node) []*Node {
	in := node.Inputs()
	return []*Node{unbroadcast(v, in[0]), unbroadcast(v, in[1])}
}

// complexRule splits v into its parts. An operand that was a scalar, as in the rules of Real and Imag, gets their sum.
func complexRule(node, v *Node) []*Node {
	in := node.Inputs()
	return []*Node{unbroadcast(Real(v), in[0]), unbroadcast(Imag(v), in[1])}
}

func subRule(node, v *Node) []*Node {
	in := node.Inputs()
	return []*Node{unbroadcast(v, in[0]), Neg(unbroadcast(v, in[1]))}
}

// mulRule: d(ab) = b da + a db. A square has one product instead of two.
func mulRule(node, v *Node) []*Node {
	a, b := node.Inputs()[0], node.Inputs()[1]
	if a == b {
		return []*Node{Mul(scaled(v, 2), a), nil}
	}
	if gradients, ok := siluRule(node, v); ok {
		return gradients
	}
	return []*Node{unbroadcast(Mul(v, b), a), unbroadcast(Mul(v, a), b)}
}

// scaled multiplies v by a constant; where v repeats a smaller tensor, it multiplies that one.
func scaled(v *Node, by float64) *Node {
	if v.Type() != NodeTypeBroadcastInDim {
		return MulScalar(v, by)
	}
	small, kept := v.Inputs()[0], attributesOf(v).integers("broadcastAxes")
	var added []int
	for axis := range v.Rank() {
		if !slices.Contains(kept, axis) {
			added = append(added, axis)
		}
	}
	return ExpandAndBroadcast(MulScalar(small, by), v.Shape().Dimensions, added)
}

// divRule: d(a/b) = da/b − y db/b.
func divRule(node, v *Node) []*Node {
	a, b := node.Inputs()[0], node.Inputs()[1]
	q := Div(v, b)
	return []*Node{unbroadcast(q, a), Neg(unbroadcast(Mul(q, node), b))}
}

// powRule: d(aᵇ) = b aᵇ⁻¹ da + log(a) y db, with the limits at b = 0 and a = 0 instead of 0·∞: otherwise the third
// derivative of x² at 0 is not a number.
func powRule(node, v *Node) []*Node {
	a, b := node.Inputs()[0], node.Inputs()[1]
	one := ScalarOne(node.Graph(), node.DType())
	da := Mul(v, Mul(b, Pow(a, Where(IsZero(b), one, MinusOne(b)))))
	db := Mul(Mul(v, Log(Where(IsZero(a), one, a))), node)
	return []*Node{unbroadcast(da, a), unbroadcast(db, b)}
}

// remRule: y = a − b·n with n = trunc(a/b), constant between jumps: dy = da − n db.
func remRule(node, v *Node) []*Node {
	a, b := node.Inputs()[0], node.Inputs()[1]
	n := Round(Div(Sub(a, node), b))
	return []*Node{unbroadcast(v, a), Neg(unbroadcast(Mul(v, n), b))}
}

// maxRule gives the gradient to the larger operand, at a tie to the first: Max(x, 0) at 0 has slope 1, as in GoMLX.
func maxRule(node, v *Node) []*Node {
	return chooseFirst(node, v, GreaterOrEqual(node.Inputs()[0], node.Inputs()[1]))
}

// minRule gives the gradient to the smaller operand, at a tie to the first.
func minRule(node, v *Node) []*Node {
	return chooseFirst(node, v, LessOrEqual(node.Inputs()[0], node.Inputs()[1]))
}

func chooseFirst(node, v, first *Node) []*Node {
	zero := ScalarZero(node.Graph(), v.DType())
	return []*Node{
		unbroadcast(Where(first, v, zero), node.Inputs()[0]),
		unbroadcast(Where(first, zero, v), node.Inputs()[1]),
	}
}

// clampRule gives the gradient to whichever of the lower bound, x and the upper bound was taken; to x at a tie.
func clampRule(node, v *Node) []*Node {
	low, x, high := node.Inputs()[0], node.Inputs()[1], node.Inputs()[2]
	zero := ScalarZero(node.Graph(), v.DType())
	below, above := LessThan(x, low), GreaterThan(x, high)
	return []*Node{
		unbroadcast(Where(below, v, zero), low),
		Where(LogicalOr(below, above), zero, v),
		unbroadcast(Where(above, v, zero), high),
	}
}

func whereRule(node, v *Node) []*Node {
	condition, onTrue, onFalse := node.Inputs()[0], node.Inputs()[1], node.Inputs()[2]
	zero := ScalarZero(node.Graph(), v.DType())
	return []*Node{
		nil,
		unbroadcast(Where(condition, v, zero), onTrue),
		unbroadcast(Where(condition, zero, v), onFalse),
	}
}

// unbroadcast sums v over the axes along which the operation repeated input, and returns it in the shape of input.
func unbroadcast(v, input *Node) *Node {
	if v.Shape().Equal(input.Shape()) {
		return v
	}
	var axes []int // of a scalar all
	if !input.IsScalar() {
		for axis, dim := range input.Shape().Dimensions {
			if dim != v.Shape().Dimensions[axis] {
				axes = append(axes, axis)
			}
		}
	}
	return Reshape(sum(v, axes), input.Shape().Dimensions...)
}

// sum is ReduceSum. Types of 16 bits are summed in float32: a thousand numbers use up their digits.
func sum(v *Node, axes []int) *Node {
	if v.DType().Size() > 2 || !v.DType().IsFloat() {
		return ReduceSum(v, axes...)
	}
	return ConvertDType(ReduceSum(ConvertDType(v, dtypes.Float32), axes...), v.DType())
}
