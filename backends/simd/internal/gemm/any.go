package gemm

import "github.com/amgen/amgen/backends/simd/internal/pool"

// Number is an element type that the plain Go product accepts; Float32 is the fast one.
type Number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64 |
		~complex64 | ~complex128
}

// Any is Float32Batch, overwriting C, for any type of element and in plain Go: four rows of C at a time, row of B by
// row of B.
func Any[T Number](p *pool.Pool, m, n, k int, a, b MatrixOf[T], c []T, ldc int, batch []Offset) {
	const height = 4
	blocks := ceilDiv(m, height)
	p.Run(len(batch)*blocks, func(i int) {
		o, row := batch[i/blocks], i%blocks*height
		for r := row; r < min(row+height, m); r++ {
			out := c[o.C+r*ldc:][:n]
			clear(out)
			for x := range k {
				addRow(out, a.Data[o.A+r*a.RowStride+x*a.ColStride], b, o.B+x*b.RowStride)
			}
		}
	})
}

// addRow adds v times the row of b that starts at an index.
func addRow[T Number](out []T, v T, b MatrixOf[T], at int) {
	if b.ColStride == 1 {
		for j, w := range b.Data[at:][:len(out)] {
			out[j] += v * w
		}
		return
	}
	for j := range out {
		out[j] += v * b.Data[at+j*b.ColStride]
	}
}
