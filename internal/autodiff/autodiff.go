// Package autodiff completes GoMLX's reverse-mode differentiation.
//
// Importing it (a blank import will do) replaces entries of graph.VJPRegistration, the table of vector-Jacobian
// products (VJPs) that graph.Gradient looks up, one rule an operation:
//
//   - rules that GoMLX v0.26.0 has but that move far too much memory (Dot and DotGeneral broadcast, multiply and
//     reduce; ours are DotGeneral again);
//   - rules it lacks (Pad, Reverse, Rsqrt, Expm1, Clamp, Rem, Identity, ReduceProduct, ...);
//   - rules it has for a part of an operation only (convolutions with input dilation, windows of scattered slices,
//     dilated windows), or that fail when differentiated again.
//
// The set is closed under differentiation: a rule emits only operations that have a rule here or in GoMLX, so
// gradients of gradients of gradients exist. Action Matching needs two orders, its entropic form three. Every rule is
// tested against central differences up to third order.
//
// Two habits keep the emitted graphs small. An operand that broadcasts is left to the implicit broadcasting of the
// next operation rather than expanded, and zeros are scalars. A rule returns products for all inputs, also those
// nobody asked for: backends drop unused nodes.
//
// Rules panic, as graph building does in GoMLX.
package autodiff

import (
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// rule computes, from a node with one output and the gradient v of the final scalar with respect to that output, the
// gradient with respect to each input of the node; nil stands for "none".
type rule func(node, v *graph.Node) []*graph.Node

// rules lists what this package replaces or adds.
var rules = map[graph.NodeType]rule{
	// One input, element by element.
	graph.NodeTypeIdentity:     identityRule,
	graph.NodeTypeConvertDType: convertRule,
	graph.NodeTypeExpm1:        expm1Rule,
	graph.NodeTypeLog:          logRule,
	graph.NodeTypeLog1p:        log1pRule,
	graph.NodeTypeSqrt:         sqrtRule,
	graph.NodeTypeRsqrt:        rsqrtRule,
	graph.NodeTypeFloor:        zeroRule,
	graph.NodeTypeCeil:         zeroRule,
	graph.NodeTypeRound:        zeroRule,
	graph.NodeTypeSign:         zeroRule,

	// Several inputs, element by element, broadcast.
	graph.NodeTypeAdd:   addRule,
	graph.NodeTypeSub:   subRule,
	graph.NodeTypeMul:   mulRule,
	graph.NodeTypeDiv:   divRule,
	graph.NodeTypePow:   powRule,
	graph.NodeTypeRem:   remRule,
	graph.NodeTypeMax:   maxRule,
	graph.NodeTypeMin:   minRule,
	graph.NodeTypeClamp: clampRule,
	graph.NodeTypeWhere: whereRule,

	graph.NodeTypeComplex: complexRule,

	// Products.
	graph.NodeTypeDot:         dotRule,
	graph.NodeTypeDotGeneral:  dotGeneralRule,
	graph.NodeTypeConvGeneral: convRule,

	// Moves.
	graph.NodeTypePad:                padRule,
	graph.NodeTypeReverse:            reverseRule,
	graph.NodeTypeTranspose:          transposeRule,
	graph.NodeTypeGather:             gatherRule,
	graph.NodeTypeScatterSum:         scatterSumRule,
	graph.NodeTypeDynamicUpdateSlice: dynamicUpdateSliceRule,

	// Reductions.
	graph.NodeTypeReduceSum:           reduceSumRule,
	graph.NodeTypeReduceMax:           reduceExtremeRule,
	graph.NodeTypeReduceMin:           reduceExtremeRule,
	graph.NodeTypeReduceProduct:       reduceProductRule,
	graph.NodeTypeReduceWindow:        reduceWindowRule,
	graph.NodeTypeSelectAndScatterMax: selectAndScatterRule,
	graph.NodeTypeSelectAndScatterMin: selectAndScatterRule,
}

// constants are operations whose result is of integer or boolean type, or constant between jumps: no gradient passes.
var constants = []graph.NodeType{
	graph.NodeTypeEqual, graph.NodeTypeEqualTotalOrder, graph.NodeTypeNotEqual, graph.NodeTypeNotEqualTotalOrder,
	graph.NodeTypeGreaterOrEqual, graph.NodeTypeGreaterOrEqualTotalOrder,
	graph.NodeTypeGreaterThan, graph.NodeTypeGreaterThanTotalOrder,
	graph.NodeTypeLessOrEqual, graph.NodeTypeLessOrEqualTotalOrder,
	graph.NodeTypeLessThan, graph.NodeTypeLessThanTotalOrder,
	graph.NodeTypeIsFinite, graph.NodeTypeIsNaN, graph.NodeTypeArgMinMax,
	graph.NodeTypeBitcast, graph.NodeTypeBitCount, graph.NodeTypeClz,
	graph.NodeTypeShiftLeft, graph.NodeTypeShiftRightArithmetic, graph.NodeTypeShiftRightLogical,
	graph.NodeTypeReduceLogicalAnd, graph.NodeTypeReduceLogicalOr, graph.NodeTypeReduceLogicalXor,
	graph.NodeTypeReduceBitwiseAnd, graph.NodeTypeReduceBitwiseOr, graph.NodeTypeReduceBitwiseXor,
	graph.NodeTypeIota, graph.NodeTypeRNGBitGenerator,
}

// selectAndScatter is GoMLX's own rule of ReduceWindow, kept because it alone can emit SelectAndScatter.
var selectAndScatter = graph.VJPRegistration[graph.NodeTypeReduceWindow]

func init() {
	for op, r := range rules {
		graph.VJPRegistration[op] = func(node *graph.Node, v []*graph.Node, _ shapes.Shape) []*graph.Node {
			return r(node, v[0])
		}
	}
	for _, op := range constants {
		graph.VJPRegistration[op] = func(node *graph.Node, _ []*graph.Node, _ shapes.Shape) []*graph.Node {
			return zeroRule(node, nil)
		}
	}
}
