package simd

import (
	"math"
	"reflect"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

var negativeZero = math.Copysign(0, -1)

// liftBroadcast computes an element-wise op before the broadcast of its operands, where they are all expanded in the
// same way (or are scalars), instead of on every copy of the same number.
func liftBroadcast(g *graph, n *node) *node {
	var model *node // the broadcast that the operands share
	for _, in := range n.inputs {
		if in.shape.IsScalar() {
			continue
		}
		if in.op != backends.OpTypeBroadcastInDim || in.shape.Size() <= in.inputs[0].shape.Size() {
			return nil
		}
		if model != nil && (!reflect.DeepEqual(model.inputs[0].shape.Dimensions, in.inputs[0].shape.Dimensions) ||
			!reflect.DeepEqual(model.shape.Dimensions, in.shape.Dimensions) ||
			!reflect.DeepEqual(model.attrs, in.attrs)) {
			return nil
		}
		model = in
	}
	if model == nil || !reflect.DeepEqual(model.shape.Dimensions, n.shape.Dimensions) {
		return nil
	}
	small := model.inputs[0].shape.Clone()
	small.DType = n.shape.DType
	inputs := make([]*node, len(n.inputs))
	for i, in := range n.inputs {
		inputs[i] = in
		if !in.shape.IsScalar() {
			inputs[i] = in.inputs[0]
		}
	}
	return g.add(backends.OpTypeBroadcastInDim, n.shape, model.attrs, g.add(n.op, small, n.attrs, inputs...))
}

// reduceWide reduces 16-bit floats in float32 and rounds once.
func (g *graph) reduceWide(n *node) *node {
	wide, out := n.inputs[0].shape.Clone(), n.shape.Clone()
	wide.DType, out.DType = dtypes.Float32, dtypes.Float32
	x := g.add(backends.OpTypeConvertDType, wide, nil, n.inputs[0])
	return g.add(backends.OpTypeConvertDType, n.shape, nil, g.add(n.op, out, n.attrs, x))
}
