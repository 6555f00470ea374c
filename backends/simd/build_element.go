package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// newElementwise appends an element-wise node after checking that it has a kernel.
func (b *Builder) newElementwise(op backends.OpType, shape shapes.Shape, inputs ...*graph.Node) (backends.Op, error) {
	if _, err := element.KernelFor(op, shape.DType, inputs[len(inputs)-1].Shape.DType); err != nil {
		return nil, errors.WithMessage(err, "simd")
	}
	return b.newNode(op, shape, nil, inputs...), nil
}

func (b *Builder) unary(op backends.OpType, x backends.Op) (backends.Op, error) {
	in, err := b.checkOps(op.String(), x)
	if err != nil {
		return nil, err
	}
	if x := in[0].Shape; x.DType.IsComplex() { // of which package shapeinference knows less than the engine
		shape := x.Clone()
		switch op {
		case backends.OpTypeAbs, backends.OpTypeReal, backends.OpTypeImag:
			shape.DType = x.DType.RealDType()
		}
		return b.newElementwise(op, shape, in...)
	}
	shape, err := shapeinference.UnaryOp(op, in[0].Shape)
	if err != nil {
		return nil, err
	}
	return b.newElementwise(op, shape, in...)
}

// predicate is a unary op with a Bool result.
func (b *Builder) predicate(op backends.OpType, x backends.Op) (backends.Op, error) {
	in, err := b.checkOps(op.String(), x)
	if err != nil {
		return nil, err
	}
	shape := in[0].Shape.Clone()
	shape.DType = dtypes.Bool
	return b.newElementwise(op, shape, in...)
}

func (b *Builder) binary(op backends.OpType, lhs, rhs backends.Op) (backends.Op, error) {
	in, err := b.checkOps(op.String(), lhs, rhs)
	if err != nil {
		return nil, err
	}
	inferAs := op
	switch op {
	case backends.OpTypeShiftLeft, backends.OpTypeShiftRightArithmetic, backends.OpTypeShiftRightLogical:
		inferAs = backends.OpTypeBitwiseAnd // package shapeinference leaves the shifts out
	}
	shape, err := shapeinference.BinaryOp(inferAs, in[0].Shape, in[1].Shape)
	if err != nil {
		return nil, errors.WithMessage(err, op.String())
	}
	return b.newElementwise(op, keepEmpty(shape, in), in...)
}

// keepEmpty corrects what package shapeinference makes of an axis of 0 elements beside one of 1: it is empty.
func keepEmpty(shape shapes.Shape, in []*graph.Node) shapes.Shape {
	shape = shape.Clone()
	for _, x := range in {
		for axis, dim := range x.Shape.Dimensions {
			if dim == 0 {
				shape.Dimensions[axis] = 0
			}
		}
	}
	return shape
}

func (b *Builder) compare(op backends.OpType, lhs, rhs backends.Op) (backends.Op, error) {
	in, err := b.checkOps(op.String(), lhs, rhs)
	if err != nil {
		return nil, err
	}
	inferAs := op
	if op == backends.OpTypeNotEqualTotalOrder {
		inferAs = backends.OpTypeEqualTotalOrder // package shapeinference leaves it out
	}
	shape, err := shapeinference.ComparisonOp(inferAs, in[0].Shape, in[1].Shape)
	if err != nil {
		return nil, errors.WithMessage(err, op.String())
	}
	return b.newElementwise(op, keepEmpty(shape, in), in...)
}

// Where implements backends.Builder. Scalars among the operands broadcast.
func (b *Builder) Where(condition, onTrue, onFalse backends.Op) (backends.Op, error) {
	in, err := b.checkOps("Where", condition, onTrue, onFalse)
	if err != nil {
		return nil, err
	}
	if in[1].Shape.DType != in[2].Shape.DType {
		return nil, errors.Errorf("simd: Where, got values of shapes %s and %s; convert them to one dtype",
			in[1].Shape, in[2].Shape)
	}
	shape, err := shapeinference.WhereOp(in[0].Shape, in[1].Shape, in[2].Shape)
	if err != nil {
		return nil, err
	}
	return b.newElementwise(backends.OpTypeWhere, shape, in...)
}

// Clamp implements backends.Builder. The bounds are scalars or have the shape of x.
func (b *Builder) Clamp(lo, x, hi backends.Op) (backends.Op, error) {
	in, err := b.checkOps("Clamp", lo, x, hi)
	if err != nil {
		return nil, err
	}
	shape := in[1].Shape
	for _, bound := range []*graph.Node{in[0], in[2]} {
		if bound.Shape.DType != shape.DType ||
			!bound.Shape.IsScalar() && !slices.Equal(bound.Shape.Dimensions, shape.Dimensions) {
			return nil, errors.Errorf("simd: Clamp of %s, got a bound of shape %s; pass a scalar or the same shape",
				shape, bound.Shape)
		}
	}
	return b.newElementwise(backends.OpTypeClamp, shape, in...)
}
