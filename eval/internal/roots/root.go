// Package roots computes with square roots of covariances: what the Fréchet distance and its error need.
package roots

import (
	"math"

	"github.com/amgen/amgen/eval/internal/parallel"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// Root is L, [dim, rank], with Σ = LLᵀ.
type Root struct {
	blas64.General
	// pivots are the rows of L in an order in which it is lower triangular.
	pivots []int
}

// Rank is the rank of Σ.
func (r Root) Rank() int { return r.Cols }

// Of is the root of a covariance, [dim, dim]: Cholesky's of the correlations, with complete pivots and scaled back, so
// that small dimensions count as much as large ones when it comes to the rank.
func Of(covariance []float64, dim int) Root {
	scale := make([]float64, dim)
	for i := range scale {
		scale[i] = math.Sqrt(covariance[i*dim+i])
	}
	correlation := blas64.Symmetric{N: dim, Stride: dim, Uplo: blas.Upper, Data: make([]float64, dim*dim)}
	for i, s := range scale {
		for j := i; j < dim; j++ {
			if product := s * scale[j]; product > 0 {
				mean := covariance[i*dim+j]/2 + covariance[j*dim+i]/2
				correlation.Data[i*dim+j] = mean / product
			}
		}
	}
	pivots := make([]int, dim)
	const tolerance = -1 // n·ε of the greatest correlation, 1: the noise of the sums
	u, rank, _ := lapack64.Pstrf(correlation, pivots, tolerance, make([]float64, 2*dim))
	l := blas64.General{Rows: dim, Cols: rank, Stride: max(1, rank), Data: make([]float64, dim*rank)}
	for j, at := range pivots { // column j of u is row pivots[j] of L
		for i := range min(j+1, rank) {
			l.Data[at*l.Stride+i] = scale[at] * u.Data[i*u.Stride+j]
		}
	}
	return Root{l, pivots}
}

// Solve replaces rows y of a matrix, [n, dim], by z with L z = y. The rank must be full.
func (r Root) Solve(rows []float64) {
	dim := r.Rows
	lower := blas64.Triangular{N: dim, Stride: dim, Uplo: blas.Lower, Diag: blas.NonUnit,
		Data: make([]float64, dim*dim)}
	for j, at := range r.pivots {
		copy(lower.Data[j*dim:(j+1)*dim], r.Data[at*r.Stride:at*r.Stride+dim])
	}
	parallel.Rows(len(rows)/dim, func(from, to int) {
		part := rows[from*dim : to*dim]
		ordered := make([]float64, dim)
		for at := 0; at < len(part); at += dim {
			for j, from := range r.pivots {
				ordered[j] = part[at+from]
			}
			copy(part[at:at+dim], ordered)
		}
		blas64.Trsm(blas.Right, blas.Trans, 1, lower, blas64.General{Rows: to - from, Cols: dim, Stride: dim,
			Data: part})
	})
}
