package unet

import (
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// imageAxes are those of images [batch, height, width, channels] and kernels [height, width, in, out].
var imageAxes = backends.ConvolveAxesConfig{
	InputBatch: 0, InputSpatial: []int{1, 2}, InputChannels: 3,
	KernelSpatial: []int{0, 1}, KernelInputChannels: 2, KernelOutputChannels: 3,
	OutputBatch: 0, OutputSpatial: []int{1, 2}, OutputChannels: 3,
}

// variable returns the value of a trainable variable, converted to the type of like.
func (b builder) variable(like *Node, name string, init mlcontext.VariableInitializer, dims ...int) *Node {
	value := b.vars.WithInitializer(init).VariableWithShape(name, shapes.Make(b.wide, dims...)).ValueGraph(like.Graph())
	return ConvertDType(value, like.DType())
}

// weights start uniform with variance 2/(fan in + fan out), as DDPM's do (Glorot and Bengio 2010), or at zero.
func (b builder) weights(like *Node, zero bool, dims ...int) *Node {
	if zero {
		return b.variable(like, "weights", initializers.Zero, dims...)
	}
	return b.variable(like, "weights", initializers.GlorotUniformFn(b.vars), dims...)
}

func (b builder) biases(like *Node, channels int) *Node {
	return b.variable(like, "biases", initializers.Zero, channels)
}

// conv is a 3×3 convolution with bias: x [n, h, w, in] → [n, size, size, out].
func (b builder) conv(x joined, c convolution) *Node {
	return Add(b.convUnbiased(x, c), perChannel(b.biases(x[0], c.out)))
}

func (b builder) convUnbiased(x joined, c convolution) *Node {
	kernel := b.weights(x[0], c.zero, 3, 3, c.in, c.out)
	return x.sum(kernel, 2, func(x, kernel *Node) *Node {
		if c.doubles {
			return doubled(x, kernel)
		}
		strides, padding := []int{c.stride, c.stride}, [2]int{1, 1}
		if c.stride > 1 && b.convention == Authors {
			padding = [2]int{0, 1}
		}
		return ConvGeneral(x, kernel, imageAxes, strides, [][2]int{padding, padding}, nil, nil, 1, 1)
	})
}

// dense is an affine map of the last axis: x [..., in] → [..., out], one matrix product.
func (b builder) dense(x *Node, out int, zero bool) *Node {
	in := x.Shape().Dimensions[x.Rank()-1]
	y := linear(x, b.weights(x, zero, in, out))
	return addBias(y, b.biases(x, out))
}

// pointwise is dense on the channels of an image, a 1×1 convolution.
func (b builder) pointwise(x joined, out int) *Node {
	y := x.sum(b.weights(x[0], false, x.channels(), out), 0, linear)
	return addBias(y, b.biases(x[0], out))
}

// linear maps the last axis: x [..., in], weights [in, out] → [..., out].
func linear(x, weights *Node) *Node {
	dims := x.Shape().Clone().Dimensions
	last := len(dims) - 1
	y := DotGeneral(Reshape(x, -1, dims[last]), []int{1}, nil, weights, []int{0}, nil)
	dims[last] = weights.Shape().Dimensions[1]
	return Reshape(y, dims...)
}

// addBias adds biases [c] to x [..., c].
func addBias(x, biases *Node) *Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[len(dims)-1] = biases.Shape().Size()
	return Add(x, Reshape(biases, dims...))
}

// perChannel makes [c] or [n, c] an operand of images: [1 or n, 1, 1, c].
func perChannel(x *Node) *Node {
	n, c := 1, x.Shape().Dimensions[x.Rank()-1]
	if x.Rank() == 2 {
		n = x.Shape().Dimensions[0]
	}
	return Reshape(x, n, 1, 1, c)
}
