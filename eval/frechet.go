package eval

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// Frechet is the squared Fréchet distance, or W₂², of two normal distributions,
//
//	‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½),
//
// the FID where they have the moments of an Inception network's features: Heusel et al., GANs trained by a two
// time-scale update rule converge to a local Nash equilibrium, 2017.
//
// The trace of the root is the sum of the singular values of L₂ᵀL₁ for any Σ = LLᵀ. Taken from Cholesky's L with
// pivots, which has as many columns as Σ has rank, it knows nothing of the noise of eigenvalues that should be 0, of
// which the root of a product would take the root. Covariances of fewer samples than dimensions are therefore exact
// as well, but tell little of the distributions: the estimate says so in its warning.
//
// At 2048 dimensions it takes some seconds and 200 MB.
func Frechet(a, b Gaussian) (Estimate, error) {
	if err := checkGaussians(a, b); err != nil {
		return Estimate{}, err
	}
	return frechet(a, b, a.root(), b.root())
}

// checkGaussians returns an error unless both are sound and of one space.
func checkGaussians(a, b Gaussian) error {
	for _, g := range []Gaussian{a, b} {
		if err := g.check(); err != nil {
			return err
		}
	}
	if a.Dim() != b.Dim() {
		return fmt.Errorf("eval: statistics of %d and of %d dimensions; compare those of one network", a.Dim(), b.Dim())
	}
	return nil
}

// frechet is the distance of Gaussians with known roots of their covariances.
func frechet(a, b Gaussian, rootA, rootB blas64.General) (Estimate, error) {
	dim, mean, traces := a.Dim(), 0.0, 0.0
	for i, v := range a.Mean {
		mean += (v - b.Mean[i]) * (v - b.Mean[i])
		traces += a.Covariance[i*dim+i] + b.Covariance[i*dim+i]
	}
	overlap, err := sumOfSingularValues(rootB, rootA)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Value: max(0, mean+traces-2*overlap)} // below 0 by rounding alone
	e.warn(rankWarning(a, rootA.Cols))
	e.warn(rankWarning(b, rootB.Cols))
	return e, nil
}

// rankWarning tells of a covariance that doesn't span the space.
func rankWarning(g Gaussian, rank int) string {
	if rank == g.Dim() {
		return ""
	}
	samples := "samples"
	if g.Count > 0 {
		samples = fmt.Sprintf("%d samples", g.Count)
	}
	return fmt.Sprintf("the covariance of %s has rank %d in %d dimensions, so the distance has a large bias", samples, rank, g.Dim())
}

// root returns L, [dim, rank], with Σ = LLᵀ: Cholesky's, with pivots, of the correlations, so that small dimensions
// count as much as large ones when it comes to the rank.
func (g Gaussian) root() blas64.General {
	dim := g.Dim()
	scale := make([]float64, dim)
	for i := range scale {
		scale[i] = math.Sqrt(g.Covariance[i*dim+i])
	}
	correlation := blas64.Symmetric{N: dim, Stride: dim, Uplo: blas.Upper, Data: make([]float64, dim*dim)}
	for i, s := range scale {
		for j := i; j < dim; j++ {
			if product := s * scale[j]; product > 0 {
				mean := g.Covariance[i*dim+j]/2 + g.Covariance[j*dim+i]/2
				correlation.Data[i*dim+j] = mean / product
			}
		}
	}
	pivots := make([]int, dim)
	const tolerance = -1 // n·ε of the greatest correlation, 1: the noise of the sums
	u, rank, _ := lapack64.Pstrf(correlation, pivots, tolerance, make([]float64, 2*dim))
	l := blas64.General{Rows: dim, Cols: rank, Stride: max(1, rank), Data: make([]float64, dim*rank)}
	for j, at := range pivots { // row i of u is column i of L
		for i := range min(j+1, rank) {
			l.Data[at*l.Stride+i] = scale[at] * u.Data[i*u.Stride+j]
		}
	}
	return l
}

// sumOfSingularValues is that of aᵀb, with a and b [dim, rank].
func sumOfSingularValues(a, b blas64.General) (float64, error) {
	if a.Cols == 0 || b.Cols == 0 {
		return 0, nil
	}
	product := mat.NewDense(a.Cols, b.Cols, nil)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, a, b, 0, product.RawMatrix())
	var svd mat.SVD
	if !svd.Factorize(product, mat.SVDNone) {
		return 0, fmt.Errorf("eval: singular values of %d×%d that don't converge; look for features beyond all bounds", a.Cols, b.Cols)
	}
	sum := 0.0
	for _, v := range svd.Values(nil) {
		sum += v
	}
	return sum, nil
}
