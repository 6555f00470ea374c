package draw

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/terminal"
)

// units are what samples are written in: those of the snapshots' file, else those that the model learns in.
type units struct {
	own *science.Snapshots // nil for the model's
}

// units are those of the samples.
func (s *Samples) units() units {
	if s.Source.Problem != nil {
		return units{s.Source.Problem.Snapshots}
	}
	return units{}
}

// dims are the dimensions of an example.
func (u units) dims(s *Samples) []int {
	if u.own == nil {
		return s.Dims()
	}
	return []int{u.own.Population.Dim}
}

// values are numbers, example after example: float32 if they are in the model's units.
func (u units) values(points []float32) any {
	if u.own == nil || u.own.Transform.Same() {
		return points
	}
	return u.own.Transform.Invert(points)
}

// fileTimes are those of the states, in the unit of the file.
func (s *Samples) fileTimes() []float64 {
	if s.FileTimes != nil {
		return s.FileTimes
	}
	return s.units().times(s.Times)
}

// At is the time of state i as messages have it: that of the snapshots' file, else t.
func (s *Samples) At(i int) string { return s.units().at(s, s.fileTimes()[i]) }

// AtEnd is the same of t = 1.
func (s *Samples) AtEnd() string {
	u := s.units()
	return u.at(s, u.times([]float64{1})[0])
}

func (u units) at(s *Samples, time float64) string {
	name := modelTimeName
	if u.own != nil {
		_, name = u.names(s)
	}
	return fmt.Sprintf("%s = %v", science.Listed([]string{name}), time)
}

// called is a time of the unit of the file as pictures have it, "day 4.5", or "t=0.5" without a file.
func (u units) called(s *Samples, time float64) string {
	if u.own == nil {
		return fmt.Sprintf("t=%.3g", time)
	}
	_, name := u.names(s)
	const most = 20 // runes
	return fmt.Sprintf("%s %.4g", terminal.Printable(name, most), time)
}

// times are those of the file, from t in [0, 1].
func (u units) times(t []float64) []float64 {
	if u.own == nil {
		return t
	}
	out := make([]float64, len(t))
	for i, v := range t {
		out[i] = u.own.Population.TimeAt(v)
	}
	return out
}

// Names of columns that aren't the file's own. A file without a line of names has none.
const (
	timeName   = "time"
	weightName = "log_weight"
)

// names are those of the coordinates and of the time. Columns of arrays are called as they are chosen.
func (u units) names(s *Samples) (names []string, time string) {
	time = timeName
	if u.own != nil && u.own.Population.Columns != nil {
		return u.own.Population.Columns, u.own.Population.Time
	}
	if u.own != nil && strings.HasSuffix(u.own.Population.Labels[0], "]") {
		return u.own.Population.Labels, time
	}
	for k := range u.dims(s)[0] {
		names = append(names, fmt.Sprintf("x%d", k+1))
	}
	return names, time
}

// lastTime is the name of a column with the last time of snapshots alone, "" of other points. It is the file's, if such
// a name is known for times where points are read, else "time".
func (u units) lastTime(s *Samples) string {
	if u.own == nil {
		return ""
	}
	names, time := u.names(s)
	if !science.NamesTime(time) && !slices.Contains(names, timeName) {
		return timeName
	}
	return time
}

// Own is the name of the data that the samples are written in the units and columns of; "" for those of the model.
func (s *Samples) Own() string {
	if own := s.units().own; own != nil {
		return own.Population.Name
	}
	return ""
}
