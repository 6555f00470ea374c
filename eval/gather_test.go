package eval_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval"
)

// TestSome takes features from all over a store: as many as are asked for, at equal distances.
func TestSome(t *testing.T) {
	const count = 10
	images := &eval.ImageArray{Height: 1, Width: 1, Channels: 1}
	for i := range count {
		images.Pixels = append(images.Pixels, uint8(i))
	}
	net := eval.Pixels{Height: 1, Width: 1, Channels: 1}
	store, err := eval.OpenStore(t.TempDir(), eval.Describe(net, images))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Fill(t.Context(), net, images, eval.Shard{Count: 1}, nil); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int][]float32{4: {0, 2, 5, 7}, 10: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		12: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1: {0}} {
		some, err := eval.Some(store, most)
		if err != nil {
			t.Fatal(err)
		}
		var got []float32
		for _, v := range some.Narrow {
			got = append(got, float32(math.Round(float64(v+1)*127.5)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d of %d:\n%s", most, count, diff)
		}
	}
}

// TestMMDOfCopies: where most points are one, their median distance is 0, and there is an MMD² all the same: here 0, as
// either side is one point.
func TestMMDOfCopies(t *testing.T) {
	copies := eval.PointSet("copies", eval.Cloud{Dim: 2, X: []float64{1, 2, 1, 2, 1, 2}}, 0)
	r, err := eval.Judge{Metric: "mmd"}.Report(t.Context(), copies, copies)
	if err != nil || math.Abs(r.Value) > 1e-12 {
		t.Errorf("got %g, %v; want 0", r.Value, err)
	}
}
