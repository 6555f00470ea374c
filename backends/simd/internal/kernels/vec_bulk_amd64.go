//go:build !purego

package kernels

// Some kernels in assembly do the bulk of the work only. The functions here complete them.

// patchFar completes a kernel that leaves arguments too large for it, which lie outside [-1, 1], as they are and
// reports whether there were any.
func patchFar(near func(dst, a []float32) (far bool), exact func(float64) float64) func(dst, a []float32) {
	return func(dst, a []float32) {
		if !near(dst, a) {
			return
		}
		for i, x := range dst {
			if x > 1 || x < -1 {
				dst[i] = float32(exact(float64(x)))
			}
		}
	}
}

// wholeGroups is the part of n elements that kernels working on groups of 16 handle; the twin does the rest.
func wholeGroups(n int) int { return n &^ 15 }

func compareGroups(bulk, twin func(dst []bool, a, b []float32)) func(dst []bool, a, b []float32) {
	return func(dst []bool, a, b []float32) {
		n := wholeGroups(len(dst))
		bulk(dst[:n], a[:n], b[:n])
		twin(dst[n:], a[n:], b[n:])
	}
}

func compareScalarGroups(bulk, twin func(dst []bool, a []float32, s float32)) func(dst []bool, a []float32, s float32) {
	return func(dst []bool, a []float32, s float32) {
		n := wholeGroups(len(dst))
		bulk(dst[:n], a[:n], s)
		twin(dst[n:], a[n:], s)
	}
}

func whereGroups(bulk func(dst []float32, cond []bool, a,
	b []float32)) func(dst []float32, cond []bool, a, b []float32) {
	return func(dst []float32, cond []bool, a, b []float32) {
		n := wholeGroups(len(dst))
		bulk(dst[:n], cond[:n], a[:n], b[:n])
		whereGeneric(dst[n:], cond[n:], a[n:], b[n:])
	}
}

func convertGroups[To, From any](bulk, twin func(dst []To, a []From)) func(dst []To, a []From) {
	return func(dst []To, a []From) {
		n := wholeGroups(len(dst))
		bulk(dst[:n], a[:n])
		twin(dst[n:], a[n:])
	}
}

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

// transposeEdges transposes with f what lies outside the first doneRows rows and doneCols columns.
func transposeEdges(f func(dst []float32, dstStride int, src []float32, srcStride, rows, cols int),
	dst []float32, dstStride int, src []float32, srcStride, rows, cols, doneRows, doneCols int) {
	if doneRows < rows && doneCols > 0 {
		f(dst[doneRows:], dstStride, src[doneRows*srcStride:], srcStride, rows-doneRows, doneCols)
	}
	if doneCols < cols {
		f(dst[doneCols*dstStride:], dstStride, src[doneCols:], srcStride, rows, cols-doneCols)
	}
}
