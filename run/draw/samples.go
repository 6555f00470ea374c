package draw

import (
	"slices"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/run"
)

// Samples is what was drawn, sample after sample.
type Samples struct {
	Source *run.Source
	State            // at t = 1
	Times  []float64 // of States
	// FileTimes are Times in the unit of the snapshots' file, where they were given in it; nil computes them.
	FileTimes []float64
	// CellNames are those of the cells that samples begin with, which are reused in turn; nil numbers the samples.
	CellNames []string
	States    []State // one for each of Times

	// Given and Truth are pixels, [n, Dims...], where images are restored; else nil.
	Given, Truth []uint8
	// Labels are the classes of the samples, [n], of a run with classes; else nil.
	Labels []int32
	rows   bool // a list of several classes was asked for: a picture has a row of each
	// Report is of the solver: the most evaluations, steps and rejections that a batch took, and the time of all.
	Report solve.Report
}

// State is where samples are at a time.
type State struct {
	X          []float32 // [n, Dims...]
	LogWeights []float64 // [n], of an unbalanced run, at the time; else nil
}

// New makes an empty set of samples.
func New(source *run.Source, times []float64) *Samples {
	return &Samples{Source: source, Times: times, States: make([]State, len(times))}
}

// Dims are the dimensions of a sample: height, width and channels, or the number of coordinates.
func (s *Samples) Dims() []int { return s.Source.Dims }

// Size is the number of numbers in a sample.
func (s *Samples) Size() int { return s.Source.Size() }

// Len is the number of samples.
func (s *Samples) Len() int { return len(s.X) / s.Size() }

// Reserve takes the memory of n samples at once: growing by and by takes twice of it.
func (s *Samples) Reserve(n int) {
	s.X = slices.Grow(s.X, n*s.Size())
	for i := range s.States {
		s.States[i].X = slices.Grow(s.States[i].X, n*s.Size())
	}
}

// Append adds samples of the same source and times.
func (s *Samples) Append(more *Samples) {
	s.X, s.LogWeights = append(s.X, more.X...), append(s.LogWeights, more.LogWeights...)
	for i, at := range more.States {
		s.States[i].X = append(s.States[i].X, at.X...)
		s.States[i].LogWeights = append(s.States[i].LogWeights, at.LogWeights...)
	}
	s.Labels, s.rows = append(s.Labels, more.Labels...), s.rows || more.rows
	s.Given, s.Truth = append(s.Given, more.Given...), append(s.Truth, more.Truth...)
	r, m := &s.Report, more.Report
	r.NFE, r.Steps, r.Rejected = max(r.NFE, m.NFE), max(r.Steps, m.Steps), max(r.Rejected, m.Rejected)
	r.Elapsed += m.Elapsed
}

// Resampled is what belongs to each of n samples, as much of it to one as to another: as it is, or where samples have
// weights n of them chosen by these.
func Resampled[E any](logWeights []float64, of []E, seed int64) ([]E, error) {
	if logWeights == nil {
		return of, nil
	}
	n := len(logWeights)
	chosen, err := flows.SystematicResample(logWeights, n, seed)
	if err != nil {
		return nil, err
	}
	size := len(of) / n
	out := make([]E, 0, len(of))
	for _, k := range chosen {
		out = append(out, of[k*size:(k+1)*size]...)
	}
	return out, nil
}
