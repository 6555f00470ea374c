package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// Gather implements backends.Builder. Starts are clamped so that each slice lies inside the operand.
func (b *Builder) Gather(operand, startIndices backends.Op, indexVectorAxis int,
	offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes []int, _ bool) (backends.Op, error) {
	in, err := b.checkOps("Gather", operand, startIndices)
	if err != nil {
		return nil, err
	}
	x, ix := in[0].Shape, in[1].Shape
	failf := func(format string, args ...any) (backends.Op, error) {
		return nil, errors.Errorf("simd: Gather of %s at %s, got "+format, append([]any{x, ix}, args...)...)
	}
	coordinates, err := checkIndices(ix, indexVectorAxis)
	if err != nil {
		return failf("%v", err)
	}
	switch rank := x.Rank(); {
	case !distinctAxes(startIndexMap, rank) || len(startIndexMap) != coordinates:
		return failf("startIndexMap %v; name %d different operand axes", startIndexMap, coordinates)
	case !distinctAxes(collapsedSliceAxes, rank):
		return failf("collapsedSliceAxes %v; name different operand axes", collapsedSliceAxes)
	case len(sliceSizes) != rank:
		return failf("sliceSizes %v; give one for each operand axis", sliceSizes)
	case len(offsetOutputAxes)+len(collapsedSliceAxes) != rank:
		return failf("offsetOutputAxes %v and collapsedSliceAxes %v; together they must count %d axes",
			offsetOutputAxes, collapsedSliceAxes, rank)
	}
	var offsetDims []int
	for axis, size := range sliceSizes {
		collapsed := slices.Contains(collapsedSliceAxes, axis)
		if size < 0 || size > x.Dimensions[axis] || collapsed && size != 1 {
			return failf("slice size %d of axis %d; want at most its dimension, and 1 if it is collapsed", size, axis)
		}
		if !collapsed {
			offsetDims = append(offsetDims, size)
		}
	}
	batch := arrays.Indices{Dims: ix.Dimensions, VectorAxis: indexVectorAxis}.BatchDims()
	rank := len(batch) + len(offsetDims)
	if !distinctAxes(offsetOutputAxes, rank) || !slices.IsSorted(offsetOutputAxes) {
		return failf("offsetOutputAxes %v; name different axes of [0, %d) in ascending order", offsetOutputAxes, rank)
	}
	dims := make([]int, 0, rank)
	for axis := range rank {
		from := &batch
		if slices.Contains(offsetOutputAxes, axis) {
			from = &offsetDims
		}
		dims = append(dims, (*from)[0])
		*from = (*from)[1:]
	}
	return b.newNode(backends.OpTypeGather, withDims(in[0], dims),
		graph.GatherAttrs{VectorAxis: indexVectorAxis, Spec: arrays.GatherSpec{
			OffsetOutputAxes:   slices.Clone(offsetOutputAxes),
			CollapsedSliceAxes: slices.Clone(collapsedSliceAxes),
			StartIndexMap:      slices.Clone(startIndexMap),
			SliceSizes:         slices.Clone(sliceSizes),
		}}, in...), nil
}

// checkIndices validates an index tensor and returns the number of coordinates in each of its vectors.
func checkIndices(ix shapes.Shape, vectorAxis int) (coordinates int, err error) {
	switch {
	case !ix.DType.IsInt():
		return 0, errors.Errorf("indices of dtype %s; use an integer dtype", ix.DType)
	case vectorAxis < 0 || vectorAxis > ix.Rank():
		return 0, errors.Errorf("indexVectorAxis %d; want one in [0, %d]", vectorAxis, ix.Rank())
	case vectorAxis == ix.Rank():
		return 1, nil
	}
	return ix.Dimensions[vectorAxis], nil
}

