package draw

import (
	"math"
	"slices"
	"testing"

	"github.com/amgen/amgen/run"
)

// TestPicturesByWeights: each state is shown by the weights that it has, not by those at the end.
func TestPicturesByWeights(t *testing.T) {
	alike, one := make([]float64, 4), []float64{math.Inf(-1), math.Inf(-1), 0, math.Inf(-1)}
	x := []float32{-1, -0.5, 0.5, 1}
	s := &Samples{Source: &run.Source{Dims: []int{1}}, State: State{x, one}, Times: []float64{0, 1}, States: []State{{x,
		alike}, {x, one}}}
	for i, want := range []int{4, 1} {
		pixels, err := s.Pixels(s.States[i], 1)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(pixels)
		if got := len(slices.Compact(pixels)); got != want {
			t.Errorf("state %d shows %d different examples, want %d", i, got, want)
		}
	}
}
