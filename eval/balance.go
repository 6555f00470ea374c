package eval

import (
	"fmt"
	"math"
)

// Balance compares how many samples there are of each class.
type Balance struct {
	// TotalVariation is ½ Σ |p − q|: the share of samples that would have to change their class.
	TotalVariation Estimate `json:"total_variation"`
	// Divergence is KL(p ‖ q) in nats, p being the generated; each class counts ½ more than it has samples (Jeffreys'
	// prior), so that a missing one leaves it finite.
	Divergence Estimate `json:"divergence"`
	// Missing are the classes of the reference of which nothing was generated.
	Missing []int `json:"missing,omitempty"`
}

// ClassCounts counts, for each class, the rows of scores (probabilities or logits) with their highest in it; of equal
// ones the first counts. Part of a row, a NaN and fewer than two classes are errors.
func ClassCounts[T float32 | float64](scores []T, classes int) ([]int, error) {
	found, err := highest(scores, classes)
	if err != nil {
		return nil, err
	}
	counts := make([]int, classes)
	for _, class := range found {
		counts[class]++
	}
	return counts, nil
}

// highest is, for each row of scores, the class that has the highest of it; of equal ones the first.
func highest[T float32 | float64](scores []T, classes int) ([]int, error) {
	if classes < 2 || len(scores) == 0 || len(scores)%classes != 0 {
		return nil, fmt.Errorf("eval: %d scores of %d classes; give whole rows of two classes at least", len(scores),
			classes)
	}
	found := make([]int, 0, len(scores)/classes)
	for at := 0; at < len(scores); at += classes {
		best := 0
		for k, v := range scores[at : at+classes] {
			if v != v {
				return nil, fmt.Errorf("eval: row %d has score NaN of class %d; give numbers", at/classes+1, k)
			}
			if v > scores[at+best] {
				best = k
			}
		}
		found = append(found, best)
	}
	return found, nil
}

// CompareClasses compares the counts of classes of generated samples with those of a reference. The standard errors
// are of the delta method, for both counts being multinomial. Where the two distributions are one, total variation
// isn't 0 but of the order of its error times the root of the number of classes.
func CompareClasses(generated, reference []int) (Balance, error) {
	if len(generated) != len(reference) || len(generated) < 2 {
		return Balance{}, fmt.Errorf("eval: counts of %d and of %d classes; give both of the same two or more",
			len(generated), len(reference))
	}
	p, n, err := shares(generated, 0)
	if err != nil {
		return Balance{}, err
	}
	q, m, err := shares(reference, 0)
	if err != nil {
		return Balance{}, err
	}
	var b Balance
	slope := make([]float64, len(p))
	for k := range p {
		b.TotalVariation.Value += math.Abs(p[k]-q[k]) / 2
		if slope[k] = 0.5; p[k] < q[k] {
			slope[k] = -0.5
		}
		if generated[k] == 0 && reference[k] > 0 {
			b.Missing = append(b.Missing, k)
		}
	}
	b.TotalVariation.StdErr = finite(math.Sqrt(multinomial(p, slope)/n + multinomial(q, slope)/m))

	p, _, _ = shares(generated, 0.5)
	q, _, _ = shares(reference, 0.5)
	ofP, ofQ := make([]float64, len(p)), make([]float64, len(q))
	for k := range p {
		log := math.Log(p[k] / q[k])
		b.Divergence.Value += p[k] * log
		ofP[k], ofQ[k] = log, -p[k]/q[k]
	}
	b.Divergence.StdErr = finite(math.Sqrt(multinomial(p, ofP)/n + multinomial(q, ofQ)/m))
	return b, nil
}

// shares are the counts plus extra, over their sum; n is the sum of the counts themselves.
func shares(counts []int, extra float64) (p []float64, n float64, err error) {
	for k, c := range counts {
		if c < 0 {
			return nil, 0, fmt.Errorf("eval: %d samples of class %d; give counts of 0 or more", c, k)
		}
		n += float64(c)
	}
	if n < 2 {
		return nil, 0, fmt.Errorf("eval: classes of %g samples; give at least two", n)
	}
	p = make([]float64, len(counts))
	for k, c := range counts {
		p[k] = (float64(c) + extra) / (n + extra*float64(len(counts)))
	}
	return p, n, nil
}

// multinomial is the variance of Σ slope·share for a single draw.
func multinomial(p, slope []float64) float64 {
	mean, square := 0.0, 0.0
	for k, s := range slope {
		mean += p[k] * s
		square += p[k] * s * s
	}
	return max(0, square-mean*mean)
}
