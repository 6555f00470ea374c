package shuffle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOrderIsForEver pins the permutation: a checkpoint's position must mean the same images in every
// later release and on every machine. The values were printed by this code when it was written.
func TestOrderIsForEver(t *testing.T) {
	got := [][]int32{permutation(8, 7, 0), permutation(8, 7, 1), permutation(8, -1, 0)}
	want := [][]int32{{4, 1, 6, 3, 5, 0, 7, 2}, {3, 2, 6, 7, 1, 0, 5, 4}, {0, 4, 5, 7, 3, 1, 6, 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPermutationIsUniform: over many seeds, every one of the 24 orders of four images is equally
// likely. 24000 draws give 1000 ± 31 each; the bound is five deviations.
func TestPermutationIsUniform(t *testing.T) {
	counts := map[[4]int32]int{}
	for seed := range int64(24000) {
		counts[[4]int32(permutation(4, seed, 3))]++
	}
	if len(counts) != 24 {
		t.Errorf("%d orders occur, want 24", len(counts))
	}
	for order, n := range counts {
		if n < 845 || n > 1155 {
			t.Errorf("order %v occurs %d times, want 1000 ± 155", order, n)
		}
	}
}
