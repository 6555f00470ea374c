package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// Batch normalisation is built from element-wise ops and reductions, which the compiler fuses. The formulas are
// those of https://openxla.org/xla/operation_semantics (BatchNormInference, BatchNormTraining, BatchNormGrad).

// composites are the ops that Builder methods make of others, and that are never run themselves.
var composites = []backends.OpType{
	backends.OpTypeBatchNormForInference,
	backends.OpTypeBatchNormForTraining,
	backends.OpTypeBatchNormGradient,
}

// normalizer composes ops for one batch normalisation. After the first error its methods do nothing.
// 16-bit floats are normalised as float32 and rounded at the end: their sums soon pass what they can represent.
type normalizer struct {
	b       *Builder
	x       shapes.Shape // of the operand, and the dtype that all is computed in
	dtype   dtypes.DType // of the operand
	feature int
	others  []int // every axis but the feature's
	err     error
}

// newNormalizer checks that x is a float with this axis and that each per-feature operand is a vector along it.
func (b *Builder) newNormalizer(op backends.OpType, featureAxis int, x backends.Op,
	features ...backends.Op) (*normalizer, error) {
	in, err := b.checkOps(op.String(), append([]backends.Op{x}, features...)...)
	if err != nil {
		return nil, err
	}
	n := &normalizer{b: b, x: in[0].Shape, dtype: in[0].Shape.DType, feature: featureAxis}
	if !n.x.DType.IsFloat() || featureAxis < 0 || featureAxis >= n.x.Rank() {
		return nil, errors.Errorf("simd: %s of %s, got feature axis %d; use floats and one of their axes",
			op, n.x, featureAxis)
	}
	want := shapes.Make(n.x.DType, n.x.Dimensions[featureAxis])
	for _, f := range in[1:] {
		if !f.Shape.Equal(want) {
			return nil, errors.Errorf("simd: %s of %s on axis %d, got a per-feature operand of shape %s; pass %s",
				op, n.x, featureAxis, f.Shape, want)
		}
	}
	for axis := range n.x.Rank() {
		if axis != featureAxis {
			n.others = append(n.others, axis)
		}
	}
	if n.dtype.Size() < dtypes.Float32.Size() {
		n.x = withDims(in[0], n.x.Dimensions)
		n.x.DType = dtypes.Float32
	}
	return n, nil
}

// converted gives an op another dtype.
func (n *normalizer) converted(x backends.Op, dtype dtypes.DType) backends.Op {
	if n.dtype == n.x.DType {
		return x
	}
	return n.do(func(x, _ backends.Op) (backends.Op, error) { return n.b.ConvertDType(x, dtype) }, x, nil)
}

// widen readies operands for the computation.
func (n *normalizer) widen(operands ...*backends.Op) {
	for _, x := range operands {
		*x = n.converted(*x, n.x.DType)
	}
}

// narrow rounds a result to the dtype of the operand.
func (n *normalizer) narrow(x backends.Op) backends.Op { return n.converted(x, n.dtype) }

// do applies an op, unless an earlier one failed.
func (n *normalizer) do(op func(lhs, rhs backends.Op) (backends.Op, error), lhs, rhs backends.Op) backends.Op {
	if n.err != nil {
		return nil
	}
	var result backends.Op
	result, n.err = op(lhs, rhs)
	return result
}

// expand repeats a per-feature vector to the shape of x.
func (n *normalizer) expand(feature backends.Op) backends.Op {
	return n.do(func(f, _ backends.Op) (backends.Op, error) { return n.b.BroadcastInDim(f, n.x, []int{n.feature}) },
		feature, nil)
}

// sum reduces to a per-feature vector.
func (n *normalizer) sum(x backends.Op) backends.Op {
	return n.do(func(x, _ backends.Op) (backends.Op, error) {
		if len(n.others) == 0 {
			return x, nil
		}
		return n.b.ReduceSum(x, n.others...)
	}, x, nil)
}

// constant is a scalar of the dtype of x.
func (n *normalizer) constant(value float64) backends.Op {
	return n.do(func(_, _ backends.Op) (backends.Op, error) {
		c, err := n.b.Constant([]float64{value})
		if err != nil || n.x.DType == dtypes.Float64 {
			return c, err
		}
		return n.b.ConvertDType(c, n.x.DType)
	}, nil, nil)
}

