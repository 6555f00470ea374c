package curve

import (
	"math"
	"testing"
)

// TestThin: a curve of many values keeps its ends and every peak, in order, and few enough points.
func TestThin(t *testing.T) {
	for _, n := range []int{0, 1, 2, 19, 20, 21, 1000, 1001} {
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Sin(float64(i))
		}
		if n > 500 {
			values[321], values[654] = 99, -99
		}
		kept := Thin(values, 10)
		if n <= 20 && len(kept) != n || len(kept) > 22 {
			t.Errorf("%d of %d values are drawn", len(kept), n)
		}
		at := map[int]bool{}
		for k, i := range kept {
			at[i] = true
			if k > 0 && kept[k-1] >= i {
				t.Errorf("%d values: %v don't rise", n, kept)
			}
		}
		if n > 0 && (!at[0] || !at[n-1]) || n > 500 && (!at[321] || !at[654]) {
			t.Errorf("%d values: an end or a peak is lost in %v", n, kept)
		}
	}
}
