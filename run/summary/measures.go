package summary

import (
	"slices"

	"github.com/amgen/amgen/run"
)

// lossKeys are the settings that decide what a loss is of: the data as they are learned, and the functional.
var lossKeys = []string{"dataset", "size", "channels", "objective", "path", "weight", "sigma", "anneal", "cost_p",
	"growth_cost", "components", "raw_columns", "columns", "drop", "time_column", "time_order", "leave_out", "masses",
	"coupling", "smoothing"}

// UnlikeLosses are the keys of the settings for which the losses of two configurations can't be compared: by them they
// are other functionals, or of other data. None means that they can.
func UnlikeLosses(a, b run.Config) (keys []string) {
	for _, s := range run.Settings() {
		if slices.Contains(lossKeys, s.Key) && s.Text(a) != s.Text(b) {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// Measured is the scores of several runs that were measured alike.
type Measured struct {
	Scores []*Score // one a run, nil where it has none
	Count  int      // of the runs that have one
}

// Measures groups the scores of runs by what can be compared, in the order in which they are found.
func Measures(list []Summary) (measures []Measured) {
	for i, s := range list {
		for _, score := range s.Scores {
			k := slices.IndexFunc(measures, func(m Measured) bool { return m.first().Alike(score) })
			if k < 0 {
				k = len(measures)
				measures = append(measures, Measured{Scores: make([]*Score, len(list))})
			}
			measures[k].Count++
			measures[k].Scores[i] = &score
		}
	}
	return measures
}

func (m Measured) first() *Score {
	return m.Scores[slices.IndexFunc(m.Scores, func(s *Score) bool { return s != nil })]
}

// Title says what was measured, see [Score.Title], without evaluations in which the scores differ.
func (m Measured) Title() string {
	title := *m.first()
	for _, s := range m.Scores {
		if s != nil && s.NFE != title.NFE {
			title.NFE = 0
		}
	}
	return title.Title()
}

// Number is the value of a run with its error, "" where it has none.
func (m Measured) Number(i int) string {
	if m.Scores[i] == nil {
		return ""
	}
	return m.Scores[i].Number()
}

// Numbers are the values of all runs, see [Measured.Number].
func (m Measured) Numbers() []string {
	list := make([]string, len(m.Scores))
	for i := range list {
		list[i] = m.Number(i)
	}
	return list
}
