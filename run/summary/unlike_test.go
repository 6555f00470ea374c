package summary

import (
	"testing"

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
