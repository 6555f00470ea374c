package eval

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/eval/internal/roots"
)

// Gaussian is a normal distribution, as a rule with the moments of a network's features.
type Gaussian struct {
	// Count is of the samples it was taken from; 0 where that isn't known.
	Count int
	// Mean, [dim], and Covariance, [dim, dim], symmetric.
	Mean, Covariance []float64
}

// Dim is the number of dimensions.
func (g Gaussian) Dim() int { return len(g.Mean) }

// Check returns an error unless there are a mean of finite numbers and a symmetric, positive covariance of its size.
func (g Gaussian) Check() error { return g.check() }

func (g Gaussian) check() error {
	dim := g.Dim()
	if dim == 0 || len(g.Covariance) != dim*dim {
		return fmt.Errorf("eval: a mean of %d dimensions and a covariance of %d numbers; give %d×%d", dim,
			len(g.Covariance), dim, dim)
	}
	for i, v := range g.Mean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("eval: a mean with %g in dimension %d; give finite numbers", v, i+1)
		} else if math.Abs(v) > mostNumber {
			return fmt.Errorf("eval: a mean with %g in dimension %d, beyond ±%g, where squares overflow; scale the "+
				"features", v, i+1, mostNumber)
		}
	}
	for i := range dim {
		own := g.Covariance[i*dim+i]
		if !(own >= 0) || own > mostNumber*mostNumber {
			return fmt.Errorf("eval: a variance of %g in dimension %d; give finite ones of 0 or more, up to %g", own, i+
				1, mostNumber*mostNumber)
		}
		for j := range i {
			a, b := g.Covariance[i*dim+j], g.Covariance[j*dim+i]
			scale := math.Sqrt(own) * math.Sqrt(g.Covariance[j*dim+j])
			// Statistics computed in float32 are off by some 1e-6.
			if !(math.Abs(a-b) <= 1e-4*scale) || !(math.Abs(a) <= scale*(1+1e-4)) {
				return fmt.Errorf("eval: covariances %g and %g of dimensions %d and %d; give a symmetric, positive "+
					"matrix", a, b, i+1, j+1)
			}
		}
	}
	return nil
}

func (g Gaussian) root() roots.Root { return roots.Of(g.Covariance, g.Dim()) }
