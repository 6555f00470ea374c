package draw

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/amgen/amgen/internal/replace"
)

// WriteCSV writes points, a row each, after a line of names: the file's own, or x1, x2, …; log_weight where there are
// weights. With states at times it is those, all of one after all of another. The first column is the time, of
// snapshots without states the last.
func (s *Samples) WriteCSV(path string) error {
	u := s.units()
	names, time := u.names(s)
	dim := len(names)
	if s.Times == nil {
		time = u.lastTime(s)
	}
	if time != "" {
		names = slices.Concat([]string{time}, names)
	}
	if s.LogWeights != nil {
		names = slices.Concat(names, []string{weightName})
	}
	return replace.Output(path, func(w io.Writer) error {
		head := csv.NewWriter(w)
		if err := head.Write(names); err != nil {
			return err
		}
		if head.Flush(); head.Error() != nil {
			return head.Error()
		}
		switch last := u.times([]float64{1}); {
		case s.Times == nil && time == "":
			return writeRows(w, dim, u.values(s.X), nil, s.LogWeights)
		case s.Times == nil:
			return writeRows(w, dim, u.values(s.X), &last[0], s.LogWeights)
		}
		times := s.fileTimes()
		for i, state := range s.States {
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
