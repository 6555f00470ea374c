package unet

import (
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// imageAxes are those of images [batch, height, width, channels] and kernels [height, width, in, out].
var imageAxes = backends.ConvolveAxesConfig{
	InputBatch: 0, InputSpatial: []int{1, 2}, InputChannels: 3,
	KernelSpatial: []int{0, 1}, KernelInputChannels: 2, KernelOutputChannels: 3,
	OutputBatch: 0, OutputSpatial: []int{1, 2}, OutputChannels: 3,
}

// variable returns the value of a trainable variable in the type of like.
func (b builder) variable(like *Node, name string, init context.VariableInitializer, dims ...int) *Node {
	return b.ctx.WithInitializer(init).VariableWithShape(name, shapes.Make(like.DType(), dims...)).ValueGraph(like.Graph())
}

// weights start uniform with variance 2/(fan in + fan out), as DDPM's do (Glorot and Bengio 2010), or at zero.
func (b builder) weights(like *Node, zero bool, dims ...int) *Node {
	if zero {
		return b.variable(like, "weights", initializers.Zero, dims...)
	}
	return b.variable(like, "weights", initializers.GlorotUniformFn(b.ctx), dims...)
}

func (b builder) biases(like *Node, channels int) *Node {
	return b.variable(like, "biases", initializers.Zero, channels)
}

// conv is a 3×3 convolution with bias: x [n, h, w, in] → [n, size, size, out].
func (b builder) conv(x *Node, c convolution) *Node {
	return Add(b.convUnbiased(x, c), perChannel(b.biases(x, c.out)))
}

func (b builder) convUnbiased(x *Node, c convolution) *Node {
	kernel := b.weights(x, c.zero, 3, 3, c.in, c.out)
	if c.doubles {
		return doubled(x, kernel)
	}
	strides := []int{c.stride, c.stride}
	return ConvGeneral(x, kernel, imageAxes, strides, [][2]int{{1, 1}, {1, 1}}, nil, nil, 1, 1)
}

// dense is an affine map of the last axis: x [..., in] → [..., out], one matrix product.
func (b builder) dense(x *Node, out int, zero bool) *Node {
	dims := x.Shape().Clone().Dimensions
	in := dims[len(dims)-1]
	dims[len(dims)-1] = out
	y := DotGeneral(Reshape(x, -1, in), []int{1}, nil, b.weights(x, zero, in, out), []int{0}, nil)
	return Reshape(Add(y, Reshape(b.biases(x, out), 1, out)), dims...)
}

// perChannel makes [c] or [n, c] an operand of images: [1 or n, 1, 1, c].
func perChannel(x *Node) *Node {
	n, c := 1, x.Shape().Dimensions[x.Rank()-1]
	if x.Rank() == 2 {
		n = x.Shape().Dimensions[0]
	}
	return Reshape(x, n, 1, 1, c)
}
