package kernels

func fillGeneric(dst []float32, v float32) {
	for i := range dst {
		dst[i] = v
	}
}

func transposeGeneric(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	for c := range cols {
		for r := range rows {
			dst[c*dstStride+r] = src[r*srcStride+c]
		}
	}
}
