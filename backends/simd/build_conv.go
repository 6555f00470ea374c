package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"
)

// ConvGeneral implements backends.Builder. Nil stands for strides of 1, paddings of 0 and dilations of 1.
func (b *Builder) ConvGeneral(input, kernel backends.Op, axes backends.ConvolveAxesConfig, strides []int,
	paddings [][2]int, inputDilations, kernelDilations []int, channelGroupCount, batchGroupCount int) (
	backends.Op, error) {
	in, err := b.checkOps("ConvGeneral", input, kernel)
	if err != nil {
		return nil, err
	}
	x, k := in[0].shape, in[1].shape
	if x.DType != k.DType {
		return nil, errors.Errorf("simd: ConvGeneral, got input %s and kernel %s; convert one to the other's dtype",
			x, k)
	}
	if !hasConvolution(x.DType) {
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
	a := convAttrs{
		axes: axes.Clone(), strides: orOnes(strides, len(axes.InputSpatial)), paddings: slices.Clone(paddings),
		inputDilations:    orOnes(inputDilations, len(axes.InputSpatial)),
		kernelDilations:   orOnes(kernelDilations, len(axes.InputSpatial)),
		channelGroupCount: max(channelGroupCount, 1), batchGroupCount: max(batchGroupCount, 1),
	}
	if len(paddings) == 0 {
		a.paddings = make([][2]int, len(axes.InputSpatial))
	}
	if err := checkConvSpread(a, x, k); err != nil {
		return nil, err
	}
	shape, err := shapeinference.ConvGeneralOp(x, k, a.axes, a.strides, a.paddings, a.inputDilations,
		a.kernelDilations, a.channelGroupCount, a.batchGroupCount)
	if err != nil {
		return nil, err
	}
	if err := checkFits("ConvGeneral", shape); err != nil {
		return nil, err
	}
	in[1] = readReversed(&a, in[1])
	return b.newNode(backends.OpTypeConvGeneral, shape, a, in...), nil
}

// checkConvSpread refuses axes too long to compute with. What is missing or wrong in the attrs, shape inference reports.
func checkConvSpread(a convAttrs, in, kernel shapes.Shape) error {
	spatial := min(len(a.axes.InputSpatial), len(a.axes.KernelSpatial), len(a.paddings), len(a.inputDilations),
		len(a.kernelDilations))
	for i := range spatial {
		axis, tap := a.axes.InputSpatial[i], a.axes.KernelSpatial[i]
		if err := checkSpread("ConvGeneral", axis, in.Dimensions[axis], a.inputDilations[i], a.paddings[i][0],
			a.paddings[i][1]); err != nil {
			return err
		}
		if err := checkSpread("ConvGeneral", tap, kernel.Dimensions[tap], a.kernelDilations[i], 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// readReversed spares the convolution a reversed copy of its kernel, which is what the gradient by the input asks for:
// if the node reverses nothing but spatial axes, it returns what the node reverses, to be read backwards.
func readReversed(a *convAttrs, kernel *node) *node {
	a.reversed = make([]bool, len(a.axes.KernelSpatial))
	if kernel.op != backends.OpTypeReverse {
		return kernel
	}
	for _, axis := range kernel.attrs.(reverseAttrs).Axes {
		i := slices.Index(a.axes.KernelSpatial, axis)
		if i < 0 {
			a.reversed = make([]bool, len(a.axes.KernelSpatial))
			return kernel
		}
		a.reversed[i] = true
	}
	return kernel.inputs[0]
}

// orOnes copies the values, or returns n ones if there are none.
func orOnes(values []int, n int) []int {
	if len(values) == 0 {
		return slices.Repeat([]int{1}, n)
	}
	return slices.Clone(values)
}
