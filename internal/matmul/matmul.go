// Package matmul multiplies matrices of float64: the products behind the metrics of package eval, of which a thousand pairs
// of features in 2048 dimensions take four billion operations.
//
// BLAS in pure Go, gonum's, is what runs where there are no kernels; with AVX2 or AVX-512 these take a tenth of its time.
package matmul

//go:generate go -C ../asmgen run . -kernels gemm64 -pkg matmul -out ../../internal/matmul/kernel_amd64.s -stubs ../../internal/matmul/kernel_amd64.go

import (
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// AddProduct adds op(a)·op(b) to c, op being the transpose where its flag says so, on one core. The sums of an element
// run in one order, whatever the matrices around it.
//
// It panics where the shapes don't fit.
func AddProduct(transA, transB blas.Transpose, a, b, c blas64.General) {
	left, right := newOperand(a, transA == blas.NoTrans), newOperand(b, transB != blas.NoTrans)
	if left.inner != right.inner || left.rows != c.Rows || right.rows != c.Cols {
		panic("matmul: shapes don't fit")
	}
	if best.run == nil {
		blas64.Gemm(transA, transB, 1, a, b, 1, c)
		return
	}
	best.addProduct(left, right, c)
}

// kernel multiplies packed panels.
type kernel struct {
	rows, cols int
	// run adds to c, rows × cols with stride bytes from row to row, the product of a, k × rows, and b, k × cols: step by
	// step, each one after the other.
	run func(k int, a, b, c *float64, stride int)
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

// scratch is the room for packed panels.
type scratch struct{ a, b, edge []float64 }

var pool = sync.Pool{New: func() any { return new(scratch) }}

func (k kernel) addProduct(a, b operand, c blas64.General) {
	room := pool.Get().(*scratch)
	defer pool.Put(room)
	room.a = grown(room.a, k.rows*panelSteps)
	room.b = grown(room.b, (panelCols+k.cols)*panelSteps)
	room.edge = grown(room.edge, k.rows*k.cols)
	for from := 0; from < a.inner; from += panelSteps {
		to := min(from+panelSteps, a.inner)
		for left := 0; left < b.rows; left += panelCols {
			right := min(left+panelCols, b.rows)
			for col := left; col < right; col += k.cols {
				b.pack(room.b[(col-left)*(to-from):], col, k.cols, from, to)
			}
			for row := 0; row < a.rows; row += k.rows {
				a.pack(room.a, row, k.rows, from, to)
				for col := left; col < right; col += k.cols {
					k.addTile(room, room.b[(col-left)*(to-from):], to-from, row, col, c)
				}
			}
		}
	}
}

// addTile adds a product of panels to the tile of c at row and col, by way of a whole one where c ends within it.
func (k kernel) addTile(room *scratch, b []float64, steps, row, col int, c blas64.General) {
	high, wide := min(k.rows, c.Rows-row), min(k.cols, c.Cols-col)
	if high == k.rows && wide == k.cols {
		k.run(steps, &room.a[0], &b[0], &c.Data[row*c.Stride+col], 8*c.Stride)
		return
	}
	clear(room.edge)
	k.run(steps, &room.a[0], &b[0], &room.edge[0], 8*k.cols)
	for i := range high {
		out := c.Data[(row+i)*c.Stride+col:][:wide]
		for j := range out {
			out[j] += room.edge[i*k.cols+j]
		}
	}
}

func grown(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}
