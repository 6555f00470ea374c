package eval

import (
	"errors"
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

// ErrSinglePoint says that an estimate without bias needs pairs of different points, and one of the clouds has none.
var ErrSinglePoint = errors.New("eval: the unbiased MMD of a single point with mass; give two at least, or take the " +
	"biased one")

// Squared is MMD²(a, b), in O((n + m)²·dim) time. Its errors are those of [MMD.Between].
func (m MMD) Squared(a, b Cloud) (float64, error) {
	e, err := m.Between(a, b)
	return e.Value, err
}

// Between is MMD²(a, b), in O((n + m)²·dim) time and little memory besides the clouds. The unbiased estimate of points
// of equal weights has a standard error, of the jackknife: each point is left out in turn. It takes the bandwidths as
// given.
func (m MMD) Between(a, b Cloud) (Estimate, error) {
	if err := checkPair(a, b); err != nil {
		return Estimate{}, err
	}
	k, err := m.kernel(a, b)
	if err != nil {
		return Estimate{}, err
	}
	massA, massB := a.masses(), b.masses()
	ofA, err := k.within(a, massA, m.Biased)
	if err != nil {
		return Estimate{}, err
	}
	ofB, err := k.within(b, massB, m.Biased)
	if err != nil {
		return Estimate{}, err
	}
	toB, toA := k.across(a, b, massA, massB)
	e := Estimate{Value: ofA.mean + ofB.mean - 2*dot(massA, toB)}
	if !m.Biased && a.Weights == nil && b.Weights == nil && min(a.Len(), b.Len()) > 2 {
		e.StdErr = finite(math.Sqrt(jackknife(ofA, toB) + jackknife(ofB, toA)))
	}
	return e, nil
}

// kernel is the mixture of those with the bandwidths, or with those of the median.
func (m MMD) kernel(a, b Cloud) (kernel, error) {
	bandwidths := m.Bandwidths
	if bandwidths == nil {
		median := MedianDistance(a, b)
		if median == 0 { // more than half of all points are one; any scale tells them from the others
			median = 1
		}
		bandwidths = []float64{median / 4, median / 2, median, 2 * median, 4 * median}
	}
	if len(bandwidths) == 0 {
		return nil, fmt.Errorf("eval: a kernel without bandwidths; give at least one, or nil for the median's")
	}
	k := make(kernel, len(bandwidths))
	for i, h := range bandwidths {
		if !(h > 0) || math.IsInf(h, 0) {
			return nil, fmt.Errorf("eval: a kernel of bandwidth %g; give positive ones", h)
		}
		k[i] = -1 / (2 * h * h)
	}
	return k, nil
}

// kernel holds −1/2h².
type kernel []float64

func (k kernel) at(square float64) float64 {
	sum := 0.0
	for _, rate := range k {
		sum += math.Exp(rate * square)
	}
	return sum / float64(len(k))
}

// affinity is the mean of the kernel over pairs of one cloud, and Σⱼ massⱼ k(xᵢ, xⱼ) over the others for each point.
type affinity struct {
	mean float64
	rows []float64
}

// within takes pairs of different points unless biased.
func (k kernel) within(c Cloud, mass []float64, biased bool) (affinity, error) {
	rows, _ := k.sums(c, c, mass, mass, true)
	pairs, same := dot(mass, rows), dot(mass, mass)
	if biased {
		return affinity{pairs + same, rows}, nil // k(x, x) = 1
	}
	if same > 1-1e-12 {
		return affinity{}, ErrSinglePoint
	}
	return affinity{pairs / (1 - same), rows}, nil
}

// across are the means of the kernel from each point to the other cloud.
func (k kernel) across(a, b Cloud, massA, massB []float64) (toB, toA []float64) {
	return k.sums(a, b, massA, massB, false)
}

// sums are Σⱼ massⱼ k(xᵢ, yⱼ) for each i and Σᵢ massᵢ k(xᵢ, yⱼ) for each j. Within one cloud it is
// over i ≠ j, and only the first counts: the second lacks what lies below the diagonal.
func (k kernel) sums(a, b Cloud, massA, massB []float64, within bool) (down, across []float64) {
	type part struct {
		tile
		down, across []float64
	}
	parts := make([]part, tileCount(a, b, within))
	eachTile(a, b, within, squaredDistances, func(t tile) {
		p := part{t, make([]float64, t.rows), make([]float64, t.cols)}
		p.entries = nil // another tile's soon
		for i := range t.rows {
			for j, square := range t.at(i) {
				if within && t.row+i == t.col+j {
					continue
				}
				v := k.at(square)
				p.down[i] += massB[t.col+j] * v
				p.across[j] += massA[t.row+i] * v
			}
		}
		parts[t.index] = p
	})
	down, across = make([]float64, a.Len()), make([]float64, b.Len())
	for _, p := range parts { // in one order, whoever was first
		for i, v := range p.down {
			down[p.row+i] += v
		}
		for j, v := range p.across {
			across[p.col+j] += v
			if p.mirrored {
				down[p.col+j] += v
			}
		}
	}
	return down, across
}

// jackknife is the variance of the unbiased MMD² that leaving out each of n points with equal weights tells of, from
// the points' means over their own cloud and over the other.
func jackknife(own affinity, other []float64) float64 {
	n := float64(len(other))
	values := make([]float64, len(other))
	for i, to := range other {
		// Sums over pairs, of which those of point i go.
		within := (own.mean*n*(n-1) - 2*own.rows[i]*n) / ((n - 1) * (n - 2))
		// the mean over the other points, but for a constant and the sign: −2(S − to)/(n − 1)
		values[i] = within + 2*to/(n-1)
	}
	_, deviation := meanAndDeviation(values)
	return deviation * deviation * (n - 1) * (n - 1) / n
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
	at := func(i int, scratch []float64) []float64 {
		if i < a.Len() {
			return a.row(i, scratch)
		}
		return b.row(i-a.Len(), scratch)
	}
	one, other := make([]float64, a.Dim), make([]float64, b.Dim)
	var squares []float64
	if pairs := n * (n - 1) / 2; pairs <= most {
		for i := range n {
			for j := range i {
				squares = append(squares, squaredDistance(at(i, one), at(j, other)))
			}
		}
	} else {
		rng := rand.New(rand.NewPCG(1, 1))
		for range most {
			i, j := rng.IntN(n), rng.IntN(n-1)
			if j >= i {
				j++
			}
			squares = append(squares, squaredDistance(at(i, one), at(j, other)))
		}
	}
	if len(squares) == 0 {
		return 0
	}
	slices.Sort(squares)
	return math.Sqrt(squares[len(squares)/2])
}
