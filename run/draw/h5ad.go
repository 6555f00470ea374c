package draw

import (
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/amgen/amgen/internal/anndata"
	"github.com/amgen/amgen/internal/replace"
)

// Names in an .h5ad of points, besides those of [Samples.WriteCSV].
const (
	modelTimeName  = "t"
	cellName       = "cell"
	componentsName = "X_components"
)

// WriteH5AD writes points as AnnData, in the units and columns of their file: X has a row for each point, at each of
// the times one after the other. obs has their time in the file's unit, t in [0, 1], the number of the cell that the
// row is a state of, from 0, and log_weight where there are weights. obsm has X_components, the principal components,
// where those were learned. Rows have the names of [Samples.CellNames], of several states with @ and the time.
func (s *Samples) WriteH5AD(path string) error {
	a := s.annotated()
	return replace.Output(path, func(w io.Writer) error { return anndata.Write(w, a) })
}

// annotated is the samples as AnnData. Their numbers are made when they are written.
func (s *Samples) annotated() anndata.Annotated {
	u, n := s.units(), s.Len()
	states, model, file := s.States, s.Times, s.fileTimes()
	if s.Times == nil {
		states, model, file = []State{s.State}, []float64{1}, u.times([]float64{1})
	}
	names, timeColumn := u.names(s)
	rows := n * len(states)
	t, times, cells := make([]float64, 0, rows), make([]float64, 0, rows), make([]int64, 0, rows)
	index := make([]string, 0, rows)
	var logWeights []float64
	for i, state := range states {
		for k := range n {
			t, times, cells = append(t, model[i]), append(times, file[i]), append(cells, int64(k))
			name := s.cellName(k)
			if len(states) > 1 {
				name += "@" + strconv.FormatFloat(file[i], 'g', -1, 64)
			}
			index = append(index, name)
		}
		logWeights = append(logWeights, state.LogWeights...)
	}
	a := anndata.Annotated{ObsNames: index, VarNames: names, X: u.blocks(states)}
	if u.own != nil {
		a.Obs = append(a.Obs, anndata.Field{Name: timeColumn, Values: times})
		a.Uns = []anndata.Field{{Name: "dataset", Values: u.own.Population.Name},
			{Name: "times", Values: u.own.Population.Times}}
		if u.own.Transform.Axes != nil {
			a.Obsm = []anndata.Named{{Name: componentsName, Width: s.Size(), Values: units{}.blocks(states)}}
		}
	}
	add := func(name string, values any) {
		for slices.ContainsFunc(a.Obs, func(f anndata.Field) bool { return f.Name == name }) {
			name = "model_" + name
		}
		a.Obs = append(a.Obs, anndata.Field{Name: name, Values: values})
	}
	add(modelTimeName, t)
	add(cellName, cells)
	if logWeights != nil {
		add(weightName, logWeights)
	}
	return a
}

// cellName is the name of sample k; one that begins with a cell for the second time has #2 after the cell's.
func (s *Samples) cellName(k int) string {
	n := len(s.CellNames)
	switch {
	case n == 0:
		return "cell" + strconv.Itoa(k)
	case k < n:
		return s.CellNames[k]
	}
	return s.CellNames[k%n] + "#" + strconv.Itoa(k/n+1)
}

// blocks are the numbers of states, so many at once that they take little memory: float32 if they are in the model's
// units.
func (u units) blocks(states []State) anndata.Values {
	if _, narrow := u.values(nil).([]float32); narrow {
		return valuesOf[float32](u, states)
	}
	return valuesOf[float64](u, states)
}

func valuesOf[T float32 | float64](u units, states []State) iter.Seq2[[]T, error] {
	const numbers = 1 << 18 // of a block
	cells, width := numbers, 1
	if u.own != nil {
		cells, width = max(1, numbers/u.own.Population.Dim), u.own.Dim
	}
	return func(yield func([]T, error) bool) {
		for _, state := range states {
			for part := range slices.Chunk(state.X, cells*width) {
				if !yield(u.values(part).([]T), nil) {
					return
				}
			}
		}
	}
}
