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

// ReduceWindow implements backends.Builder. Paddings may be negative. For an empty window the sum is 0, the product 1,
// the maximum the dtype's lowest value (−∞ for floats), and the minimum its highest. Bool counts as 0 and
// 1, and sums of it end at 1.
func (b *Builder) ReduceWindow(x backends.Op, reduction backends.ReduceOpType,
	windowDimensions, strides, baseDilations, windowDilations []int, paddings [][2]int) (backends.Op, error) {
	in, err := b.checkOps("ReduceWindow", x)
	if err != nil {
		return nil, err
	}
	shape := in[0].Shape
	if !exec.HasWindows(reduction, shape.DType) {
		return nil, errors.Errorf("simd: ReduceWindow of %s, got reduction %s; use a sum or product, or of real "+
			"numbers or Bool a maximum or minimum",
			shape, reduction)
	}
	axes, err := windowAxes(shape, windowDimensions, strides, baseDilations, windowDilations, paddings)
	if err != nil {
		return nil, errors.WithMessagef(err, "simd: ReduceWindow of %s, got", shape)
	}
	out := withDims(in[0], arrays.WindowDims(shape.Dimensions, axes))
	if err := checkFits("ReduceWindow", out); err != nil {
		return nil, err
	}
	return b.newNode(backends.OpTypeReduceWindow, out, graph.WindowAttrs{Reduction: reduction, Axes: axes}, in...), nil
}

// windowAxes resolves the defaults of backends.ReduceWindow and refuses windows that fit nowhere.
func windowAxes(x shapes.Shape, size, strides, baseDilations, windowDilations []int,
	paddings [][2]int) ([]arrays.WindowAxis, error) {
	rank := x.Rank()
	if len(size) != rank {
		return nil, errors.Errorf("window dimensions %v; give one an axis", size)
	}
	if len(strides) == 0 {
		strides = size
	}
	if len(paddings) == 0 {
		paddings = make([][2]int, rank)
	}
	ones := make([]int, rank)
	arrays.Fill(ones, 1)
	if len(baseDilations) == 0 {
		baseDilations = ones
	}
	if len(windowDilations) == 0 {
		windowDilations = ones
	}
	if len(strides) != rank || len(paddings) != rank || len(baseDilations) != rank || len(windowDilations) != rank {
		return nil, errors.Errorf("strides %v, paddings %v, base dilations %v, window dilations %v; give one an "+
			"axis or none",
			strides, paddings, baseDilations, windowDilations)
	}
	axes := make([]arrays.WindowAxis, rank)
	for i, n := range x.Dimensions {
		w := arrays.WindowAxis{Size: size[i], Stride: strides[i], BaseDilation: baseDilations[i],
			WindowDilation: windowDilations[i],
			Low:            paddings[i][0], High: paddings[i][1]}
		if w.Size < 1 || w.Stride < 1 || w.BaseDilation < 1 || w.WindowDilation < 1 {
			return nil, errors.Errorf("window %+v on axis %d; sizes, strides and dilations must be at least 1", w, i)
		}
		for _, err := range []error{checkSpread("window", i, n, w.BaseDilation, w.Low, w.High),
			checkSpread("window", i, w.Size, w.WindowDilation, 0, 0)} {
			if err != nil {
				return nil, err
			}
		}
		if n > 0 && w.Out(n) == 0 {
			return nil, errors.Errorf("window %+v on axis %d; it is larger than the padded axis", w, i)
		}
		axes[i] = w
	}
	return axes, nil
}

// SelectAndScatterMax implements backends.Builder. It is the gradient of a ReduceWindow by ReduceOpMax.
func (b *Builder) SelectAndScatterMax(operand, source backends.Op, windowDimensions, windowStrides []int,
	paddings [][2]int) (backends.Op, error) {
	return b.selectAndScatter(backends.OpTypeSelectAndScatterMax, backends.ReduceOpMax, operand, source,
		windowDimensions, windowStrides, paddings)
}

// SelectAndScatterMin implements backends.Builder. It is the gradient of a ReduceWindow by ReduceOpMin.
func (b *Builder) SelectAndScatterMin(operand, source backends.Op, windowDimensions, windowStrides []int,
	paddings [][2]int) (backends.Op, error) {
	return b.selectAndScatter(backends.OpTypeSelectAndScatterMin, backends.ReduceOpMin, operand, source,
		windowDimensions, windowStrides, paddings)
}

func (b *Builder) selectAndScatter(op backends.OpType, reduction backends.ReduceOpType, operand, source backends.Op,
	windowDimensions, strides []int, paddings [][2]int) (backends.Op, error) {
	in, err := b.checkOps(op.String(), operand, source)
	if err != nil {
		return nil, err
	}
	x, from := in[0].Shape, in[1].Shape
	if from.DType != x.DType || !exec.HasSelection(reduction, x.DType) {
		return nil, errors.Errorf("simd: %s of %s, got a source of shape %s; use one real dtype", op, x, from)
	}
	axes, err := windowAxes(x, windowDimensions, strides, nil, nil, paddings)
	if err != nil {
		return nil, errors.WithMessagef(err, "simd: %s of %s, got", op, x)
	}
	if want := arrays.WindowDims(x.Dimensions, axes); !slices.Equal(want, from.Dimensions) {
		return nil, errors.Errorf("simd: %s of %s, got a source of shape %s; these windows need dimensions %v", op, x,
			from, want)
	}
	return b.newNode(op, x, graph.WindowAttrs{Reduction: reduction, Axes: axes}, in...), nil
}
