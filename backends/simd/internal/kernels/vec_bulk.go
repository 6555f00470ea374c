//go:build !purego && (amd64 || arm64)

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