// mean is the sum divided by the number of elements of a feature.
func (n *normalizer) mean(x backends.Op) backends.Op {
	count := float64(arrays.Size(n.x.Dimensions)) / float64(max(1, n.x.Dimensions[n.feature]))
	return n.do(n.b.Div, n.sum(x), n.constant(count))
}

// inverse is 1/√(variance + epsilon).
func (n *normalizer) inverse(variance backends.Op, epsilon float32) backends.Op {
	shifted := n.do(n.b.Add, variance, n.constant(float64(epsilon)))
	return n.do(func(v, _ backends.Op) (backends.Op, error) { return n.b.Rsqrt(v) }, shifted, nil)
}

// center is x minus its mean.
func (n *normalizer) center(x, mean backends.Op) backends.Op { return n.do(n.b.Sub, x, n.expand(mean)) }

// affine is (x − mean)·scale/√(variance + ε) + offset.
func (n *normalizer) affine(x, scale, offset, mean, variance backends.Op, epsilon float32) backends.Op {
	gain := n.expand(n.do(n.b.Mul, scale, n.inverse(variance, epsilon)))
	return n.do(n.b.Add, n.do(n.b.Mul, n.center(x, mean), gain), n.expand(offset))
}

// BatchNormForInference implements backends.Builder.
func (b *Builder) BatchNormForInference(operand, scale, offset, mean, variance backends.Op, epsilon float32,
	featureAxis int) (backends.Op, error) {
	n, err := b.newNormalizer(backends.OpTypeBatchNormForInference, featureAxis, operand, scale, offset, mean, variance)
	if err != nil {
		return nil, err
	}
	n.widen(&operand, &scale, &offset, &mean, &variance)
	y := n.narrow(n.affine(operand, scale, offset, mean, variance, epsilon))
	return y, n.err
}

// BatchNormForTraining implements backends.Builder. The variance is the biased one, the mean squared deviation.
func (b *Builder) BatchNormForTraining(operand, scale, offset backends.Op, epsilon float32,
	featureAxis int) (normalized, batchMean, batchVariance backends.Op, err error) {
	n, err := b.newNormalizer(backends.OpTypeBatchNormForTraining, featureAxis, operand, scale, offset)
	if err != nil {
		return nil, nil, nil, err
	}
	n.widen(&operand, &scale, &offset)
	mean := n.mean(operand)
	centered := n.center(operand, mean)
	variance := n.mean(n.do(b.Mul, centered, centered))
	y := n.affine(operand, scale, offset, mean, variance, epsilon)
	normalized, batchMean, batchVariance = n.narrow(y), n.narrow(mean), n.narrow(variance)
	return normalized, batchMean, batchVariance, n.err
}

// BatchNormGradient implements backends.Builder.
func (b *Builder) BatchNormGradient(operand, scale, mean, variance, gradOutput backends.Op, epsilon float32,
	featureAxis int) (gradOperand, gradScale, gradOffset backends.Op, err error) {
	n, err := b.newNormalizer(backends.OpTypeBatchNormGradient, featureAxis, operand, scale, mean, variance)
	if err != nil {
		return nil, nil, nil, err
	}
	g, err := b.checkOps("BatchNormGradient", gradOutput)
	if err != nil {
		return nil, nil, nil, err
	}
	if g[0].Shape.DType != n.dtype || !slices.Equal(g[0].Shape.Dimensions, n.x.Dimensions) {
		return nil, nil, nil, errors.Errorf("simd: BatchNormGradient of %s, got an adjoint of shape %s; pass the "+
			"same shape", n.x, g[0].Shape)
	}
	n.widen(&operand, &scale, &mean, &variance, &gradOutput)
	inverse := n.inverse(variance, epsilon)
	unit := n.do(b.Mul, n.center(operand, mean), n.expand(inverse)) // the normalised operand
	weighted := n.do(b.Mul, gradOutput, unit)
	gradOffset, gradScale = n.sum(gradOutput), n.sum(weighted)
	// scale·inverse·(g − mean(g) − unit·mean(g·unit))
	inner := n.do(b.Sub, n.center(gradOutput, n.mean(gradOutput)), n.do(b.Mul, unit, n.expand(n.mean(weighted))))
	gradOperand = n.do(b.Mul, n.expand(n.do(b.Mul, scale, inverse)), inner)
	gradOperand, gradScale, gradOffset = n.narrow(gradOperand), n.narrow(gradScale), n.narrow(gradOffset)
	return gradOperand, gradScale, gradOffset, n.err
}
