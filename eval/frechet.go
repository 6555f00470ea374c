package eval

import (
	"fmt"

	"github.com/amgen/amgen/eval/internal/roots"
)

// Frechet is the squared Fréchet distance, or W₂², of two normal distributions,
//
//	‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½),
//
// the FID where they have the moments of an Inception network's features: Heusel et al., GANs trained by a two
// time-scale update rule converge to a local Nash equilibrium, 2017.
//
// The trace of the root is the sum of the singular values of L₁ᵀL₂ for any Σ = LLᵀ. Taken from Cholesky's L with
// pivots, which has as many columns as Σ has rank, it is exact for singular Σ too: rounding noise in zero eigenvalues,
// which a matrix square root would amplify, never enters. Covariances of fewer samples than dimensions tell little of
// the distributions, though; the estimate's warning says so.
//
// At 2048 dimensions it takes some seconds and 200 MB. Distributions of different dimensions, and numbers that are
// not finite, are errors.
func Frechet(a, b Gaussian) (Estimate, error) {
	if err := checkGaussians(a, b); err != nil {
		return Estimate{}, err
	}
	e, _, err := frechet(a, b, a.root(), b.root())
	return e, err
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

// frechet is the distance of Gaussians with known roots of their covariances, with what these have in common.
func frechet(a, b Gaussian, rootA, rootB roots.Root) (Estimate, roots.Overlap, error) {
	dim, mean, traces := a.Dim(), 0.0, 0.0
	for i, v := range a.Mean {
		mean += (v - b.Mean[i]) * (v - b.Mean[i])
		traces += a.Covariance[i*dim+i] + b.Covariance[i*dim+i]
	}
	o := roots.NewOverlap(rootA, rootB)
	common, err := o.Sum()
	if err != nil {
		return Estimate{}, roots.Overlap{}, err
	}
	e := Estimate{Value: max(0, mean+traces-2*common)} // below 0 by rounding alone
	e.warn(rankWarning(a, rootA.Rank()))
	e.warn(rankWarning(b, rootB.Rank()))
	return e, o, nil
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
	if g.Count > g.Dim() {
		return fmt.Sprintf("the covariance of %s has rank %d in %d dimensions: some are constant or follow from others",
			samples, rank, g.Dim())
	}
	return fmt.Sprintf("the covariance of %s has rank %d in %d dimensions, so the distance has a large bias: take "+
		"more samples, or kid",
		samples, rank, g.Dim())
}
