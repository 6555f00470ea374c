package evaluate

import (
	"testing"

	"github.com/amgen/amgen/eval"
)

// TestEvaluationsNoted: of features that don't tell, as those of former versions, what was noted beside them holds.
func TestEvaluationsNoted(t *testing.T) {
	set, err := eval.ArraySet("grey", &eval.ImageArray{Pixels: make([]uint8, 3*4), Height: 2, Width: 2, Channels: 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	of, err := eval.Judge{Metric: "fid"}.Samples(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	if got := evaluations(of, 7, true); got != 7 {
		t.Errorf("got %d, want the 7 that were noted", got)
	}
}
