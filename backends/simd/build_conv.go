package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// ConvGeneral implements backends.Builder. Nil stands for strides of 1, paddings of 0 and dilations of 1.
func (b *Builder) ConvGeneral(input, kernel backends.Op, axes backends.ConvolveAxesConfig, strides []int,
	paddings [][2]int, inputDilations, kernelDilations []int, channelGroupCount, batchGroupCount int) (
	backends.Op, error) {
	in, err := b.checkOps("ConvGeneral", input, kernel)
	if err != nil {
		return nil, err
	}
	x, k := in[0].Shape, in[1].Shape
	if x.DType != k.DType {
		return nil, errors.Errorf("simd: ConvGeneral, got input %s and kernel %s; convert one to the other's dtype",
			x, k)
	}
	if !exec.HasConvolution(x.DType) {
		return nil, errors.Errorf("simd: ConvGeneral, got input %s; use numbers", x)
	}
	for _, group := range [][]int{
		{axes.InputBatch, axes.InputChannels, axes.OutputBatch, axes.OutputChannels, axes.KernelInputChannels,
			axes.KernelOutputChannels}, axes.InputSpatial, axes.KernelSpatial, axes.OutputSpatial} {
		for _, axis := range group {
			if axis < 0 || axis >= x.Rank() {
				return nil, errors.Errorf("simd: ConvGeneral of input %s and kernel %s, got axes %+v; use "+
					"axes below %d",
					x, k, axes, x.Rank())
			}
		}
	}
	a := graph.ConvAttrs{
		Axes: axes.Clone(), Strides: orOnes(strides, len(axes.InputSpatial)), Paddings: slices.Clone(paddings),
		InputDilations:    orOnes(inputDilations, len(axes.InputSpatial)),
		KernelDilations:   orOnes(kernelDilations, len(axes.InputSpatial)),
		ChannelGroupCount: max(channelGroupCount, 1), BatchGroupCount: max(batchGroupCount, 1),
	}
	if len(paddings) == 0 {
		a.Paddings = make([][2]int, len(axes.InputSpatial))
	}
	if err := checkConvSpread(a, x, k); err != nil {
		return nil, err
	}
	shape, err := shapeinference.ConvGeneralOp(x, k, a.Axes, a.Strides, a.Paddings, a.InputDilations,
		a.KernelDilations, a.ChannelGroupCount, a.BatchGroupCount)
	if err != nil {
		return nil, err
	}
	if err := checkFits("ConvGeneral", shape); err != nil {
		return nil, err
	}
	in[1] = readReversed(&a, in[1])
	return b.newNode(backends.OpTypeConvGeneral, shape, a, in...), nil
}

// checkConvSpread refuses axes too long to compute with. What is missing or wrong in the attrs, shape inference
// reports.
func checkConvSpread(a graph.ConvAttrs, in, kernel shapes.Shape) error {
	spatial := min(len(a.Axes.InputSpatial), len(a.Axes.KernelSpatial), len(a.Paddings), len(a.InputDilations),
		len(a.KernelDilations))
	for i := range spatial {
		axis, tap := a.Axes.InputSpatial[i], a.Axes.KernelSpatial[i]
		if err := checkSpread("ConvGeneral", axis, in.Dimensions[axis], a.InputDilations[i], a.Paddings[i][0],
			a.Paddings[i][1]); err != nil {
			return err
		}
		if err := checkSpread("ConvGeneral", tap, kernel.Dimensions[tap], a.KernelDilations[i], 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// readReversed spares the convolution a reversed copy of its kernel, which is what the gradient by the input asks for:
// if the node reverses nothing but spatial axes, it returns what the node reverses, to be read backwards.
func readReversed(a *graph.ConvAttrs, kernel *graph.Node) *graph.Node {
	a.Reversed = make([]bool, len(a.Axes.KernelSpatial))
	if kernel.Op != backends.OpTypeReverse {
		return kernel
	}
	for _, axis := range kernel.Attrs.(graph.ReverseAttrs).Axes {
		i := slices.Index(a.Axes.KernelSpatial, axis)
		if i < 0 {
			a.Reversed = make([]bool, len(a.Axes.KernelSpatial))
			return kernel
		}
		a.Reversed[i] = true
	}
	return kernel.Inputs[0]
}

// orOnes copies the values, or returns n ones if there are none.
func orOnes(values []int, n int) []int {
	if len(values) == 0 {
		return slices.Repeat([]int{1}, n)
	}
	return slices.Clone(values)
}
