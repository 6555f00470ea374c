package eval

import (
	"fmt"
	"math/rand/v2"

	"github.com/amgen/amgen/internal/transport"
)

// Pairing is a way to pair the points of two clouds for [Interpolate].
type Pairing int

// Pairings.
const (
	OptimalPairs Pairing = iota // an optimal plan of squared distances
	RandomPairs                 // each point of the one with random points of the other
)

// Interpolate is a model of what lies between two clouds that needs no learning: points (1−t)x + ty of pairs (x, y),
// each with the mass that the pair has. t is from 0 to 1. OptimalPairs are McCann's displacement interpolation,
// RandomPairs a shuffle of as many pairs as the larger cloud has points. The seed is of the shuffle. Its errors are
// those of [Wasserstein].
func Interpolate(a, b Cloud, t float64, by Pairing, seed int64) (Cloud, error) {
	if err := checkPair(a, b); err != nil {
		return Cloud{}, err
	}
	if by == RandomPairs && (a.Weights != nil || b.Weights != nil) {
		return Cloud{}, fmt.Errorf("eval: random pairs of weighted points; give points of equal weights")
	}
	a, b = a.wide(), b.wide()
	n, m := a.Len(), b.Len()
	var pairs []transport.Flow
	if by == RandomPairs {
		rng := rand.New(rand.NewPCG(uint64(seed), pairStream))
		left, right := rng.Perm(n), rng.Perm(m)
		for i := range max(n, m) {
			pairs = append(pairs, transport.Flow{From: left[i%n], To: right[i%m], Mass: 1})
		}
	} else {
		var err error
		if pairs, _, err = transport.Plan(a.masses(), b.masses(), transport.Euclidean(a.Dim, 2, a.X, b.X)); err != nil {
			return Cloud{}, fmt.Errorf("eval: %w", err)
		}
	}
	out := Cloud{Dim: a.Dim, X: make([]float64, 0, len(pairs)*a.Dim)}
	for _, p := range pairs {
		for k := range a.Dim {
			out.X = append(out.X, (1-t)*a.X[p.From*a.Dim+k]+t*b.X[p.To*a.Dim+k])
		}
		out.Weights = append(out.Weights, p.Mass)
	}
	if by == RandomPairs {
		out.Weights = nil
	}
	return out, nil
}

// Halves are the two halves of a shuffled cloud with equal weights; of an odd number of points one is left out.
func Halves(c Cloud, seed int64) (a, b Cloud) {
	order := rand.New(rand.NewPCG(uint64(seed), pairStream)).Perm(c.Len())
	half := c.Len() / 2
	return c.pick(order[:half]), c.pick(order[half : 2*half])
}

// pairStream keeps the random numbers of pairs and halves apart from others of the same seed.
const pairStream = 0x70616972
