package simd

import (
	"slices"

	"github.com/amgen/amgen/backends/simd/internal/conv"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"
)

// convAttrs are the attrs of a ConvGeneral node; every slice has one entry a spatial axis.
type convAttrs struct {
	axes                               backends.ConvolveAxesConfig
	strides                            []int
	paddings                           [][2]int
	inputDilations, kernelDilations    []int
	channelGroupCount, batchGroupCount int

	reversed []bool // whether the kernel's taps run backwards along the axis
}

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
	if convolutions[x.DType] == nil {
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
	if err := a.checkSpread(x, k); err != nil {
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
	in[1] = a.readReversed(in[1])
	return b.newNode(backends.OpTypeConvGeneral, shape, a, in...), nil
}

// checkSpread refuses axes too long to compute with. What is missing or wrong in the attrs, shape inference reports.
func (a *convAttrs) checkSpread(in, kernel shapes.Shape) error {
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
func (a *convAttrs) readReversed(kernel *node) *node {
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

// spec describes the convolution of dense row-major arrays.
func (a convAttrs) spec(in, kernel, out shapes.Shape) conv.Spec {
	inSteps, kernelSteps, outSteps := in.Strides(), kernel.Strides(), out.Strides()
	x := &a.axes
	s := conv.Spec{
		Batch: out.Dimensions[x.OutputBatch], Channels: kernel.Dimensions[x.KernelInputChannels],
		Features: out.Dimensions[x.OutputChannels],
		InBatch:  inSteps[x.InputBatch], OutBatch: outSteps[x.OutputBatch],
		InChannel: inSteps[x.InputChannels], KernelChannel: kernelSteps[x.KernelInputChannels],
		KernelFeature: kernelSteps[x.KernelOutputChannels], OutFeature: outSteps[x.OutputChannels],
		ChannelGroups: a.channelGroupCount, BatchGroups: a.batchGroupCount,
	}
	for i := range x.InputSpatial {
		ia, ka, oa := x.InputSpatial[i], x.KernelSpatial[i], x.OutputSpatial[i]
		kernelStep := kernelSteps[ka]
		if a.reversed[i] {
			s.KernelAt += (kernel.Dimensions[ka] - 1) * kernelStep
			kernelStep = -kernelStep
		}
		s.Spatial = append(s.Spatial, conv.Axis{
			In: in.Dimensions[ia], Kernel: kernel.Dimensions[ka], Out: out.Dimensions[oa],
			InStep: inSteps[ia], KernelStep: kernelStep, OutStep: outSteps[oa],
			Stride: a.strides[i], Pad: a.paddings[i][0],
			InDilation: a.inputDilations[i], KernelDilation: a.kernelDilations[i],
		})
	}
	return s
}
