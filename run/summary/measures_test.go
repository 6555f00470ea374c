package summary_test

import (
	"slices"
	"testing"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
)

// Scores are beside each other where they were measured alike; what an adaptive solver took of evaluations isn't in
// their title where it differs.
func TestMeasures(t *testing.T) {
	seven, nine := 7.0, 9.0
	score := func(metric string, value *float64, guidance float64, nfe int) summary.Score {
		return summary.Score{Metric: metric, Value: value, Guidance: guidance, Solver: "dopri5", NFE: nfe}
	}
	measures := summary.Measures([]summary.Summary{
		{Scores: []summary.Score{score("fid", &seven, 0, 80), score("kid", &nine, 0, 80)}},
		{},
		{Scores: []summary.Score{score("fid", &nine, 0, 62), score("kid", &nine, 1, 80)}},
	})
	var got []string
	for _, m := range measures {
		got = append(got, m.Title()+": "+m.Number(0)+", "+m.Number(1)+", "+m.Number(2))
	}
	want := []string{"fid: 7, , 9", "kid (NFE 80): 9, , ", "kid (NFE 80, guidance 1): , , 9"}
	if !slices.Equal(got, want) || measures[0].Count != 2 || measures[1].Count != 1 {
		t.Errorf("measures %q, want %q", got, want)
	}
}

func TestUnlikeLosses(t *testing.T) {
	a := run.Config{Dataset: "moons", Objective: "am", LR: 1}
	b := run.Config{Dataset: "moons", Objective: "am", LR: 2}
	if keys := summary.UnlikeLosses(a, b); len(keys) > 0 {
		t.Errorf("unlike by %q, and another rate makes no other loss", keys)
	}
	b.Objective, b.Dataset = "fm", "mnist"
	if keys := summary.UnlikeLosses(a, b); !slices.Equal(keys, []string{"dataset", "objective"}) {
		t.Errorf("unlike by %q, want dataset and objective", keys)
	}
}
