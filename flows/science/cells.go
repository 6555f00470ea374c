package science

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows/science/tables"
)

// Starts are cells that samples begin with at a time, in the file's units.
type Starts struct {
	Name  string
	Time  float64   // in the file's unit
	T     float64   // the same in [0, 1)
	Cells []float64 // [cells, columns]
	N     int

	file  string
	used  []string // names of columns that aren't names of cells
	rows  []int    // of the cells in the file
	total int      // rows that the file has
}

// ReadStarts reads cells that begin at a time, a number in the file's unit or one of its labels, from another file. Its
// columns are matched by name, see [tables.ReadCells]. Where it has the column of times, the cells of that time alone
// are taken. What doesn't suit the population is an [OptionError].
func (p *Population) ReadStarts(file, time string) (*Starts, error) {
	s := &Starts{}
	var err error
	if s.Time, s.T, err = p.ModelTime(time); err != nil {
		return nil, err
	}
	last := p.Times[len(p.Times)-1]
	if s.Time == last {
		return nil, optionErrorf("science: %s: the time %g is the last, after which nothing was learned; give one "+
			"before", p.Name, s.Time)
	}
	read, err := tables.ReadCells(file, tables.Wanted{Columns: p.Labels, Time: p.Time, TimeLabels: p.TimeLabels})
	if err != nil {
		return nil, err
	}
	s.Name, s.Cells, s.N = read.Name, read.Values, read.N
	s.file, s.used, s.total = file, append([]string{p.Time}, p.Labels...), read.N
	if read.Times == nil {
		for i := range read.N {
			s.rows = append(s.rows, i)
		}
		return s, nil
	}
	s.Cells, s.N = nil, 0
	for i, t := range read.Times {
		if t == s.Time {
			s.Cells, s.N = append(s.Cells, read.Values[i*p.Dim:(i+1)*p.Dim]...), s.N+1
			s.rows = append(s.rows, i)
		}
	}
	if s.N == 0 {
		there := slices.Sorted(slices.Values(read.Times))
		var texts []string
		for _, t := range slices.Compact(there) {
			texts = append(texts, strconv.FormatFloat(t, 'g', -1, 64))
		}
		return nil, optionErrorf("science: %s has no cell of %s = %g, but of %s; give one of these times, or leave "+
			"that column out of the file and all its cells begin there", s.Name, tables.Printed(p.Time), s.Time,
			Listed(texts))
	}
	return s, nil
}

// ReadNames reads the names of the cells from their file, nil where it has none, see [tables.ReadNames].
func (s *Starts) ReadNames() ([]string, error) {
	all, err := tables.ReadNames(s.file, s.used)
	if err != nil || all == nil {
		return nil, err
	}
	if len(all) != s.total {
		return nil, fmt.Errorf("science: %s had %d cells, and has %d now; leave it as it is", s.Name, s.total, len(all))
	}
	names := make([]string, len(s.rows))
	for i, row := range s.rows {
		names[i] = all[row]
	}
	return names, nil
}

// ModelTime is a time within those of the population, a number in its unit or a label, and the same as t in [0, 1].
func (p *Population) ModelTime(text string) (time, t float64, err error) {
	text = strings.TrimSpace(text)
	first, last := p.Times[0], p.Times[len(p.Times)-1]
	time, ok := p.TimeLabels[text]
	if !ok {
		if time, err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(time) {
			return 0, 0, optionErrorf("science: %s: %.60q is no time; give a number from %g to %g", p.Name, text, first,
				last)
		}
	}
	if time < first || time > last {
		return 0, 0, optionErrorf("science: %s: the time %g is outside of what was learned; give one from %g to %g",
			p.Name, time, first, last)
	}
	return time, (time - first) / (last - first), nil
}

// Begin has the problem begin with other cells, which are handed out in the order of their file, again and again.
func (p *Problem) Begin(starts *Starts) (*Problem, error) {
	s := p.Snapshots
	cells := narrow(s.Transform.Apply(starts.Cells))
	for i, v := range cells {
		if !(math.Abs(float64(v)) <= maxLearned) {
			return nil, fmt.Errorf("science: %s: cell %d is %g in the coordinates that were learned, beyond ±%g; give "+
				"cells like those", starts.Name, i/s.Dim+1, v, maxLearned)
		}
	}
	other := *p
	other.Source = func(_ int64, first, count int) (*tensors.Tensor, error) {
		if first < 0 || count < 1 {
			return nil, fmt.Errorf("science: %d cells of %s from number %d on; ask for one at least, from 0 on", count,
				starts.Name, first)
		}
		flat := make([]float32, 0, count*s.Dim)
		for i := range count {
			at := (first + i) % starts.N
			flat = append(flat, cells[at*s.Dim:(at+1)*s.Dim]...)
		}
		return tensors.FromFlatDataAndDimensions(flat, count, s.Dim), nil
	}
	return &other, nil
}
