package gemm

// aPad keeps rows of a packed block of A out of each other's cache sets.
const aPad = 16

// PackPanel copies k rows of columns [col, col+width) of the matrix b, of which n columns exist, into consecutive
// rows of width elements. Columns past n are left as they were: the kernels mask them.
func PackPanel(dst []float32, b Matrix, col, k, n, width int) {
	cols := min(width, n-col)
	src := b.Data[col*b.ColStride:]
	if b.ColStride == 1 {
		for i := range k {
			copy(dst[i*width:][:cols], src[i*b.RowStride:][:cols])
		}
		return
	}
	transpose(dst, width, src, b.ColStride, b.RowStride, cols, k)
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

// transpose sets dst[j·dstStride + i] = src[i·iStride + j·jStride] for i < ni, j < nj, four columns at a time.
func transpose(dst []float32, dstStride int, src []float32, iStride, jStride, ni, nj int) {
	i := 0
	for ; i+4 <= ni; i += 4 {
		s0, s1 := src[i*iStride:], src[(i+1)*iStride:]
		s2, s3 := src[(i+2)*iStride:], src[(i+3)*iStride:]
		for j := range nj {
			at := j * jStride
			d := dst[j*dstStride+i:][:4]
			d[0], d[1], d[2], d[3] = s0[at], s1[at], s2[at], s3[at]
		}
	}
	for ; i < ni; i++ {
		s := src[i*iStride:]
		for j := range nj {
			dst[j*dstStride+i] = s[j*jStride]
		}
	}
}
