package summary

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/run"
)

// TestPlainNames: every setting by which losses are unlike has a name in words, and names are listed in a sentence.
func TestPlainNames(t *testing.T) {
	for _, s := range run.Settings() {
		var a, b run.Config
		switch p := s.Pointer(&b).(type) {
		case *string:
			*p = "x"
		case *int:
			*p = 1
		case *int64:
			*p = 1
		case *float64:
			*p = 1
		case *bool:
			*p = true
		case *[]string:
			*p = []string{"x"}
		case *[]int:
			*p = []int{1}
		}
		for _, key := range UnlikeLosses(a, b) {
			if plainNames[key] == "" {
				t.Errorf("%s has no name in words", key)
			}
		}
	}
	if got := plain([]string{"dataset", "objective", "path"}); got != "data sets, objectives and paths" {
		t.Errorf("they are %q", got)
	}
}

// TestApart: of many scores of two runs, the two that differ in least are told of, and a hash only by itself.
func TestApart(t *testing.T) {
	score := func(value float64, steps int, measure string) *Score {
		return &Score{Metric: "fid", Value: &value, SolverSteps: steps, Measure: json.RawMessage(measure)}
	}
	list := []Summary{
		{Scores: []Score{*score(1, 20, `{"reference":"a","reference_hash":"x"}`),
			*score(2, 50, `{"reference":"a","reference_hash":"x"}`)}},
		{Scores: []Score{*score(3, 30, `{"reference":"b","reference_hash":"y"}`),
			*score(4, 50, `{"reference":"b","reference_hash":"y"}`)}},
		{Scores: []Score{*score(5, 30, `{"reference":"b","reference_hash":"z"}`)}},
	}
	got := Apart(list, []string{"p", "q", "r"})
	want := []string{
		`fid of p (2) and of q (4) weren't measured alike: reference "a" and "b".`,
		`fid of p (1) and of r (5) weren't measured alike: steps 20 and 30, reference "a" and "b".`,
		`fid of q (3) and of r (5) weren't measured alike: reference_hash "y" and "z".`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
