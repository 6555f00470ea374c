package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// withDims is a shape of x's dtype and other dimensions.
func withDims(x *graph.Node, dims []int) shapes.Shape {
	return shapes.Shape{DType: x.Shape.DType, Dimensions: dims}
}

// Reshape implements backends.Builder.
func (b *Builder) Reshape(x backends.Op, dims ...int) (backends.Op, error) {
	in, err := b.checkOps("Reshape", x)
	if err != nil {
		return nil, err
	}
	for _, d := range dims {
		if d < 0 {
			return nil, errors.Errorf("simd: Reshape of %s, got dimensions %v; give sizes of at least 0",
				in[0].Shape, dims)
		}
	}
	if err := checkFits("Reshape", withDims(in[0], dims)); err != nil {
		return nil, err
	}
	if arrays.Size(dims) != in[0].Shape.Size() {
		return nil, errors.Errorf("simd: Reshape of %s (%d elements), got dimensions %v (%d elements); keep the size",
			in[0].Shape, in[0].Shape.Size(), dims, arrays.Size(dims))
	}
	return b.newNode(backends.OpTypeReshape, withDims(in[0], dims), nil, in...), nil
}

// Transpose implements backends.Builder.
func (b *Builder) Transpose(x backends.Op, permutation ...int) (backends.Op, error) {
	in, err := b.checkOps("Transpose", x)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.TransposeOp(in[0].Shape, permutation)
	if err != nil {
		return nil, errors.WithMessage(err, "simd")
	}
	return b.newNode(backends.OpTypeTranspose, shape, graph.TransposeAttrs{Permutation: slices.Clone(permutation)},
		in...), nil
}

// BroadcastInDim implements backends.Builder.
func (b *Builder) BroadcastInDim(x backends.Op, outputShape shapes.Shape, axes []int) (backends.Op, error) {
	in, err := b.checkOps("BroadcastInDim", x)
	if err != nil {
		return nil, err
	}
	if in[0].Shape.DType != outputShape.DType {
		return nil, errors.Errorf("simd: BroadcastInDim of %s, got output shape %s; keep the dtype",
			in[0].Shape, outputShape)
	}
	if err := checkSizes("BroadcastInDim", outputShape); err != nil {
		return nil, err
	}
	if !slices.IsSorted(axes) {
		return nil, errors.Errorf("simd: BroadcastInDim of %s, got axes %v; give them in ascending order",
			in[0].Shape, axes)
	}
	if err := shapeinference.BroadcastInDimOp(in[0].Shape, outputShape, axes); err != nil {
		return nil, errors.WithMessage(err, "simd: BroadcastInDim")
	}
	return b.newNode(backends.OpTypeBroadcastInDim, outputShape, graph.BroadcastAttrs{Axes: slices.Clone(axes)},
		in...), nil
}

// checkSizes refuses unsupported dtypes, negative dimensions and too many elements in a shape that the caller made up.
func checkSizes(what string, shape shapes.Shape) error {
	if err := checkShape(what, shape); err != nil {
		return err
	}
	for _, d := range shape.Dimensions {
		if d < 0 {
			return errors.Errorf("simd: %s, got shape %s; give dimensions of at least 0", what, shape)
		}
	}
	return checkFits(what, shape)
}

// Slice implements backends.Builder. Nil stands for strides of 1. The slice may be empty.
func (b *Builder) Slice(x backends.Op, starts, limits, strides []int) (backends.Op, error) {
	in, err := b.checkOps("Slice", x)
	if err != nil {
		return nil, err
	}
	dims := in[0].Shape.Dimensions
	if len(strides) == 0 {
		strides = make([]int, len(dims))
		arrays.Fill(strides, 1)
	}
	if len(starts) != len(dims) || len(limits) != len(dims) || len(strides) != len(dims) {
		return nil, errors.Errorf("simd: Slice of %s, got starts %v, limits %v, strides %v; give one value an axis",
			in[0].Shape, starts, limits, strides)
	}
	for i, d := range dims {
		if starts[i] < 0 || limits[i] < starts[i] || limits[i] > d || strides[i] < 1 {
			return nil, errors.Errorf("simd: Slice of %s, got [%d:%d:%d] on axis %d; want 0 ≤ start ≤ limit ≤ %d and "+
				"stride ≥ 1",
				in[0].Shape, starts[i], limits[i], strides[i], i, d)
		}
	}
	attrs := graph.SliceAttrs{Starts: slices.Clone(starts), Limits: slices.Clone(limits),
		Strides: slices.Clone(strides)}
	return b.newNode(backends.OpTypeSlice, withDims(in[0], arrays.SliceDims(starts, limits, strides)), attrs,
		in...), nil
}

