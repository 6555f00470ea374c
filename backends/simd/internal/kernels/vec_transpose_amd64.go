//go:build !purego

package kernels

// transposeStrips transposes in strips of 8 rows, narrow enough that the lines of dst that a strip touches are
// still in the first-level cache when the next strip fills their other half.
func transposeStrips(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	const width = 32
	rows8, cols8 := rows&^7, cols&^7
	for c := 0; c < cols8; c += width {
		for r := 0; r < rows8; r += 8 {
			transpose8AVX2(&dst[c*dstStride+r], dstStride, &src[r*srcStride+c], srcStride, min(width, cols8-c))
		}
	}
	transposeEdges(transposeGeneric, dst, dstStride, src, srcStride, rows, cols, rows8, cols8)
}

// transposeBlocks transposes in blocks of 16×16.
func transposeBlocks(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	rows16, cols16 := rows&^15, cols&^15
	for c := 0; c < cols16; c += 16 {
		for r := 0; r < rows16; r += 16 {
			transpose16AVX512(&dst[c*dstStride+r], dstStride, &src[r*srcStride+c], srcStride)
		}
	}
	transposeEdges(transposeStrips, dst, dstStride, src, srcStride, rows, cols, rows16, cols16)
}
