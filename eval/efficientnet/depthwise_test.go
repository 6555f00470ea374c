package efficientnet

import (
	"fmt"
	"math"
	"testing"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/eval/internal/pseudo"
)

// convolution makes a depthwise one of an image and a kernel, by the sum of shifted products or as the general
// convolution of as many groups as channels.
func convolution(size, stride int, grouped bool) func(x, kernel *Node) *Node {
	return func(x, kernel *Node) *Node {
		pads := padding(x, size, stride)
		if !grouped {
			return depthwise(x, kernel, stride, pads)
		}
		channels := kernel.Shape().Dimensions[3]
		return ConvGeneral(x, kernel, pretrained.ImageAxes, []int{stride, stride}, pads, nil, nil, channels, 1)
	}
}

func noise(salt uint32, dims ...int) *tensors.Tensor {
	n := 1
	for _, d := range dims {
		n *= d
	}
	values := make([]float32, n)
	for i, u := range pseudo.Uniform(salt, n) {
		values[i] = float32(2*u - 1)
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// TestDepthwise compares with the definition: output (y, x) of a channel is the sum of its taps, TensorFlow's SAME
// padding before them. Sums of 25 products below 1 in float32 are within 1e-5.
func TestDepthwise(t *testing.T) {
	for _, c := range []struct{ height, width, channels, size, stride int }{
		{7, 7, 5, 3, 1}, {8, 6, 3, 3, 2}, {7, 9, 4, 3, 2}, {7, 7, 2, 5, 1}, {8, 14, 3, 5, 2}, {5, 9, 3, 5, 2},
		{3, 2, 33, 5, 1},
	} {
		t.Run(fmt.Sprintf("%dx%dx%d-%d-%d", c.height, c.width, c.channels, c.size, c.stride), func(t *testing.T) {
			x, k := noise(1, 2, c.height, c.width, c.channels), noise(2, c.size, c.size, 1, c.channels)
			got := tensors.MustCopyFlatData[float32](MustNewExec(testBackend(), convolution(c.size, c.stride,
				false)).MustExec(x, k)[0])
			image, kernel := tensors.MustCopyFlatData[float32](x), tensors.MustCopyFlatData[float32](k)
			height, width := (c.height+c.stride-1)/c.stride, (c.width+c.stride-1)/c.stride
			top := max(0, (height-1)*c.stride+c.size-c.height) / 2
			left := max(0, (width-1)*c.stride+c.size-c.width) / 2
			if len(got) != 2*height*width*c.channels {
				t.Fatalf("%d outputs, want %d×%d", len(got), height, width)
			}
			for i, v := range got {
				channel, at := i%c.channels, i/c.channels
				column, row, n := at%width, at/width%height, at/width/height
				want := 0.0
				for tap := range c.size * c.size {
					y, x := row*c.stride+tap/c.size-top, column*c.stride+tap%c.size-left
					if y >= 0 && y < c.height && x >= 0 && x < c.width {
						want += float64(image[((n*c.height+y)*c.width+x)*c.channels+channel]) *
							float64(kernel[tap*c.channels+channel])
					}
				}
				if !(math.Abs(float64(v)-want) < 1e-5) {
					t.Fatalf("image %d, row %d, column %d, channel %d: %g, want %g", n, row, column, channel, v, want)
				}
			}
		})
	}
}

// BenchmarkDepthwise compares the sum of shifted products with the grouped convolution, at some layers of the network.
func BenchmarkDepthwise(b *testing.B) {
	for _, c := range []struct{ side, channels, size, stride int }{
		{112, 96, 3, 2}, {56, 144, 3, 1}, {28, 240, 5, 1}, {14, 672, 5, 1}, {7, 1152, 5, 1},
	} {
		x, k := noise(1, defaultBatch, c.side, c.side, c.channels), noise(2, c.size, c.size, 1, c.channels)
		for name, grouped := range map[string]bool{"shifted": false, "grouped": true} {
			b.Run(fmt.Sprintf("shape=%dx%dx%d-%d-%d/impl=%s", c.side, c.side, c.channels, c.size, c.stride, name),
				func(b *testing.B) {
					exec := MustNewExec(testBackend(), convolution(c.size, c.stride, grouped))
					for b.Loop() {
						exec.MustExec(x, k)[0].MustFinalizeAll()
					}
				})
		}
	}
}
