package science

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amgen/amgen/flows/wfr"
)

// weigh settles the masses of all times.
func (s *Snapshots) weigh(masses []float64, equal bool) error {
	if s.coupling != Unbalanced && (masses != nil || equal || s.delta != 0) {
		return optionErrorf("science: masses and a cost of growth for %s with coupling %s; use unbalanced, or leave "+
			"them out", s.name, s.coupling)
	}
	if !(s.delta >= 0) || math.IsInf(s.delta, 0) {
		return optionErrorf("science: growth cost δ = %g; give a length above 0", s.delta)
	}
	if equal && masses != nil {
		return optionErrorf("science: masses of %s that are equal, and others; give one", s.name)
	}
	if masses == nil {
		for k := range s.Times {
			mass := float64(s.Len(k))
			if equal {
				mass = 1
			}
			masses = append(masses, mass)
		}
	}
	if len(masses) != len(s.Times) {
		return optionErrorf("science: %s has %d time points, and there are %d masses; give one for each, that of a "+
			"point left out too", s.name, len(s.Times), len(masses))
	}
	for k, m := range masses {
		relative := m / masses[0]
		if s.coupling == Unbalanced && !(m > 0 && relative >= leastMass && relative <= 1/leastMass) {
			return optionErrorf("science: %s: mass %g of time point %d, %g of the first; give positive masses within "+
				"a factor of %g", s.name, m, k+1, masses[0], 1/leastMass)
		}
		s.Masses = append(s.Masses, relative)
	}
	return nil
}

// leastMass is the least mass, relative to the first, that is learned in float32.
const leastMass = 1e-6

// GrowthCost is δ of the unbalanced coupling, 0 of others. By default it is the root-mean-square distance between two
// cells that are learned from.
func (s *Snapshots) GrowthCost() (float64, error) {
	if s.coupling != Unbalanced || s.delta > 0 {
		return s.delta, nil
	}
	sum, squares, n := make([]float64, s.Dim), 0.0, 0.0
	for _, k := range s.kept() {
		for i, v := range s.Cells[k] {
			sum[i%s.Dim] += v
			squares += v * v
		}
		n += float64(s.Len(k))
	}
	for _, v := range sum {
		squares -= v * v / n
	}
	delta := math.Sqrt(2 * max(0, squares) / n)
	if !(delta > 0) {
		return 0, optionErrorf("science: all cells of %s are the same, so there is no scale for growth; give its cost",
			s.name)
	}
	return delta, nil
}

// pairs are the batches of the unbalanced coupling.
func (s *Snapshots) pairs(batch int, seed int64) (drawing, error) {
	delta, err := s.GrowthCost()
	if err != nil {
		return drawing{}, err
	}
	of := wfr.Snapshots{Dim: s.Dim, Delta: delta}
	for _, k := range s.kept() {
		of.Cells, of.Masses = append(of.Cells, s.Cells[k]), append(of.Masses, s.Masses[k])
	}
	pairs, err := wfr.NewPairs(of, func(k uint64) *rand.Rand { return generator("plan", seed, k) })
	if err != nil {
		return drawing{}, fmt.Errorf("science: %s: %w", s.name, err)
	}
	return drawing{dims: []int{batch, len(of.Cells) - 1, pairs.Width()}, width: pairs.Width(), points: 2,
		flat: func(step int) ([]float32, error) {
			flat, err := pairs.Batch(step, batch, generator("pairs", seed, uint64(step)))
			if err != nil {
				err = fmt.Errorf("science: %s: %w", s.name, err)
			}
			return flat, err
		}}, nil
}
