//go:build !purego

package kernels

// transposeStrips transposes in strips of 4 rows, narrow enough that the lines of dst that a strip touches are still in
// the first-level cache when the next strips fill the rest of them.
func transposeStrips(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	const width = 32
	rows4, cols4 := rows&^3, cols&^3
	for c := 0; c < cols4; c += width {
		for r := 0; r < rows4; r += 4 {
			transpose4NEON(&dst[c*dstStride+r], dstStride, &src[r*srcStride+c], srcStride, min(width, cols4-c))
		}
	}
	transposeEdges(transposeGeneric, dst, dstStride, src, srcStride, rows, cols, rows4, cols4)
}
