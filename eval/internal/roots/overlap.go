package roots

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"

	"github.com/amgen/amgen/backends/simd/matmul"
	"github.com/amgen/amgen/eval/internal/parallel"
)

// Overlap is M = L₁ᵀL₂, [rows, cols], of the roots of two covariances, brought into the form Q B Pᵀ with a bidiagonal B
// (LAPACK's dgebrd). The sum of the singular values of M is the trace of (Σ₁^½ Σ₂ Σ₁^½)^½.
type Overlap struct {
	reduced        blas64.General // holds Q
	tau            []float64      // belongs to Q
	diagonal, next []float64      // of B
}

// NewOverlap is that of two roots.
func NewOverlap(a, b Root) Overlap {
	rows, cols := a.Rank(), b.Rank()
	least := min(rows, cols)
	o := Overlap{
		reduced:  blas64.General{Rows: rows, Cols: cols, Stride: max(1, cols), Data: make([]float64, rows*cols)},
		diagonal: make([]float64, least), next: make([]float64, max(0, least-1)), tau: make([]float64, least),
	}
	if least == 0 {
		return o
	}
	parallel.Panels(rows, func(from, to int) {
		left, product := a.General, o.reduced
		left.Cols, left.Data = to-from, left.Data[from:]
		product.Rows, product.Data = to-from, product.Data[from*product.Stride:]
		matmul.AddProduct(blas.Trans, blas.NoTrans, left, b.General, product)
	})
	var routines lapackgonum.Implementation
	ofP := make([]float64, least)
	wanted := make([]float64, 1)
	routines.Dgebrd(rows, cols, o.reduced.Data, cols, o.diagonal, o.next, o.tau, ofP, wanted, -1)
	work := make([]float64, int(wanted[0]))
	routines.Dgebrd(rows, cols, o.reduced.Data, cols, o.diagonal, o.next, o.tau, ofP, work, len(work))
	return o
}

// Sum is that of the singular values.
func (o Overlap) Sum() (float64, error) {
	n := len(o.diagonal)
	if n == 0 {
		return 0, nil
	}
	shape := blas.Upper
	if o.reduced.Rows < o.reduced.Cols {
		shape = blas.Lower
	}
	values := append([]float64(nil), o.diagonal...)
	next := append([]float64(nil), o.next...)
	var routines lapackgonum.Implementation
	if !routines.Dbdsqr(shape, n, 0, 0, 0, values, next, nil, 1, nil, 1, nil, 1, make([]float64, 4*n)) {
		return 0, fmt.Errorf("roots: singular values of %d×%d don't converge; check the features for numbers that are "+
			"far too large", o.reduced.Rows, o.reduced.Cols)
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum, nil
}

// RootForms returns zᵀ(MMᵀ)^½z of each row z, [n, rows], and overwrites the rows. M must have as many rows as columns
// or more.
//
// With T = BBᵀ, which is tridiagonal, and q = Qᵀz they are qᵀT^½q, where
//
//	√a = (2/π) ∫ s (1 − s²/(a + s²)) du,   s = eᵘ,
//
// by the trapezoidal rule. For steps h it is off by 2e^(−π²/h), relatively; beyond the ends are less than 10⁻⁶ of the
// roots of the eigenvalues above 10⁻¹⁰ of the greatest.
func (o Overlap) RootForms(rows []float64) []float64 {
	dim, rank := o.reduced.Rows, o.reduced.Cols
	n := len(rows) / dim
	forms := make([]float64, n)
	t := newTridiagonal(o.diagonal, o.next)
	most := t.bound()
	if most == 0 {
		return forms
	}
	o.turn(rows)
	const step, tail, cond = 0.6, 14, 11.6
	var scales []float64
	for u := math.Log(most)/2 - cond - tail; u < math.Log(most)/2+tail; u += step {
		scales = append(scales, math.Exp(u))
	}
	solvers := make([]shifted, len(scales))
	for k, s := range scales {
		solvers[k] = t.plus(s * s)
	}
	parallel.Rows(n, func(from, to int) {
		for i := from; i < to; i++ {
			q := rows[i*dim : i*dim+rank]
			square := 0.0
			for _, v := range q {
				square += v * v
			}
			for k, s := range scales {
				forms[i] += 2 / math.Pi * step * s * (square - s*s*solvers[k].form(q))
			}
		}
	})
	return forms
}

// turn replaces rows z by Qᵀz.
func (o Overlap) turn(rows []float64) {
	dim := o.reduced.Rows
	n := len(rows) / dim
	var routines lapackgonum.Implementation
	wanted := make([]float64, 1)
	routines.Dormbr(lapack.ApplyQ, blas.Right, blas.NoTrans, n, dim, o.reduced.Cols, o.reduced.Data, o.reduced.Stride,
		o.tau, rows, dim, wanted, -1)
	work := make([]float64, int(wanted[0]))
	routines.Dormbr(lapack.ApplyQ, blas.Right, blas.NoTrans, n, dim, o.reduced.Cols, o.reduced.Data, o.reduced.Stride,
		o.tau, rows, dim, work, len(work))
}
