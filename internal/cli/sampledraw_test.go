package cli

import (
	"math"
	"slices"
	"testing"
)

// TestPicturesByWeights: each state is shown by the weights that it has, not by those at the end.
func TestPicturesByWeights(t *testing.T) {
	alike, one := make([]float64, 4), []float64{math.Inf(-1), math.Inf(-1), 0, math.Inf(-1)}
	x := []float32{-1, -0.5, 0.5, 1}
	d := &drawing{dims: []int{1}, samples: x, logWeights: one, times: []float64{0, 1}, states: []state{{x, alike}, {x, one}}}
	for i, want := range []int{4, 1} {
		pixels, err := d.pixels(d.states[i], 1)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(pixels)
		if got := len(slices.Compact(pixels)); got != want {
			t.Errorf("state %d shows %d different examples, want %d", i, got, want)
		}
	}
}

// TestOldSamples: a batch that an earlier version kept without the weights on the way counts as missing, and says why.
func TestOldSamples(t *testing.T) {
	dir := t.TempDir()
	store := sampleStore{dirs: []string{dir}, request: sampleRequest{N: 2, Batch: 2, Times: []float64{0, 1}}, dims: []int{1}}
	x := []float32{1, 2}
	fresh := func() *drawing {
		return &drawing{dims: store.dims, times: store.request.Times, states: make([]state, 2)}
	}
	for _, c := range []struct {
		onTheWay []float64
		want     error
	}{{nil, errOldSamples}, {[]float64{3, 4}, nil}} {
		d := &drawing{dims: store.dims, samples: x, logWeights: []float64{5, 6}, times: store.request.Times, states: []state{{x, c.onTheWay}, {x, c.onTheWay}}}
		if err := store.write(0, d); err != nil {
			t.Fatal(err)
		}
		got := fresh()
		if err := store.read(0, got); err != c.want {
			t.Fatalf("got %v, want %v", err, c.want)
		}
		if c.want == nil && (!slices.Equal(got.states[1].logWeights, c.onTheWay) || !slices.Equal(got.logWeights, d.logWeights)) {
			t.Errorf("got weights %v and %v", got.states, got.logWeights)
		}
	}
}