// Concatenate implements backends.Builder.
func (b *Builder) Concatenate(axis int, operands ...backends.Op) (backends.Op, error) {
	in, err := b.checkOps("Concatenate", operands...)
	if err != nil {
		return nil, err
	}
	all := make([]shapes.Shape, len(in))
	for i, n := range in {
		all[i] = n.Shape
	}
	if len(in) == 0 || axis < 0 || axis >= all[0].Rank() {
		return nil, errors.Errorf("simd: Concatenate, got axis %d of operands %v; give at least one operand that "+
			"has the axis", axis, all)
	}
	shape, err := shapeinference.ConcatenateOp(all, axis)
	if err != nil {
		return nil, errors.WithMessage(err, "simd")
	}
	if len(in) == 1 {
		return in[0], nil
	}
	if err := checkFits("Concatenate", shape); err != nil {
		return nil, err
	}
	return b.newNode(backends.OpTypeConcatenate, shape, graph.ConcatenateAttrs{Axis: axis}, in...), nil
}

// Pad implements backends.Builder. Axes without a configuration are not padded.
func (b *Builder) Pad(x, fillValue backends.Op, axes ...backends.PadAxis) (backends.Op, error) {
	in, err := b.checkOps("Pad", x, fillValue)
	if err != nil {
		return nil, err
	}
	shape, fill := in[0].Shape, in[1].Shape
	if !fill.IsScalar() || fill.DType != shape.DType {
		return nil, errors.Errorf("simd: Pad of %s, got a fill value of shape %s; pass a scalar of dtype %s", shape,
			fill, shape.DType)
	}
	if len(axes) > shape.Rank() {
		return nil, errors.Errorf("simd: Pad of %s, got %d axis configurations; give at most %d",
			shape, len(axes), shape.Rank())
	}
	pads := make([]arrays.Padding, shape.Rank())
	for i, a := range axes {
		pads[i] = arrays.Padding{Low: a.Start, High: a.End, Interior: a.Interior}
		if err := checkSpread("Pad of "+shape.String(), i, shape.Dimensions[i], a.Interior, a.Start,
			a.End); err != nil {
			return nil, err
		}
	}
	dims, err := arrays.PadDims(shape.Dimensions, pads)
	if err != nil {
		return nil, errors.WithMessagef(err, "simd: Pad of %s", shape)
	}
	if err := checkFits("Pad of "+shape.String(), withDims(in[0], dims)); err != nil {
		return nil, err
	}
	return b.newNode(backends.OpTypePad, withDims(in[0], dims), graph.PadAttrs{Pads: pads}, in...), nil
}

// Reverse implements backends.Builder.
func (b *Builder) Reverse(x backends.Op, axes ...int) (backends.Op, error) {
	in, err := b.checkOps("Reverse", x)
	if err != nil {
		return nil, err
	}
	if !distinctAxes(axes, in[0].Shape.Rank()) {
		return nil, errors.Errorf("simd: Reverse of %s, got axes %v; name each axis of [0, %d) at most once",
			in[0].Shape, axes, in[0].Shape.Rank())
	}
	return b.newNode(backends.OpTypeReverse, in[0].Shape, graph.ReverseAttrs{Axes: slices.Clone(axes)}, in...), nil
}

// distinctAxes reports whether axes are different and in [0, rank).
func distinctAxes(axes []int, rank int) bool {
	seen := make([]bool, rank)
	for _, axis := range axes {
		if axis < 0 || axis >= rank || seen[axis] {
			return false
		}
		seen[axis] = true
	}
	return true
}

// Iota implements backends.Builder.
func (b *Builder) Iota(shape shapes.Shape, axis int) (backends.Op, error) {
	if _, err := b.checkOps("Iota"); err != nil {
		return nil, err
	}
	if err := checkSizes("Iota", shape); err != nil {
		return nil, err
	}
	if axis < 0 || axis >= shape.Rank() || shape.DType == dtypes.Bool {
		return nil, errors.Errorf("simd: Iota, got shape %s, axis %d; give an axis of the shape and a number dtype",
			shape, axis)
	}
	return b.newNode(backends.OpTypeIota, shape, graph.IotaAttrs{Axis: axis}), nil
}
