package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// KID is the kernel distance of features: the mean, over random subsets, of the unbiased squared maximum mean
// discrepancy with the kernel
//
//	k(x, y) = (γ x·y + 1)³,   γ = 1/dim:
//
// Bińkowski et al., Demystifying MMD GANs, 2018, section 4. It is 0 on average for samples of one distribution, so it
// may come out below 0; no bias depends on the number of samples, as that of FID does.
type KID struct {
	// Subsets of each set; 0 is 100.
	Subsets int
	// Size of a subset, drawn without replacement; 0 is 1000, or as many as the smaller set has.
	Size int
	Seed uint64
}

// Defaults of KID, as torch-fidelity has them.
const (
	kidSubsets = 100
	kidSize    = 1000
)

// Between is the KID of two clouds, in O(subsets·size²·dim) time.
//
// Subsets overlap, so their deviation over the root of their number would be too small an error. The variance of a
// subset of m out of n without replacement lacks the share m/n of that of fresh ones, so the standard error adds the
// variance of the n themselves: s²·(1/subsets + m/(n − m)), n being the smaller number. It is unknown where m is n.
func (k KID) Between(a, b Cloud) (Estimate, error) {
	if err := checkSamples("KID", 2, a, b); err != nil {
		return Estimate{}, err
	}
	least := min(a.Len(), b.Len())
	if k.Subsets == 0 {
		k.Subsets = kidSubsets
	}
	if k.Size == 0 {
		k.Size = min(kidSize, least)
	}
	if k.Subsets < 1 || k.Size < 2 || k.Size > least {
		return Estimate{}, fmt.Errorf("eval: KID with %d subsets of %d out of %d and %d samples; give subsets of 2 "+
			"or more, and no more than there are",
			k.Subsets, k.Size, a.Len(), b.Len())
	}
	rng := rand.New(rand.NewPCG(k.Seed, 0x61d))
	whole := k.Size == a.Len() && k.Size == b.Len() // every subset is the same
	values := make([]float64, k.Subsets)
	for i := range values {
		if whole && i > 0 {
			values[i] = values[0]
			continue
		}
		values[i] = polynomialMMD(a.pick(rng.Perm(a.Len())[:k.Size]), b.pick(rng.Perm(b.Len())[:k.Size]))
	}
	mean, deviation := meanAndDeviation(values)
	e := Estimate{Value: mean}
	if k.Subsets > 1 && k.Size < least {
		e.StdErr = finite(deviation * math.Sqrt(1/float64(k.Subsets)+float64(k.Size)/float64(least-k.Size)))
	}
	return e, nil
}

// polynomialMMD is the unbiased MMD² of KID's kernel.
func polynomialMMD(a, b Cloud) float64 {
	n, m := float64(a.Len()), float64(b.Len())
	return sumOfKernel(a, a, true)/(n*(n-1)) + sumOfKernel(b, b, true)/(m*(m-1)) - 2*sumOfKernel(a, b, false)/(n*m)
}

// sumOfKernel is Σ k(xᵢ, yⱼ), over i ≠ j within one cloud.
func sumOfKernel(a, b Cloud, within bool) float64 {
	parts := make([]float64, tileCount(a, b, within))
	rate := 1 / float64(a.Dim)
	eachTile(a, b, within, products, func(t tile) {
		sum := 0.0
		for i := range t.rows {
			for j, product := range t.at(i) {
				if within && t.row+i == t.col+j {
					continue
				}
				v := rate*product + 1
				sum += v * v * v
			}
		}
		if t.mirrored {
			sum *= 2
		}
		parts[t.index] = sum
	})
	sum := 0.0
	for _, part := range parts {
		sum += part
	}
	return sum
}
