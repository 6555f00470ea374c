package draw

import (
	"slices"

	"github.com/amgen/amgen/run"
)

// grey is the level of images that aren't begun, as what is given and what is true of them.
const grey = 128

// Unfinished is the samples that o asks for while they are drawn, as one state at time t: those that are done (nil for
// none), and after them those of a batch on its way, see [Options.Watch]. Images that aren't begun are grey; points
// that aren't begun aren't there. Nothing is chosen by weights, which belong to the end.
func (o Options) Unfinished(done *Samples, t float64, batch *Samples) *Samples {
	source := batch.Source
	s := New(source, []float64{t})
	if done != nil {
		s.X = slices.Clone(done.X)
		s.Given, s.Truth = slices.Clone(done.Given), slices.Clone(done.Truth)
	}
	s.X = append(s.X, batch.X...)
	s.Given, s.Truth = append(s.Given, batch.Given...), append(s.Truth, batch.Truth...)
	if source.Problem == nil {
		s.pad(source, max(0, o.N-s.Len()))
	}
	if s.Labels = o.Labels(source, o.First, s.Len()); s.Labels != nil {
		s.rows = o.rows()
	}
	s.States[0].X = s.X
	return s
}

// pad adds so many grey images.
func (s *Samples) pad(source *run.Source, n int) {
	s.X = append(s.X, make([]float32, n*s.Size())...)
	if source.Restores() {
		pixels := slices.Repeat([]uint8{grey}, n*s.Size())
		s.Given, s.Truth = append(s.Given, pixels...), append(s.Truth, pixels...)
	}
}
