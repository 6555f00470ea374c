package kernels

import "fmt"

// Fill sets every element of dst to v.
func Fill(dst []float32, v float32) { vec().fill(dst, v) }

// CopyRows copies a matrix of the given rows and columns between two row-major blocks whose rows start srcStride
// and dstStride elements apart: dst[r*dstStride+c] = src[r*srcStride+c]. The two must not overlap.
func CopyRows(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	checkBlock("dst", len(dst), dstStride, rows, cols)
	checkBlock("src", len(src), srcStride, rows, cols)
	if dstStride == cols && srcStride == cols {
		copy(dst[:rows*cols], src)
		return
	}
	for r := range rows {
		copy(dst[r*dstStride:r*dstStride+cols], src[r*srcStride:])
	}
}

// Transpose writes the transpose of a row-major matrix src of the given rows and columns, whose rows start
// srcStride elements apart, to dst, whose rows (of rows elements each) start dstStride elements apart:
// dst[c*dstStride+r] = src[r*srcStride+c]. The two must not overlap.
func Transpose(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	checkBlock("dst", len(dst), dstStride, cols, rows)
	checkBlock("src", len(src), srcStride, rows, cols)
	vec().transpose(dst, dstStride, src, srcStride, rows, cols)
}

// checkBlock panics if a block of rows × cols with the given stride doesn't fit into n elements.
func checkBlock(name string, n, stride, rows, cols int) {
	if stride < cols || (rows-1)*stride+cols > n {
		panic(fmt.Sprintf("kernels: %s holds %d elements, got a block of %d×%d with stride %d; pass a larger slice "+
			"or a stride of at least the columns",
			name, n, rows, cols, stride))
	}
}
