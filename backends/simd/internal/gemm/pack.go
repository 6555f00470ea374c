package gemm

import "github.com/amgen/amgen/backends/simd/internal/kernels"

// aPad keeps rows of a packed block of A out of each other's cache sets.
const aPad = 16

// PackPanel copies k rows of columns [col, col+width) of the matrix b, of which n columns exist, into consecutive
// rows of width elements. Columns past n are left as they were: the kernels mask them.
func PackPanel(dst []float32, b Matrix, col, k, n, width int) {
	cols := min(width, n-col)
	src := b.Data[col*b.ColStride:]
	switch {
	case k == 1 && b.ColStride == 1:
		copy(dst[:cols], src)
	case b.ColStride == 1:
		kernels.CopyRows(dst, width, src, b.RowStride, k, cols)
	case cols > 1 && b.RowStride == 1:
		kernels.Transpose(dst, width, src, b.ColStride, cols, k)
	default:
		for i := range k {
			for j := range cols {
				dst[i*width+j] = src[i*b.RowStride+j*b.ColStride]
			}
		}
	}
}

// packA copies rows × depth elements of a at offset, in the order that makes the copies contiguous, and returns the
// matrix they form.
func packA(dst []float32, a Matrix, offset, rows, depth int) Matrix {
	src := a.Data[offset:]
	if a.RowStride == 1 {
		for k := range depth {
			copy(dst[k*rows:][:rows], src[k*a.ColStride:][:rows])
		}
		return Matrix{Data: dst, RowStride: 1, ColStride: rows}
	}
	stride := roundUp(depth, aPad)
	if stride%(2*aPad) == 0 {
		stride += aPad
	}
	for i := range rows {
		row, to := src[i*a.RowStride:], dst[i*stride:][:depth]
		if a.ColStride == 1 {
			copy(to, row)
			continue
		}
		for k := range to {
			to[k] = row[k*a.ColStride]
		}
	}
	return Matrix{Data: dst, RowStride: stride, ColStride: 1}
}
