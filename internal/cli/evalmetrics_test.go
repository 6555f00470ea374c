package cli

import (
	"math"
	"testing"

	"github.com/amgen/amgen/eval"
)

// TestMMDOfCopies: where most points are one, their median distance is 0, and there is an MMD² all the same: here 0, as either side is
// one point.
func TestMMDOfCopies(t *testing.T) {
	copies := featured{name: "copies", cloud: &eval.Cloud{Dim: 2, X: []float64{1, 2, 1, 2, 1, 2}}}
	f, err := computeMMD(copies, copies, metricOptions{}, 0)
	if err != nil || math.Abs(f.Value) > 1e-12 {
		t.Errorf("got %g, %v; want 0", f.Value, err)
	}
}