// ScatterSum implements backends.Builder. It skips a window that isn't wholly inside the operand.
func (b *Builder) ScatterSum(operand, scatterIndices, updates backends.Op, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, _, uniqueIndices bool) (backends.Op, error) {
	return b.scatter(backends.OpTypeScatterSum, operand, scatterIndices, updates, indexVectorAxis,
		arrays.ScatterSpec{UpdateWindowAxes: updateWindowAxes, InsertedWindowAxes: insertedWindowAxes,
			OperandAxes: scatterAxesToOperandAxes, UniqueIndices: uniqueIndices})
}

// ScatterMax implements backends.Builder. It skips the same windows as ScatterSum.
func (b *Builder) ScatterMax(operand, scatterIndices, updates backends.Op, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, _, uniqueIndices bool) (backends.Op, error) {
	return b.scatter(backends.OpTypeScatterMax, operand, scatterIndices, updates, indexVectorAxis,
		arrays.ScatterSpec{UpdateWindowAxes: updateWindowAxes, InsertedWindowAxes: insertedWindowAxes,
			OperandAxes: scatterAxesToOperandAxes, UniqueIndices: uniqueIndices})
}

// ScatterMin implements backends.Builder. It skips the same windows as ScatterSum.
func (b *Builder) ScatterMin(operand, scatterIndices, updates backends.Op, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, _, uniqueIndices bool) (backends.Op, error) {
	return b.scatter(backends.OpTypeScatterMin, operand, scatterIndices, updates, indexVectorAxis,
		arrays.ScatterSpec{UpdateWindowAxes: updateWindowAxes, InsertedWindowAxes: insertedWindowAxes,
			OperandAxes: scatterAxesToOperandAxes, UniqueIndices: uniqueIndices})
}

func (b *Builder) scatter(op backends.OpType, operand, indices, updates backends.Op, vectorAxis int,
	spec arrays.ScatterSpec) (backends.Op, error) {
	in, err := b.checkOps(op.String(), operand, indices, updates)
	if err != nil {
		return nil, err
	}
	if err := checkScatter(op, in[0].Shape, in[1].Shape, in[2].Shape, vectorAxis, spec); err != nil {
		return nil, errors.WithMessagef(err, "simd: %s of %s at %s into %s, got",
			op, in[2].Shape, in[1].Shape, in[0].Shape)
	}
	spec.UpdateWindowAxes = slices.Clone(spec.UpdateWindowAxes)
	spec.InsertedWindowAxes = slices.Clone(spec.InsertedWindowAxes)
	spec.OperandAxes = slices.Clone(spec.OperandAxes)
	return b.newNode(op, in[0].Shape, graph.ScatterAttrs{VectorAxis: vectorAxis, Spec: spec}, in...), nil
}

// checkScatter validates shapes and axes by the rules of XLA.
func checkScatter(op backends.OpType, x, ix, updates shapes.Shape, vectorAxis int, spec arrays.ScatterSpec) error {
	coordinates, err := checkIndices(ix, vectorAxis)
	if err != nil {
		return err
	}
	batch := arrays.Indices{Dims: ix.Dimensions, VectorAxis: vectorAxis}.BatchDims()
	switch rank := x.Rank(); {
	case updates.DType != x.DType || !exec.HasScatter(op, x.DType):
		return errors.Errorf("dtypes %s and %s; use one number dtype", updates.DType, x.DType)
	case !distinctAxes(spec.OperandAxes, rank) || len(spec.OperandAxes) != coordinates:
		return errors.Errorf("scatterAxesToOperandAxes %v; name %d different operand axes",
			spec.OperandAxes, coordinates)
	case !distinctAxes(spec.InsertedWindowAxes, rank):
		return errors.Errorf("insertedWindowAxes %v; name different operand axes", spec.InsertedWindowAxes)
	case !distinctAxes(spec.UpdateWindowAxes, updates.Rank()) || !slices.IsSorted(spec.UpdateWindowAxes):
		return errors.Errorf("updateWindowAxes %v; name different axes of the updates in ascending order",
			spec.UpdateWindowAxes)
	case len(spec.UpdateWindowAxes)+len(spec.InsertedWindowAxes) != rank:
		return errors.Errorf("updateWindowAxes %v and insertedWindowAxes %v; together they must count %d axes",
			spec.UpdateWindowAxes, spec.InsertedWindowAxes, rank)
	case len(spec.UpdateWindowAxes)+len(batch) != updates.Rank():
		return errors.Errorf("updateWindowAxes %v; updates need %d of them", spec.UpdateWindowAxes,
			updates.Rank()-len(batch))
	}
	window := 0
	for axis, d := range x.Dimensions {
		if slices.Contains(spec.InsertedWindowAxes, axis) {
			continue
		}
		if size := updates.Dimensions[spec.UpdateWindowAxes[window]]; size > d {
			return errors.Errorf("a window of %d on operand axis %d; want at most %d", size, axis, d)
		}
		window++
	}
	for axis, d := range updates.Dimensions {
		if slices.Contains(spec.UpdateWindowAxes, axis) {
			continue
		}
		if d != batch[0] {
			return errors.Errorf("updates of dimension %d on axis %d; want %d, as the indices have", d, axis, batch[0])
		}
		batch = batch[1:]
	}
	return nil
}

