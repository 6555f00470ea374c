package autodiff

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// conv is a ConvGeneral with all its parameters. Along each spatial axis, output o reads the dilated input at
//
//	o·stride + k·kernelDilation − padding[0] = i·inputDilation
//
// for every kernel position k, and nothing where no input i fits. Both gradients are sums over the same triples
// (i, k, o), so both are convolutions again, with the roles exchanged.
type conv struct {
	input, kernel                             *Node
	axes                                      backends.ConvolveAxesConfig
	strides, inputDilations, kernelDilations  []int
	paddings                                  [][2]int
	channelGroups, batchGroups                int
	inputSizes, kernelSizes, outputSizes      []int
	inputChannels, outputChannels, inputBatch int
}

func convRule(node, v *Node) []*Node {
	c := convOf(node)
	return []*Node{c.inputGradient(v), c.kernelGradient(v)}
}

func convOf(node *Node) conv {
	a := attributesOf(node)
	input, kernel := node.Inputs()[0], node.Inputs()[1]
	axes, n := a.convAxes("axes"), input.Rank()-2
	return conv{
		input: input, kernel: kernel, axes: axes,
		strides:         a.integersOr("strides", n, 1),
		inputDilations:  a.integersOr("inputDilations", n, 1),
		kernelDilations: a.integersOr("kernelDilations", n, 1),
		paddings:        a.pairs("paddings", n),
		channelGroups:   max(1, a.integer("channelGroupCount")),
		batchGroups:     max(1, a.integer("batchGroupCount")),
		inputSizes:      sizes(input, axes.InputSpatial),
		kernelSizes:     sizes(kernel, axes.KernelSpatial),
		outputSizes:     sizes(node, axes.OutputSpatial),
		inputChannels:   input.Shape().Dimensions[axes.InputChannels],
		outputChannels:  node.Shape().Dimensions[axes.OutputChannels],
		inputBatch:      input.Shape().Dimensions[axes.InputBatch],
	}
}

func sizes(x *Node, axes []int) []int {
	out := make([]int, len(axes))
	for i, axis := range axes {
		out[i] = x.Shape().Dimensions[axis]
	}
	return out
}

// inputGradient convolves v, dilated by the strides, with the kernel reversed and its channel axes exchanged. With
// k' = K−1−k the equation above reads i·inputDilation = o·stride + k'·kernelDilation − ((K−1)·kernelDilation − pad).
func (c conv) inputGradient(v *Node) *Node {
	paddings := make([][2]int, len(c.strides))
	for d := range paddings {
		window := (c.kernelSizes[d]-1)*c.kernelDilations[d] + 1
		low := window - 1 - c.paddings[d][0]
		wanted := (c.inputSizes[d]-1)*c.inputDilations[d] + window // padded size that yields just inputSizes[d]
		given := (c.outputSizes[d]-1)*c.strides[d] + 1
		paddings[d] = [2]int{low, wanted - given - low}
	}
	axes := backends.ConvolveAxesConfig{
		InputBatch: c.axes.OutputBatch, InputChannels: c.axes.OutputChannels, InputSpatial: c.axes.OutputSpatial,
		KernelInputChannels: c.axes.KernelOutputChannels, KernelOutputChannels: c.axes.KernelInputChannels,
		KernelSpatial: c.axes.KernelSpatial,
		OutputBatch:   c.axes.InputBatch, OutputChannels: c.axes.InputChannels, OutputSpatial: c.axes.InputSpatial,
	}
	kernel, groups := c.kernel, max(c.channelGroups, c.batchGroups)
	if groups > 1 {
		// Group g of v (its output channels) meets group g of the kernel's output channels only: the group index moves
		// from there to the kernel's other channel axis, which now counts outputs.
		kernel = moveGroups(kernel, groups, c.axes.KernelOutputChannels, c.axes.KernelInputChannels)
	}
	gradient := ConvGeneral(v, reverse(kernel, c.axes.KernelSpatial), axes, c.inputDilations, paddings,
		c.strides, c.kernelDilations, groups, 1)
	if c.batchGroups > 1 {
		gradient = moveGroups(gradient, groups, c.axes.InputChannels, c.axes.InputBatch)
	}
	return gradient
}

// kernelGradient convolves the input with v, dilated by the strides, as its kernel; batch and channels of the input
// exchange roles, since the sum now runs over the batch. Where channels were grouped, batches are, and vice versa.
func (c conv) kernelGradient(v *Node) *Node {
	paddings := make([][2]int, len(c.strides))
	for d := range paddings {
		low := c.paddings[d][0]
		wanted := (c.kernelSizes[d]-1)*c.kernelDilations[d] + (c.outputSizes[d]-1)*c.strides[d] + 1
		given := (c.inputSizes[d]-1)*c.inputDilations[d] + 1
		paddings[d] = [2]int{low, wanted - given - low}
	}
	axes := backends.ConvolveAxesConfig{
		InputBatch: c.axes.InputChannels, InputChannels: c.axes.InputBatch, InputSpatial: c.axes.InputSpatial,
		KernelInputChannels: c.axes.OutputBatch, KernelOutputChannels: c.axes.OutputChannels,
		KernelSpatial: c.axes.OutputSpatial,
		OutputBatch:   c.axes.KernelInputChannels, OutputChannels: c.axes.KernelOutputChannels,
		OutputSpatial: c.axes.KernelSpatial,
	}
	return ConvGeneral(c.input, v, axes, c.kernelDilations, paddings,
		c.inputDilations, c.strides, c.batchGroups, c.channelGroups)
}

// moveGroups takes the leading factor groups out of one axis and makes it the leading factor of another.
func moveGroups(x *Node, groups, from, to int) *Node {
	dims := x.Shape().Dimensions
	if dims[from]%groups != 0 {
		panic(fmt.Errorf("autodiff: axis %d of %s does not divide into %d groups", from, x.Shape(), groups))
	}
	split := make([]int, 0, len(dims)+1) // axis from becomes the two axes from (groups) and from+1
	for axis, dim := range dims {
		if axis == from {
			split = append(split, groups, dim/groups)
		} else {
			split = append(split, dim)
		}
	}
	var permutation, joined []int
	for axis, dim := range dims {
		at := axis
		if axis >= from {
			at++
		}
		switch axis {
		case from:
			dim /= groups
		case to:
			permutation = append(permutation, from)
			dim *= groups
		}
		permutation, joined = append(permutation, at), append(joined, dim)
	}
	return Reshape(TransposeAllAxes(Reshape(x, split...), permutation...), joined...)
}
