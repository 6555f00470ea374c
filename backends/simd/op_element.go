package simd

import (
	"slices"

	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// execElement runs one element-wise node, unfused.
func execElement(r *run, n *node, in, out []*Buffer) error {
	f, err := kernelFor(n)
	if err != nil {
		return err
	}
	var args [3][]byte
	for i, buf := range in {
		args[i] = buf.mem
		if !slices.Equal(buf.shape.Dimensions, n.shape.Dimensions) {
			args[i] = expand(buf, n.shape)
		}
	}
	if len(out[0].mem) > 0 {
		f(out[0].mem, args[0], args[1], args[2])
	}
	return nil
}

// expand broadcasts a scalar, or a buffer of the same rank with dimensions of 1, to a shape.
func expand(buf *Buffer, shape shapes.Shape) []byte {
	width := buf.shape.DType.Size()
	dst := make([]byte, 0, shape.Size()*width)
	strides := make([]int, shape.Rank())
	for axis, stride := len(strides)-1, width; axis >= 0 && buf.shape.Rank() > 0; axis-- {
		if dim := buf.shape.Dimensions[axis]; dim > 1 || dim == 0 {
			strides[axis] = stride
			stride *= dim
		}
	}
	var fill func(axis, offset int)
	fill = func(axis, offset int) {
		if axis == shape.Rank() {
			dst = append(dst, buf.mem[offset:offset+width]...)
			return
		}
		for i := range shape.Dimensions[axis] {
			fill(axis+1, offset+i*strides[axis])
		}
	}
	fill(0, 0)
	return dst
}
