package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/run/draw"
)

// units are what samples are written in: those of the snapshots' file, else those that the model learns in.
type units struct {
	own *science.Snapshots // nil for the model's
}

// unitsOf what was drawn.
func unitsOf(s *draw.Samples) units {
	if s.Source.Problem != nil {
		return units{s.Source.Problem.Snapshots}
	}
	return units{}
}

// dims are the dimensions of an example.
func (u units) dims(d *draw.Samples) []int {
	if u.own == nil {
		return d.Dims()
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

// times are those of the file, from t in [0, 1].
func (u units) times(t []float64) []float64 {
	if u.own == nil {
		return t
	}
	all := u.own.Population.Times
	out := make([]float64, len(t))
	for i, v := range t {
		if out[i] = all[0] + v*(all[len(all)-1]-all[0]); v == 1 {
			out[i] = all[len(all)-1]
		}
	}
	return out
}

// Names of columns that aren't the file's own. The file has none of a .npz or without a line of names.
const (
	timeName   = "time"
	weightName = "log_weight"
)

// names are those of the coordinates and of the time.
func (u units) names(d *draw.Samples) (names []string, time string) {
	time = timeName
	if u.own != nil && u.own.Population.Columns != nil {
		return u.own.Population.Columns, u.own.Population.Time
	}
	for k := range u.dims(d)[0] {
		names = append(names, fmt.Sprintf("x%d", k+1))
	}
	return names, time
}

// writeCSV writes points, a row each, after a line of names: the file's own, or x1, x2, …; log_weight where there are
// weights. With states at times it is those, all of one after all of another, and the first column is the time.
func (u units) writeCSV(path string, d *draw.Samples) error {
	names, time := u.names(d)
	dim := len(names)
	if d.Times != nil {
		names = slices.Concat([]string{time}, names)
	}
	if d.LogWeights != nil {
		names = slices.Concat(names, []string{weightName})
	}
	return replaceFile(path, func(w io.Writer) error {
		head := csv.NewWriter(w)
		if err := head.Write(names); err != nil {
			return err
		}
		if head.Flush(); head.Error() != nil {
			return head.Error()
		}
		if d.Times == nil {
			return writeRows(w, dim, u.values(d.X), nil, d.LogWeights)
		}
		times := u.times(d.Times)
		for i, state := range d.States {
			if err := writeRows(w, dim, u.values(state.X), &times[i], state.LogWeights); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeRows writes points of float32 or float64, each number as short as it can be to be read as the same.
func writeRows(w io.Writer, dim int, points any, time *float64, logWeights []float64) error {
	narrow, _ := points.([]float32)
	wide, _ := points.([]float64)
	var line []byte
	for i := 0; i < (len(narrow)+len(wide))/dim; i++ {
		line = line[:0]
		if time != nil {
			line = append(strconv.AppendFloat(line, *time, 'g', -1, 64), ',')
		}
		for k := range dim {
			if k > 0 {
				line = append(line, ',')
			}
			if narrow != nil {
				line = strconv.AppendFloat(line, float64(narrow[i*dim+k]), 'g', -1, 32)
			} else {
				line = strconv.AppendFloat(line, wide[i*dim+k], 'g', -1, 64)
			}
		}
		if logWeights != nil {
			line = strconv.AppendFloat(append(line, ','), logWeights[i], 'g', -1, 64)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}
