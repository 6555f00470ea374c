package principal

import (
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/backends/simd/matmul"
)

func zeros(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: max(cols, 1), Data: make([]float64, rows*cols)}
}

func dense(m blas64.General) *mat.Dense {
	var d mat.Dense
	d.SetRawMatrix(m)
	return &d
}

// columns are those of a matrix from one on, without copying.
func columns(m blas64.General, from, count int) blas64.General {
	return blas64.General{Rows: m.Rows, Cols: count, Stride: m.Stride, Data: m.Data[from:]}
}

// rowsOf are the rows of op(m) from one on, as part of m.
func rowsOf(m blas64.General, op blas.Transpose, from, count int) blas64.General {
	if op == blas.Trans {
		return columns(m, from, count)
	}
	return blas64.General{Rows: count, Cols: m.Cols, Stride: m.Stride, Data: m.Data[from*m.Stride:]}
}

// height is that of op(m).
func height(m blas64.General, op blas.Transpose) int {
	if op == blas.Trans {
		return m.Cols
	}
	return m.Rows
}

// parts works on rows in parts of neighbours, on all cores. A part's size doesn't depend on their number, and each
// element of a product is summed in one order.
func parts(n, size int, work func(from, count int)) {
	var group sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += size {
		free <- struct{}{}
		group.Go(func() {
			work(from, min(size, n-from))
			<-free
		})
	}
	group.Wait()
}

// product is op(a)·op(b).
func product(transA, transB blas.Transpose, a, b blas64.General) blas64.General {
	const part = 96
	n := height(a, transA)
	cols := b.Cols
	if transB == blas.Trans {
		cols = b.Rows
	}
	c := zeros(n, cols)
	parts(n, part, func(from, count int) {
		matmul.AddProduct(transA, transB, rowsOf(a, transA, from, count), b, rowsOf(c, blas.NoTrans, from, count))
	})
	return c
}

// operator applies a symmetric matrix to columns.
type operator struct {
	size  int
	apply func(columns blas64.General) blas64.General
}

// mostGram bounds the rows of a Gram matrix that is kept; one that is larger is applied as a product of two.
const mostGram = 4096

// gram is op(X)·op(X)ᵀ.
func gram(x blas64.General, op blas.Transpose) operator {
	n := height(x, op)
	other := blas.Trans
	if op == blas.Trans {
		other = blas.NoTrans
	}
	if n > mostGram {
		return operator{n, func(q blas64.General) blas64.General {
			return product(op, blas.NoTrans, x, product(other, blas.NoTrans, x, q))
		}}
	}
	g := zeros(n, n)
	const part = 96
	parts(n, part, func(from, count int) { // the upper half, then its mirror
		c := columns(rowsOf(g, blas.NoTrans, from, count), from, n-from)
		matmul.AddProduct(op, other, rowsOf(x, op, from, count), rowsOf(x, op, from, n-from), c)
	})
	for i := range n {
		for j := range i {
			g.Data[i*n+j] = g.Data[j*n+i]
		}
	}
	return operator{n, func(q blas64.General) blas64.General { return product(blas.NoTrans, blas.NoTrans, g, q) }}
}
