// Package matmul multiplies float64 matrices with the vector kernels of backend simd.
//
// With AVX2 or AVX-512 a product takes a tenth of the time of gonum's BLAS in Go. NEON has a kernel too, whose time
// hasn't been measured. On any other processor this package calls gonum. It needs neither the backend nor GoMLX:
// programs call it on matrices of gonum's package blas64.
package matmul

import (
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// AddProduct computes c += op(a)·op(b) on one core. The operation op transposes its matrix if the flag is blas.Trans.
// With kernels, each element is summed in the same order whatever the size of the matrices.
//
// It panics if the shapes don't fit.
func AddProduct(transA, transB blas.Transpose, a, b, c blas64.General) {
	left, right := newOperand(a, transA == blas.NoTrans), newOperand(b, transB != blas.NoTrans)
	if left.inner != right.inner || left.rows != c.Rows || right.rows != c.Cols {
		panic("matmul: shapes don't fit")
	}
	kernel, ok := kernels.Product64()
	if !ok {
		blas64.Gemm(transA, transB, 1, a, b, 1, c)
		return
	}
	product{kernel, pool.Get().(*scratch), c}.add(left, right)
}

// operand is a matrix with one row for each of the product's rows, or columns; the other index is what is summed over.
type operand struct {
	data        []float64
	rows, inner int
	row, step   int // from one row, or one step of the sum, to the next
}

// newOperand takes the rows of a matrix for rows, or else its columns.
func newOperand(m blas64.General, rows bool) operand {
	if rows {
		return operand{m.Data, m.Rows, m.Cols, m.Stride, 1}
	}
	return operand{m.Data, m.Cols, m.Rows, 1, m.Stride}
}

// pack writes steps [from, to) of rows [first, first + high), one step after the other; rows beyond the last are zero.
func (o operand) pack(out []float64, first, high, from, to int) {
	n := min(high, o.rows-first)
	if n < high {
		clear(out[:high*(to-from)])
	}
	if o.row == 1 {
		for s := from; s < to; s++ {
			copy(out[(s-from)*high:], o.data[first+s*o.step:][:n])
		}
		return
	}
	for i := range n {
		row := o.data[(first+i)*o.row+from*o.step:]
		for s := range to - from {
			out[s*high+i] = row[s]
		}
	}
}

// A panel of b of panelSteps × panelCols stays in the cache of the second level while the rows of a go by.
const (
	panelSteps = 256
	panelCols  = 512
)

// scratch holds packed panels and a tile at the edge of the result.
type scratch struct{ a, b, edge []float64 }

var pool = sync.Pool{New: func() any { return new(scratch) }}

// product is one call of AddProduct.
type product struct {
	kernel *kernels.Gemm64
	*scratch
	c blas64.General
}

func (p product) add(a, b operand) {
	defer pool.Put(p.scratch)
	rows, cols := p.kernel.Rows, p.kernel.Cols
	p.a = grown(p.a, rows*panelSteps)
	p.b = grown(p.b, (panelCols+cols)*panelSteps)
	p.edge = grown(p.edge, rows*cols)
	for from := 0; from < a.inner; from += panelSteps {
		steps := min(panelSteps, a.inner-from)
		for left := 0; left < b.rows; left += panelCols {
			right := min(left+panelCols, b.rows)
			for col := left; col < right; col += cols {
				b.pack(p.b[(col-left)*steps:], col, cols, from, from+steps)
			}
			for row := 0; row < a.rows; row += rows {
				a.pack(p.a, row, rows, from, from+steps)
				for col := left; col < right; col += cols {
					p.addTile(p.b[(col-left)*steps:], steps, row, col)
				}
			}
		}
	}
}

// addTile adds the product of two panels to the tile of c at row and col. Where c ends within the tile, the product is
// computed in p.edge first.
func (p product) addTile(b []float64, steps, row, col int) {
	rows, cols, c := p.kernel.Rows, p.kernel.Cols, p.c
	high, wide := min(rows, c.Rows-row), min(cols, c.Cols-col)
	if high == rows && wide == cols {
		p.kernel.Run(steps, &p.a[0], &b[0], &c.Data[row*c.Stride+col], 8*c.Stride)
		return
	}
	clear(p.edge)
	p.kernel.Run(steps, &p.a[0], &b[0], &p.edge[0], 8*cols)
	for i := range high {
		out := c.Data[(row+i)*c.Stride+col:][:wide]
		for j := range out {
			out[j] += p.edge[i*cols+j]
		}
	}
}

func grown(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}
