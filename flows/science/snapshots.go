package science

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science/tables"
	"github.com/amgen/amgen/flows/wfr"
)

// SnapshotOptions say how to learn from a population.
type SnapshotOptions struct {
	// LeaveOut is the time point that is kept from everything but judgement, counted from 1; 0 leaves none out. It
	// lies between others: before the first and after the last there is no path.
	LeaveOut int

	// LeaveOutTime names it by its time instead, see [Population.TimePoint].
	LeaveOutTime string

	// Raw takes the columns as they are instead of standardising each to mean 0 and deviation 1.
	Raw bool

	// Components is the number of principal components to learn in; 0 learns in the columns themselves.
	Components int

	// Coupling of the cells of neighbouring times; the zero value is optimal transport.
	Coupling Coupling

	// Masses of the unbalanced coupling: a positive number for each time of the file, or nil for the numbers of cells.
	// They count relative to the first.
	Masses []float64

	// EqualMasses takes all times for equally heavy, instead of Masses.
	EqualMasses bool

	// GrowthCost is δ of the unbalanced coupling, a length in the coordinates that are learned: mass never moves
	// farther than πδ between two times. 0 is the root-mean-square distance between two cells.
	GrowthCost float64

	// Smoothing makes a Gaussian of each cell, whose deviation is this times the median distance of a cell to the
	// nearest other one of its time, divided by √Dim, see [Snapshots.Bandwidth]. 0 learns the cells as they are: a few
	// hundred are then soon known by heart, and samples leave the data.
	Smoothing float64
}

// Snapshots are a population made ready for training: transformed, timed from 0 to 1, and without the cells that were
// left out, which reach neither a batch nor the transform.
type Snapshots struct {
	Transform *Transform
	Times     []float64 // of all time points: 0 the first, 1 the last
	Cells     [][]float64
	Dim       int

	// Population is what they were made of, in the file's own units.
	Population *Population

	// Masses of all times, relative to the first: what the unbalanced coupling learns, else the numbers of cells.
	Masses []float64

	name     string
	leftOut  int // counted from 0, −1 for none
	coupling Coupling
	delta    float64
	smooth   float64
}

// WideError says that a population has more dimensions than cells, which only principal components can be learned of.
type WideError struct {
	error
	Population *Population
}

// Prepare makes the population ready.
//
// It returns an [OptionError] where the options ask for what the population doesn't have, and an error where, for want
// of principal components, fewer cells than dimensions are left.
func (p *Population) Prepare(o SnapshotOptions) (*Snapshots, error) {
	if err := p.settleLeftOut(&o); err != nil {
		return nil, err
	}
	s := &Snapshots{Population: p, name: p.Name, leftOut: o.LeaveOut - 1, coupling: o.Coupling,
		delta: o.GrowthCost, smooth: o.Smoothing}
	n := 0 // cells that are kept
	for k := range p.Cells {
		if k != s.leftOut {
			n += p.Len(k)
		}
	}
	switch {
	case o.Components < 0 || o.Components > min(n-1, p.Dim):
		return nil, optionErrorf("science: %s: %d principal components of %d cells in %d dimensions; give 1 to %d, "+
			"or 0 for "+
			"the columns themselves", p.Name, o.Components, n, p.Dim, min(n-1, p.Dim))
	case o.Components == 0 && p.Dim > n:
		return nil, WideError{fmt.Errorf("science: %s has %d dimensions and only %d cells to learn from; "+
			"transpose it if cells and dimensions are exchanged, or take principal components, at most %d", p.wide,
			p.Dim, n, n-1), p}
	}
	if !(o.Smoothing >= 0 && o.Smoothing <= MostSmoothing) {
		return nil, optionErrorf("science: %s: a smoothing of %g; give one from 0 to %d", p.Name, o.Smoothing,
			MostSmoothing)
	}
	if err := o.Coupling.check(); err != nil {
		return nil, err
	}
	if n := p.Dim * max(1, o.Components); n > tables.MostColumns {
		return nil, fmt.Errorf("science: %s: %d dimensions and %d principal components are beyond the %d numbers "+
			"that a transform has; take "+
			"fewer of either", p.wide, p.Dim, o.Components, tables.MostColumns)
	}
	kept := make([]float64, 0, n*p.Dim)
	for k, cells := range p.Cells {
		if k != s.leftOut {
			kept = append(kept, cells...)
		}
	}
	transform, err := fitTransform(kept, p.Dim, o.Components, o.Raw, p.label)
	if err != nil {
		return nil, err
	}
	first, span := p.Times[0], p.Times[len(p.Times)-1]-p.Times[0]
	for _, time := range p.Times {
		s.Times = append(s.Times, (time-first)/span)
	}
	s.take(transform)
	if err := s.weigh(o.Masses, o.EqualMasses); err != nil {
		return nil, err
	}
	return s, s.check()
}

// label names a dimension for an error.
func (p *Population) label(k int) string {
	if k < len(p.Labels) {
		return "column " + tables.Printed(p.Labels[k])
	}
	return fmt.Sprintf("column %d", k+1)
}

// take transforms the cells, in place if they were transformed before: batches may have taken them.
func (s *Snapshots) take(t *Transform) {
	s.Transform, s.Dim = t, t.Dim()
	for k, cells := range s.Population.Cells {
		if transformed := t.Apply(cells); k < len(s.Cells) {
			copy(s.Cells[k], transformed)
		} else {
			s.Cells = append(s.Cells, transformed)
		}
	}
}

