package classes

import (
	"math"
	"slices"
	"testing"
)

// TestClassesOf: whatever run of samples is drawn, each class has its share of them but for a few.
func TestClassesOf(t *testing.T) {
	for _, counts := range [][]int{{1, 1}, {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, {1, 0, 99},
		nil} {
		c := &Classes{Names: []string{"a", "b", "c"}, Counts: counts}
		if counts != nil {
			c.Names = make([]string, len(counts))
		}
		shares := c.Frequencies()
		for _, first := range []int{0, 12345, math.MaxInt - 2000} {
			got := make([]int, c.Len())
			for k := range 1000 {
				got[c.Of(first+k)]++
				for i, share := range shares {
					// The golden ratio's sequence leaves an interval of n points off by less than 3 + log n.
					if off := math.Abs(float64(got[i]) - share*float64(k+1)); off > 3+math.Log(float64(k+1)) {
						t.Fatalf("%v: %d of %d samples from %d on are of class %d, off by %.1f", counts, got[i], k+1,
							first, i, off)
					}
				}
			}
			if i := slices.Index(counts, 0); i >= 0 && got[i] > 0 {
				t.Errorf("%v: %d samples of a class without images", counts, got[i])
			}
		}
	}
}
