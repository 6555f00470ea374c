package unet

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// doubled doubles height and width of x [n, h, w, in] by repeating each pixel, and convolves the result, padded by 1,
// with kernel [3, 3, in, out]: → [n, 2h, 2w, out].
//
// Repeating pixels is inserting zeros between them and convolving with a 2×2 kernel of ones; the two kernels make one
// of 4×4. Of its taps each output meets 2×2 that are not on a zero, 4 products instead of 9 (in every derivative as
// well), and the repeated pixels are never stored. That saves time only if the backend doesn't multiply inserted zeros.
func doubled(x, kernel *Node) *Node {
	if direct(x.Graph()) {
		return dilatedConv(x, kernel)
	}
	return repeatedConv(x, kernel)
}

func repeatedConv(x, kernel *Node) *Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1], d[2], d[3]
	repeated := Reshape(ExpandAndBroadcast(x, []int{n, h, 2, w, 2, c}, []int{2, 4}), n, 2*h, 2*w, c)
	return ConvGeneral(repeated, kernel, imageAxes, []int{1, 1}, [][2]int{{1, 1}, {1, 1}}, nil, nil, 1, 1)
}

func dilatedConv(x, kernel *Node) *Node {
	zero := ScalarZero(kernel.Graph(), kernel.DType())
	thicken := func(kernel *Node, before, after [2]PadAxis) *Node { // along one axis: k ↦ kₙ + kₙ₋₁
		return Add(Pad(kernel, zero, before[:]...), Pad(kernel, zero, after[:]...))
	}
	kernel = thicken(kernel, [2]PadAxis{{Start: 1}, {}}, [2]PadAxis{{End: 1}, {}})
	kernel = thicken(kernel, [2]PadAxis{{}, {Start: 1}}, [2]PadAxis{{}, {End: 1}}) // [4, 4, in, out]
	return ConvGeneral(x, kernel, imageAxes, []int{1, 1}, [][2]int{{2, 2}, {2, 2}}, []int{2, 2}, nil, 1, 1)
}