// check refuses cells that are too large to learn from, as they may be where columns are taken as they are.
func (s *Snapshots) check() error {
	for _, k := range s.kept() {
		for i, v := range s.Cells[k] {
			if !(math.Abs(v) <= maxLearned) {
				label := s.Population.label(i % s.Dim)
				if s.Transform.Axes != nil {
					label = fmt.Sprintf("component %d", i%s.Dim+1)
				}
				return fmt.Errorf("science: %s: %s has %g at time %v, beyond the ±%g of which squares are finite in "+
					"float32; give it in another unit, "+
					"or have it standardised", s.name, label, v, s.Population.Times[k], maxLearned)
			}
		}
	}
	return nil
}

// maxLearned is the greatest of what a model learns from: sums of its squares are finite in float32.
const maxLearned = 1e18

// Adopt replaces the transform by one of the same dimensions that a model was trained with, and transforms the cells by
// it.
func (s *Snapshots) Adopt(t *Transform) error {
	if err := t.Check(); err != nil {
		return err
	}
	if len(t.Mean) != s.Population.Dim || t.Dim() != s.Dim {
		return fmt.Errorf("science: a transform of %d dimensions to %d, of %s, which has %d to %d", len(t.Mean),
			t.Dim(), s.name, s.Population.Dim, s.Dim)
	}
	s.take(t)
	return nil
}

// Hash tells whether a population is still the same: a SHA-256 of its times and of all its cells in the file's own
// units.
func (p *Population) Hash() string {
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, p.Times) // a hash takes everything
	for _, cells := range p.Cells {
		_ = binary.Write(h, binary.LittleEndian, int64(len(cells)))
		_ = binary.Write(h, binary.LittleEndian, cells)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

// kept are the numbers of the time points to learn from.
func (s *Snapshots) kept() []int {
	var kept []int
	for k := range s.Times {
		if k != s.leftOut {
			kept = append(kept, k)
		}
	}
	return kept
}

// learned are the cells of the time points to learn from.
func (s *Snapshots) learned() (cells [][]float64) {
	for _, k := range s.kept() {
		cells = append(cells, s.Cells[k])
	}
	return cells
}

// Path is the path through the time points that are kept.
func (s *Snapshots) Path() flows.Path {
	var times, masses []float64
	for _, k := range s.kept() {
		times, masses = append(times, s.Times[k]), append(masses, s.Masses[k])
	}
	if s.coupling == Unbalanced {
		return wfr.Path{Times: times, Masses: masses}
	}
	return SnapshotPath{Times: times}
}

// Len is the number of cells of time point k, counted from 0.
func (s *Snapshots) Len(k int) int { return len(s.Cells[k]) / s.Dim }

// Points are the cells of time point k, counted from 0: float32 of [cells, Dim].
func (s *Snapshots) Points(k int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(narrow(s.Cells[k]), s.Len(k), s.Dim)
}

// Batches returns the endless dataset of chains, one cell of each time point that is kept: float32 of [batch, kept,
// Dim]. With the unbalanced coupling it is one of pairs of cells, see [wfr.Pairs]. The cells of a chain or pair are
// moved together where [SnapshotOptions.Smoothing] asks for it. Batch k is a function of the seed and k. Each cell of
// a time point is in a batch as often as the others or once more; with ExactTransport that is so of the first time
// point alone, and of the others on average. A batch below 1 or of more than 2²⁰ points is an error.
func (s *Snapshots) Batches(batch int, seed int64) (*Batches, error) {
	draw, err := s.draw(batch, seed)
	if err != nil {
		return nil, err
	}
	noise := s.smoothing(seed)
	batches, err := newBatchesOrError(s.name, batch, func(step int) (*tensors.Tensor, error) {
		flat, err := draw.flat(step)
		if err != nil {
			return nil, err
		}
		noise.apply(flat, step, draw.width, draw.points)
		return tensors.FromFlatDataAndDimensions(flat, draw.dims...), nil
	})
	if err == nil && s.coupling == OptimalTransport { // an assignment takes longer than a step of training
		batches.ahead = runtime.GOMAXPROCS(0)
	}
	return batches, err
}

// drawing makes batches by a coupling. A batch is rows of width numbers, each of which begins with cells that belong
// together, points of them.
type drawing struct {
	flat          func(step int) ([]float32, error)
	dims          []int
	width, points int
}

func (s *Snapshots) draw(batch int, seed int64) (drawing, error) {
	kept := s.kept()
	chain := drawing{dims: []int{batch, len(kept), s.Dim}, width: len(kept) * s.Dim, points: len(kept)}
	switch s.coupling {
	case Unbalanced:
		return s.pairs(batch, seed)
	case ExactTransport:
		chains := newChains(s.Dim, s.learned(), func(k uint64) *rand.Rand { return generator("plan", seed, k) })
		chain.flat = func(step int) ([]float32, error) {
			return chains.batch(step, batch, generator("chain", seed, uint64(step)))
		}
	default:
		chain.flat = func(step int) ([]float32, error) {
			return s.chainBatch(batch, generator("chain", seed, uint64(step))), nil
		}
	}
	return chain, nil
}

// chainBatch draws chains whose neighbours are coupled within the batch: [batch, kept, Dim].
func (s *Snapshots) chainBatch(batch int, rng *rand.Rand) []float32 {
	kept := s.kept()
	chosen := make([][]float64, len(kept))
	for i, k := range kept {
		chosen[i] = choose(rng, s.Cells[k], s.Dim, batch)
	}
	order := identity(batch) // which cell of this time belongs to each chain
	flat := make([]float32, batch*len(kept)*s.Dim)
	for i, cells := range chosen {
		if i > 0 {
			match := s.coupling.pair(rng, s.Dim, chosen[i-1], cells)
			for c, at := range order {
				order[c] = match[at]
			}
		}
		for c, at := range order {
			to := flat[(c*len(kept)+i)*s.Dim:]
			for j := range s.Dim {
				to[j] = float32(cells[at*s.Dim+j])
			}
		}
	}
	return flat
}
