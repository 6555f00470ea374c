package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// FrechetLimit extrapolates the Fréchet distance to generated samples without end. That of N samples is too large by
// about c/N; so the distances of subsets of several sizes are fitted by a line in 1/N, and read at 0: Chong, Forsyth:
// Effectively unbiased FID and Inception score and where to find them, 2020. The reference's bias remains.
//
// Subsets are the beginnings, longer and longer, of one shuffle of the samples, so that these are passed over once.
type FrechetLimit struct {
	// Sizes are how many subsets there are; 0 are 15. They differ by equal numbers of samples; the last is all.
	Sizes int
	// Least is the size of the first; 0 is a tenth of the samples, but twice the dimensions if that is more and no
	// more than half the samples: with fewer samples than dimensions there is no such law.
	Least int
	// Seed decides the shuffle.
	Seed uint64
}

// Limit is a distance of samples without end. Its standard error is that of the fitted line; samples that all the
// subsets share add to it.
type Limit struct {
	Estimate
	// Slope is c.
	Slope float64 `json:"slope"`
	// Sizes of the subsets, and their Distances.
	Sizes     []int     `json:"sizes"`
	Distances []float64 `json:"distances"`
}

// Between takes as long as so many times [Frechet], and the moments of the samples. It is an error to have too few
// samples for the sizes, other dimensions than the reference, or numbers that are not finite.
func (f FrechetLimit) Between(generated Cloud, reference Gaussian) (Limit, error) {
	if err := checkSamples("a limit", 2, generated, generated); err != nil {
		return Limit{}, err
	}
	sizes, err := f.sizes(generated)
	if err != nil {
		return Limit{}, err
	}
	limit := Limit{Sizes: sizes}
	order := rand.New(rand.NewPCG(f.Seed, 0xf1d)).Perm(generated.Len())
	m := NewMoments(generated.Dim)
	if err := checkGaussians(Gaussian{Mean: m.Mean, Covariance: m.Scatter}, reference); err != nil {
		return Limit{}, err
	}
	ofReference := reference.root()
	inverse := make([]float64, len(sizes))
	for i, size := range sizes {
		for m.Count < size {
			next := min(size, m.Count+momentRows)
			if err := m.Add(generated.pick(order[m.Count:next]).X); err != nil {
				return Limit{}, err
			}
		}
		g, err := m.Gaussian()
		if err != nil {
			return Limit{}, err
		}
		e, _, err := frechet(g, reference, g.root(), ofReference)
		if err != nil {
			return Limit{}, err
		}
		limit.Distances = append(limit.Distances, e.Value)
		inverse[i] = 1 / float64(size)
	}
	limit.Estimate, limit.Slope = line(inverse, limit.Distances)
	if sizes[0] <= generated.Dim {
		limit.warn(fmt.Sprintf("subsets of %d samples in %d dimensions don't follow the law that is fitted", sizes[0],
			generated.Dim))
	}
	return limit, nil
}

// sizes are those of the subsets.
func (f FrechetLimit) sizes(c Cloud) ([]int, error) {
	n := c.Len()
	if f.Sizes == 0 {
		f.Sizes = 15
	}
	if f.Least == 0 {
		f.Least = max(2, n/10, min(2*c.Dim, n/2))
	}
	if f.Sizes < 2 || f.Least < 2 || n-f.Least < f.Sizes-1 {
		return nil, fmt.Errorf("eval: a limit of %d sizes from %d to %d samples; give two different sizes of two or "+
			"more", f.Sizes, f.Least, n)
	}
	sizes := make([]int, f.Sizes)
	for i := range sizes {
		sizes[i] = f.Least + i*(n-f.Least)/(f.Sizes-1)
	}
	return sizes, nil
}

// line fits y = value + slope·x by least squares, with the value's standard error where the points are three or more.
func line(x, y []float64) (value Estimate, slope float64) {
	meanX, _ := meanAndDeviation(x)
	meanY, _ := meanAndDeviation(y)
	xx, xy := 0.0, 0.0
	for i, v := range x {
		xx += (v - meanX) * (v - meanX)
		xy += (v - meanX) * (y[i] - meanY)
	}
	slope = xy / xx
	value.Value = meanY - slope*meanX
	if n := float64(len(x)); n > 2 {
		squares := 0.0
		for i, v := range x {
			squares += math.Pow(y[i]-value.Value-slope*v, 2)
		}
		value.StdErr = finite(math.Sqrt(squares / (n - 2) * (1/n + meanX*meanX/xx)))
	}
	return value, slope
}
