package graph

import (
	"math"
	"reflect"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

var negativeZero = math.Copysign(0, -1)

// liftBroadcast computes an element-wise op before the broadcast of its operands, where they are all expanded in the
// same way (or are scalars), instead of on every copy of the same number.
func liftBroadcast(g *Graph, n *Node) *Node {
	var model *Node // the broadcast that the operands share
	for _, in := range n.Inputs {
		if in.Shape.IsScalar() {
			continue
		}
		if in.Op != backends.OpTypeBroadcastInDim || in.Shape.Size() <= in.Inputs[0].Shape.Size() {
			return nil
		}
		if model != nil && (!reflect.DeepEqual(model.Inputs[0].Shape.Dimensions, in.Inputs[0].Shape.Dimensions) ||
			!reflect.DeepEqual(model.Shape.Dimensions, in.Shape.Dimensions) ||
			!reflect.DeepEqual(model.Attrs, in.Attrs)) {
			return nil
		}
		model = in
	}
	if model == nil || !reflect.DeepEqual(model.Shape.Dimensions, n.Shape.Dimensions) {
		return nil
	}
	small := model.Inputs[0].Shape.Clone()
	small.DType = n.Shape.DType
	inputs := make([]*Node, len(n.Inputs))
	for i, in := range n.Inputs {
		inputs[i] = in
		if !in.Shape.IsScalar() {
			inputs[i] = in.Inputs[0]
		}
	}
	return g.Add(backends.OpTypeBroadcastInDim, n.Shape, model.Attrs, g.Add(n.Op, small, n.Attrs, inputs...))
}

// reduceWide reduces 16-bit floats in float32 and rounds once.
func (g *Graph) reduceWide(n *Node) *Node {
	wide, out := n.Inputs[0].Shape.Clone(), n.Shape.Clone()
	wide.DType, out.DType = dtypes.Float32, dtypes.Float32
	x := g.Add(backends.OpTypeConvertDType, wide, nil, n.Inputs[0])
	return g.Add(backends.OpTypeConvertDType, n.Shape, nil, g.Add(n.Op, out, n.Attrs, x))
}
