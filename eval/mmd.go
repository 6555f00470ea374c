package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// MMD is the squared maximum mean discrepancy with a mixture of Gaussian kernels,
//
//	MMD²(a, b) = E k(x, x') + E k(y, y') − 2 E k(x, y),   k(x, y) = mean_h exp(−‖x − y‖²/2h²),
//
// 0 exactly where the distributions are the same: Gretton et al., A kernel two-sample test, JMLR 13 (2012), lemma 6.
type MMD struct {
	// Bandwidths h of the kernels; nil are ¼, ½, 1, 2 and 4 times the [MedianDistance] of the two clouds. To compare
	// values with each other, give them the same bandwidths.
	Bandwidths []float64

	// Biased lets x' be x itself: not negative, but above 0 on average even for one distribution. Otherwise the
	// estimate is unbiased, and may be negative.
	Biased bool
}

// Squared is MMD²(a, b), in O((n + m)²·dim) time.
func (m MMD) Squared(a, b Cloud) (float64, error) {
	if err := checkPair(a, b); err != nil {
		return 0, err
	}
	bandwidths := m.Bandwidths
	if bandwidths == nil {
		median := MedianDistance(a, b)
		if median == 0 { // more than half of all points are one; any scale tells them from the others
			median = 1
		}
		bandwidths = []float64{median / 4, median / 2, median, 2 * median, 4 * median}
	}
	for _, h := range bandwidths {
		if !(h > 0) || math.IsInf(h, 0) {
			return 0, fmt.Errorf("eval: a kernel of bandwidth %g; give positive ones", h)
		}
	}
	if len(bandwidths) == 0 {
		return 0, fmt.Errorf("eval: a kernel without bandwidths; give at least one, or nil for the median's")
	}
	k := newKernel(bandwidths)
	massA, massB := a.masses(), b.masses()
	within := 0.0
	for _, side := range []struct {
		cloud Cloud
		mass  []float64
	}{{a, massA}, {b, massB}} {
		mean, err := k.within(side.cloud, side.mass, m.Biased)
		if err != nil {
			return 0, err
		}
		within += mean
	}
	across := 0.0
	for i, mass := range massA {
		row := 0.0
		for j, other := range massB {
			row += other * k.at(a.point(i), b.point(j))
		}
		across += mass * row
	}
	return within - 2*across, nil
}

// kernel holds −1/2h².
type kernel []float64

func newKernel(bandwidths []float64) kernel {
	k := make(kernel, len(bandwidths))
	for i, h := range bandwidths {
		k[i] = -1 / (2 * h * h)
	}
	return k
}

func (k kernel) at(x, y []float64) float64 {
	square, sum := squaredDistance(x, y), 0.0
	for _, rate := range k {
		sum += math.Exp(rate * square)
	}
	return sum / float64(len(k))
}

// within is the mean of the kernel over pairs of one cloud, of different points unless biased.
func (k kernel) within(c Cloud, mass []float64, biased bool) (float64, error) {
	pairs, same := 0.0, 0.0
	for i, m := range mass {
		row := 0.0
		for j := range i {
			row += mass[j] * k.at(c.point(i), c.point(j))
		}
		pairs += 2 * m * row
		same += m * m
	}
	if biased {
		return pairs + same, nil // k(x, x) = 1
	}
	if same > 1-1e-12 {
		return 0, fmt.Errorf("eval: the unbiased MMD of a single point with mass; give two at least, or take the biased one")
	}
	return pairs / (1 - same), nil
}

func squaredDistance(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		d := v - y[i]
		sum += d * d
	}
	return sum
}

// MedianDistance is the median of the distances between two different points of both clouds together: of all pairs
// where there are at most a million, else of a million drawn with a fixed seed. A cloud with a single point has 0.
func MedianDistance(a, b Cloud) float64 {
	const most = 1_000_000
	n := a.Len() + b.Len()
	at := func(i int) []float64 {
		if i < a.Len() {
			return a.point(i)
		}
		return b.point(i - a.Len())
	}
	var squares []float64
	if pairs := n * (n - 1) / 2; pairs <= most {
		for i := range n {
			for j := range i {
				squares = append(squares, squaredDistance(at(i), at(j)))
			}
		}
	} else {
		rng := rand.New(rand.NewPCG(1, 1))
		for range most {
			i, j := rng.IntN(n), rng.IntN(n-1)
			if j >= i {
				j++
			}
			squares = append(squares, squaredDistance(at(i), at(j)))
		}
	}
	if len(squares) == 0 {
		return 0
	}
	slices.Sort(squares)
	return math.Sqrt(squares[len(squares)/2])
}
