package eval

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/amgen/amgen/backends/simd/matmul"
)

// GaussianOf is the normal distribution with the moments of a cloud. Of points with masses mᵢ of the sum 1 these are
//
//	μ = Σ mᵢxᵢ,   Σ = Σ mᵢ(xᵢ − μ)(xᵢ − μ)ᵀ / (1 − Σ mᵢ²),
//
// the covariance without bias for weights that tell how much a point stands for, numpy.cov(aweights=m): ddof 1 where
// they are equal. Fewer than two points with a mass, and numbers that are not finite, are errors.
func GaussianOf(c Cloud) (Gaussian, error) {
	if c.Weights == nil {
		m, err := MomentsOf(c)
		if err != nil {
			return Gaussian{}, err
		}
		return m.Gaussian()
	}
	if err := c.check(); err != nil {
		return Gaussian{}, err
	}
	masses := c.masses()
	same := dot(masses, masses)
	if same > 1-1e-12 {
		return Gaussian{}, fmt.Errorf("eval: a covariance of a single point with mass; give at least two")
	}
	g := Gaussian{Count: c.Len(), Mean: make([]float64, c.Dim), Covariance: make([]float64, c.Dim*c.Dim)}
	scratch := make([]float64, min(momentRows, c.Len())*c.Dim)
	for i, m := range masses {
		for k, v := range c.row(i, scratch) {
			g.Mean[k] += m * v
		}
	}
	square := blas64.General{Rows: c.Dim, Cols: c.Dim, Stride: c.Dim, Data: g.Covariance}
	for from := 0; from < c.Len(); from += momentRows {
		to := min(from+momentRows, c.Len())
		rows := c.rows(scratch, from, to)
		for i := range rows {
			rows[i] = (rows[i] - g.Mean[i%c.Dim]) * math.Sqrt(masses[from+i/c.Dim]/(1-same))
		}
		x := blas64.General{Rows: to - from, Cols: c.Dim, Stride: c.Dim, Data: rows}
		matmul.AddProduct(blas.Trans, blas.NoTrans, x, x, square)
	}
	for i := range c.Dim { // both halves to the same bits
		for j := range i {
			g.Covariance[i*c.Dim+j] = g.Covariance[j*c.Dim+i]
		}
	}
	return g, nil
}

// RelativeWeights are weights in proportion to e to the power of logarithms, the greatest 1; none of none.
func RelativeWeights(logWeights []float64) []float64 {
	if len(logWeights) == 0 {
		return nil
	}
	greatest := slices.Max(logWeights)
	weights := make([]float64, len(logWeights))
	for i, l := range logWeights {
		weights[i] = math.Exp(l - greatest)
	}
	return weights
}
