package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// ConvertDType implements backends.Builder, between any two supported dtypes. A float that is too large for an integer
// becomes the nearest integer of the dtype, and NaN becomes 0.
func (b *Builder) ConvertDType(x backends.Op, dtype dtypes.DType) (backends.Op, error) {
	in, err := b.checkOps("ConvertDType", x)
	if err != nil {
		return nil, err
	}
	shape := shapes.Shape{DType: dtype, Dimensions: in[0].Shape.Dimensions}
	if err := checkShape("ConvertDType", shape); err != nil {
		return nil, err
	}
	if dtype == in[0].Shape.DType {
		return in[0], nil
	}
	return b.newNode(backends.OpTypeConvertDType, shape, nil, in...), nil
}

// Bitcast implements backends.Builder. Bytes keep their order: a wider element becomes a new last axis of narrower
// ones, the least significant first, and back. There are no bit casts of Bool and complex dtypes.
func (b *Builder) Bitcast(x backends.Op, dtype dtypes.DType) (backends.Op, error) {
	in, err := b.checkOps("Bitcast", x)
	if err != nil {
		return nil, err
	}
	from := in[0].Shape
	for _, d := range []dtypes.DType{from.DType, dtype} {
		if !d.IsInt() && !d.IsFloat() {
			return nil, errors.Errorf("simd: Bitcast of %s to %s; use integer or float dtypes", from, dtype)
		}
	}
	dims := slices.Clone(from.Dimensions)
	switch have, want := from.DType.Size(), dtype.Size(); {
	case want > have:
		if len(dims) == 0 || dims[len(dims)-1] != want/have {
			return nil, errors.Errorf("simd: Bitcast of %s to %s; the last axis must have dimension %d", from, dtype,
				want/have)
		}
		dims = dims[:len(dims)-1]
	case want < have:
		dims = append(dims, have/want)
	}
	return b.newNode(backends.OpTypeBitcast, shapes.Shape{DType: dtype, Dimensions: dims}, nil, in...), nil
}

// ArgMinMax implements backends.Builder. It returns the index of the first NaN along the axis, else of the first
// extreme. In Bool true is more than false.
func (b *Builder) ArgMinMax(x backends.Op, axis int, outputDType dtypes.DType, isMin bool) (backends.Op, error) {
	in, err := b.checkOps("ArgMinMax", x)
	if err != nil {
		return nil, err
	}
	inferAs := in[0].Shape.Clone()
	if inferAs.DType == dtypes.Bool {
		inferAs.DType = dtypes.Uint8 // package shapeinference leaves Bool out
	}
	shape, err := shapeinference.ArgMinMaxOp(inferAs, axis, outputDType)
	if err != nil {
		return nil, errors.WithMessage(err, "simd")
	}
	if in[0].Shape.Dimensions[axis] == 0 {
		return nil, errors.Errorf("simd: ArgMinMax of %s, got the empty axis %d; choose one with elements",
			in[0].Shape, axis)
	}
	return b.newNode(backends.OpTypeArgMinMax, shape, graph.ArgMinMaxAttrs{Axis: axis, IsMin: isMin}, in...), nil
}
