package efficientnet

import (
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/eval/internal/pretrained"
)

// network is x [batch, 224, 224, 3] in grey levels → features [batch, 1280], logits [batch, 1000].
func network(vars *context.Context, x *Node) []*Node {
	b := builder{vars}
	x = MulScalar(AddScalar(x, -127), 1.0/128)
	x = b.layer(x, stem()) // [batch, 112, 112, 32]
	for _, block := range blocks() {
		h := x
		for _, l := range block.layers {
			h = b.layer(h, l)
		}
		if block.residual {
			h = Add(h, x)
		}
		x = h
	} // [batch, 7, 7, 320]
	x = b.layer(x, head())          // [batch, 7, 7, 1280]
	features := ReduceMean(x, 1, 2) // [batch, 1280]
	logits := Dot(features, pretrained.Variable(vars, x, lastPath, "weights"))
	return []*Node{features, Add(logits, ExpandLeftToRank(pretrained.Variable(vars, x, lastPath, "biases"), 2))}
}

// builder builds the graph with the variables of a context.
type builder struct{ vars *context.Context }

// layer is a convolution, its bias, and, unless it is linear, ReLU6.
func (b builder) layer(x *Node, l layer) *Node {
	kernel := pretrained.Variable(b.vars, x, l.path, "weights")
	if pads := padding(x, l.size, l.stride); l.depthwise {
		x = depthwise(x, kernel, l.stride, pads)
	} else {
		x = ConvGeneral(x, kernel, pretrained.ImageAxes, []int{l.stride, l.stride}, pads, nil, nil, 1, 1)
	}
	x = Add(x, ExpandLeftToRank(pretrained.Variable(b.vars, x, l.path, "biases"), x.Rank()))
	if l.linear {
		return x
	}
	return ClipScalar(x, 0, 6)
}

// padding is TensorFlow's SAME of an image's height and width: an output for every stride-th pixel, and where the zeros
// are odd in number, one more at the bottom and on the right.
func padding(x *Node, size, stride int) [][2]int {
	pads := make([][2]int, 2)
	for i := range pads {
		n := x.Shape().Dimensions[1+i]
		total := max(0, (n-1)/stride*stride+size-n)
		pads[i] = [2]int{total / 2, total - total/2}
	}
	return pads
}

// depthwise convolves each channel of x [batch, height, width, channels] by its own part of the kernel [size, size, 1,
// channels]. It is the sum over the kernel's taps of a shifted image times a weight a channel, which backend simd fuses
// into one pass: that takes a third of the time of its convolution with as many groups as channels.
func depthwise(x, kernel *Node, stride int, pads [][2]int) *Node {
	x = Pad(x, ScalarZero(x.Graph(), x.DType()), backends.PadAxis{},
		backends.PadAxis{Start: pads[0][0], End: pads[0][1]}, backends.PadAxis{Start: pads[1][0], End: pads[1][1]},
		backends.PadAxis{})
	size := kernel.Shape().Dimensions[0]
	every := func(tap, axis int) SliceAxisSpec { // the pixels under a tap
		last := (x.Shape().Dimensions[axis] - size) / stride * stride
		return AxisRange(tap, tap+last+1).Stride(stride)
	}
	var sum *Node
	for i := range size {
		for j := range size {
			shifted := Slice(x, AxisRange(), every(i, 1), every(j, 2), AxisRange())
			product := Mul(shifted, Slice(kernel, AxisRange(i, i+1), AxisRange(j, j+1)))
			if sum == nil {
				sum = product
			} else {
				sum = Add(sum, product)
			}
		}
	}
	return sum // [batch, height/stride, width/stride, channels]
}
