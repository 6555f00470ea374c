package kernels

func fillGeneric(dst []float32, v float32) {
	for i := range dst {
		dst[i] = v
	}
}

// transposeGeneric works in squares of 16×16, so that every cache line is used whole before it leaves.
func transposeGeneric(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	const side = 16
	for c0 := 0; c0 < cols; c0 += side {
		for r0 := 0; r0 < rows; r0 += side {
			for c := c0; c < min(c0+side, cols); c++ {
				for r := r0; r < min(r0+side, rows); r++ {
					dst[c*dstStride+r] = src[r*srcStride+c]
				}
			}
		}
	}
}
