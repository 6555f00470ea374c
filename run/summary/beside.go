package summary

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// marginal is a time in a report of points, with what its W₁ is to be seen beside: that of models that need no
// learning, and the error of the mass.
type marginal struct {
	From      float64 `json:"from"`
	LeftOut   bool    `json:"left_out"`
	W1        float64 `json:"w1"`
	Unchanged *w1     `json:"unchanged"`
	Baselines struct {
		OptimalPairs *w1 `json:"optimal_pairs"`
	} `json:"baselines"`
	Mass *struct {
		Off float64 `json:"off"`
	} `json:"mass"`
}

type w1 struct {
	W1 float64 `json:"w1"`
}

// beside says what else the report has of the times whose mean is the score: the means of W₁ of the unchanged snapshot
// and of optimal pairs, where all of these times have them, and the largest error of the mass. It is "" of none.
func (m marginals) beside() string {
	of := m.predicted()
	var texts []string
	for _, baseline := range []struct {
		name string
		of   func(marginal) *w1
	}{
		{"unchanged", func(m marginal) *w1 { return m.Unchanged }},
		{"optimal pairs", func(m marginal) *w1 { return m.Baselines.OptimalPairs }},
	} {
		if len(of) == 0 || slices.ContainsFunc(of, func(m marginal) bool { return baseline.of(m) == nil }) {
			continue
		}
		sum := 0.0
		for _, at := range of {
			sum += baseline.of(at).W1
		}
		texts = append(texts, fmt.Sprintf("%s %.4g", baseline.name, sum/float64(len(of))))
	}
	off, has := 0.0, false
	for _, at := range of {
		if at.Mass != nil && (!has || math.Abs(at.Mass.Off) > math.Abs(off)) {
			off, has = at.Mass.Off, true
		}
	}
	if has {
		texts = append(texts, fmt.Sprintf("mass off by %+.3g %%", 100*off))
	}
	return strings.Join(texts, ", ")
}

// predicted are the times that are predicted from the first: those that were left out, if any were.
func (m marginals) predicted() []marginal {
	for _, leftOut := range []bool{true, false} {
		var list []marginal
		for _, at := range m.Marginals {
			if at.From == 0 && at.LeftOut == leftOut {
				list = append(list, at)
			}
		}
		if list != nil {
			return list
		}
	}
	return nil
}
