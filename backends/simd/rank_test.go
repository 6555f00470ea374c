package simd_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// TestManyAxes broadcasts along every other of 20 axes of size 2, and sums along these: no two axes are walked as one.
func TestManyAxes(t *testing.T) {
	const rank = 20
	var dims, narrow, kept, summed []int
	for axis := range rank {
		dims = append(dims, 2)
		narrow = append(narrow, 1+axis%2)
		if axis%2 == 0 {
			summed = append(summed, axis)
		} else {
			kept = append(kept, axis)
		}
	}
	position := func(i int) float64 { return float64(i) }
	x := values(shapes.Make(dtypes.Float32, narrow...), position)
	for _, config := range []string{"simd", "simd:fuse=off"} {
		out, err := compute(newBackend(t, config), []array{x},
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				ones, err := b.Reshape(in[0], slices.Repeat([]int{2}, len(kept))...)
				if err != nil {
					return nil, err
				}
				wide, err := b.BroadcastInDim(ones, shapes.Make(dtypes.Float32, dims...), kept)
				if err != nil {
					return nil, err
				}
				doubled, err := b.Add(in[0], wide) // the one implicitly, the other explicitly broadcast
				if err != nil {
					return nil, err
				}
				sum, err := b.ReduceSum(doubled, summed...)
				return []backends.Op{doubled, sum}, err
			})
		if err != nil {
			t.Fatal(config, err)
		}
		for i, got := range out[0].flat.([]float32) {
			from := 0 // the digits of i on the kept axes
			for k := range len(kept) {
				from |= i >> (2 * k) & 1 << k
			}
			if got != float32(2*from) {
				t.Fatalf("%s: element %d is %v, want %d", config, i, got, 2*from)
			}
		}
		for i, got := range out[1].flat.([]float32) {
			if want := float32(2 * i << len(summed)); got != want {
				t.Fatalf("%s: sum %d is %v, want %v", config, i, got, want)
			}
		}
	}
}