// DynamicSlice implements backends.Builder. The starts are a scalar for each axis, or a single vector.
func (b *Builder) DynamicSlice(operand backends.Op, startIndices []backends.Op, sliceDims []int) (backends.Op, error) {
	in, err := b.checkOps("DynamicSlice", append([]backends.Op{operand}, startIndices...)...)
	if err != nil {
		return nil, err
	}
	if err := checkDynamic(in[0].Shape, in[1:], sliceDims); err != nil {
		return nil, errors.WithMessagef(err, "simd: DynamicSlice of %s, got", in[0].Shape)
	}
	return b.newNode(backends.OpTypeDynamicSlice, withDims(in[0], sliceDims), nil, in...), nil
}

// DynamicUpdateSlice implements backends.Builder. The starts are a scalar for each axis, or a single vector.
func (b *Builder) DynamicUpdateSlice(operand, update backends.Op, startIndices []backends.Op) (backends.Op, error) {
	in, err := b.checkOps("DynamicUpdateSlice", append([]backends.Op{operand, update}, startIndices...)...)
	if err != nil {
		return nil, err
	}
	if in[0].Shape.DType != in[1].Shape.DType {
		return nil, errors.Errorf("simd: DynamicUpdateSlice of %s, got an update of shape %s; keep the dtype",
			in[0].Shape, in[1].Shape)
	}
	if err := checkDynamic(in[0].Shape, in[2:], in[1].Shape.Dimensions); err != nil {
		return nil, errors.WithMessagef(err, "simd: DynamicUpdateSlice of %s, got", in[0].Shape)
	}
	return b.newNode(backends.OpTypeDynamicUpdateSlice, in[0].Shape, nil, in...), nil
}

// checkDynamic validates the starts and sizes of a dynamic slice of x. The starts are scalars, or one vector.
func checkDynamic(x shapes.Shape, starts []*graph.Node, sizes []int) error {
	if len(starts) == 1 && starts[0].Shape.Rank() == 1 {
		if s := starts[0].Shape; !s.DType.IsInt() || s.Dimensions[0] != x.Rank() {
			return errors.Errorf("starts of shape %s; pass %d integers", s, x.Rank())
		}
	} else if len(starts) != x.Rank() {
		return errors.Errorf("%d starts; pass one for each axis, or all in one vector", len(starts))
	} else {
		for axis, s := range starts {
			if !s.Shape.IsScalar() || !s.Shape.DType.IsInt() {
				return errors.Errorf("a start of shape %s on axis %d; pass an integer scalar", s.Shape, axis)
			}
		}
	}
	if len(sizes) != x.Rank() {
		return errors.Errorf("sizes %v; give one for each axis", sizes)
	}
	for axis := range sizes {
		if sizes[axis] < 0 || sizes[axis] > x.Dimensions[axis] {
			return errors.Errorf("size %d on axis %d; want one in [0, %d]", sizes[axis], axis, x.Dimensions[axis])
		}
	}
	return nil
}
