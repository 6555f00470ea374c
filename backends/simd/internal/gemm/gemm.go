// Package gemm multiplies matrices.
//
// Operands are strided: a transpose is a swap of strides. The work is cut into blocks of C by shape alone and every
// element of C is summed in an order that depends on the shape alone, so results have the same bits for any number
// of workers.
package gemm

import (
	"fmt"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Matrix is a matrix whose element (i, j) is Data[i·RowStride + j·ColStride]; no stride is negative.
type Matrix = MatrixOf[float32]

// MatrixOf is a Matrix of any type of element.
type MatrixOf[T any] struct {
	Data                 []T
	RowStride, ColStride int
}

// Transpose is the matrix with rows and columns exchanged; it shares the data.
func (m MatrixOf[T]) Transpose() MatrixOf[T] {
	return MatrixOf[T]{Data: m.Data, RowStride: m.ColStride, ColStride: m.RowStride}
}

// from is the matrix whose element (0, 0) is Data[offset] of m.
func (m MatrixOf[T]) from(offset int) MatrixOf[T] {
	m.Data = m.Data[offset:]
	return m
}

// Offset is where one product of a batch finds its operands: elements from the start of their data.
type Offset struct{ A, B, C int }

// Float32 computes C = A·B, or C += A·B, where A is m×k, B is k×n, and C is m×n with element (i, j) at
// c[i·ldc + j]. C must not overlap A or B.
func Float32(p *pool.Pool, m, n, k int, a, b Matrix, c []float32, ldc int, accumulate bool) {
	Float32Batch(p, m, n, k, a, b, c, ldc, []Offset{{}}, accumulate)
}

// Float32Batch computes one product a batch element, all of the same sizes and strides, each with its own offsets.
// The products' regions of C must not overlap.
func Float32Batch(p *pool.Pool, m, n, k int, a, b Matrix, c []float32, ldc int, batch []Offset, accumulate bool) {
	if m == 0 || n == 0 || len(batch) == 0 {
		return
	}
	if k == 0 {
		if !accumulate {
			clearRows(c, m, n, ldc, batch)
		}
		return
	}
	checkBounds("A", len(a.Data), m, k, a.RowStride, a.ColStride, batch, func(o Offset) int { return o.A })
	checkBounds("B", len(b.Data), k, n, b.RowStride, b.ColStride, batch, func(o Offset) int { return o.B })
	checkBounds("C", len(c), m, n, ldc, 1, batch, func(o Offset) int { return o.C })
	j := jobs.Get().(*job)
	defer j.giveBack()
	*j = job{m: m, n: n, k: k, a: a, b: b, c: c, ldc: ldc, batch: batch, accumulate: accumulate,
		kernels: kernels.Gemm(), thin: thin{exchanged: j.thin.exchanged[:0]}}
	if t, copied, ok := j.asThin(); ok {
		defer copied.Put()
		t.run(p)
		return
	}
	j.plan()
	j.run(p)
}

// checkBounds panics where a product would leave its operand: the kernels read and write through bare pointers.
func checkBounds(name string, size, rows, cols, rowStride, colStride int, batch []Offset, offset func(Offset) int) {
	low := min(0, (rows-1)*rowStride) + min(0, (cols-1)*colStride)
	high := max(0, (rows-1)*rowStride) + max(0, (cols-1)*colStride)
	for _, o := range batch {
		if at := offset(o); at+low < 0 || at+high >= size {
			panic(fmt.Sprintf("gemm: %s has %d elements, got a %d×%d matrix with strides %d, %d at offset %d; "+
				"pass the whole data", name, size, rows, cols, rowStride, colStride, at))
		}
	}
}

func clearRows[T any](c []T, m, n, ldc int, batch []Offset) {
	for _, o := range batch {
		for i := range m {
			clear(c[o.C+i*ldc:][:n])
		}
	}
}
