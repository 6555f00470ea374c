package draw

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/run"
)

// FuzzStore reads what a stranger may have put into a directory of shards: samples of the right number, or an error.
func FuzzStore(f *testing.F) {
	for _, times := range [][]float64{nil, {0, 1}} {
		request, err := json.Marshal(Request{Run: "run", N: 2, Batch: 2, Times: times})
		if err != nil {
			f.Fatal(err)
		}
		var chunk bytes.Buffer
		if err := npy.WriteArchive(&chunk, npy.Array{Name: arraySamples, Shape: []int{2, 2},
			Values: []float32{1, 2, 3, 4}},
			npy.Array{Name: arrayTrajectory, Shape: []int{2, 2, 2}, Values: make([]float32, 8)},
			npy.Array{Name: arrayLogWeights, Shape: []int{2}, Values: []float64{0, 1}},
			npy.Array{Name: arrayStateWeights, Shape: []int{2, 2}, Values: make([]float64, 4)},
			npy.Array{Name: arrayGiven, Shape: []int{2, 2}, Values: []uint8{1, 2, 3, 4}},
			npy.Array{Name: arrayTruth, Shape: []int{2, 2}, Values: []uint8{1, 2, 3, 4}},
			npy.Array{Name: arrayLabels, Shape: []int{2}, Values: []int32{3, -1}}); err != nil {
			f.Fatal(err)
		}
		f.Add(request, chunk.Bytes())
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, request, chunk []byte) {
		for name, data := range map[string][]byte{RequestName: request, "00000000.npz": chunk} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r, err := readRequest(dir)
		if err != nil {
			return
		}
		d := New(&run.Source{Dims: []int{2}}, r.Times)
		if (Store{Dirs: []string{dir}, Request: r}).Read(0, d) != nil {
			return
		}
		want := 2 * r.Rows(0)
		if n := len(d.LogWeights); n != 0 && n != r.Rows(0) {
			t.Fatalf("%d weights of %d samples", n, r.Rows(0))
		}
		for _, state := range append(d.States, d.State) {
			if len(state.X) != want || len(state.LogWeights) != len(d.LogWeights) {
				t.Fatalf("%d numbers and %d weights, want %d and %d", len(state.X), len(state.LogWeights), want,
					len(d.LogWeights))
			}
		}
		if n := len(d.Labels); n != 0 && n != r.Rows(0) {
			t.Fatalf("%d labels of %d samples", n, r.Rows(0))
		}
		if n := len(d.Given); n != len(d.Truth) || n != 0 && n != want {
			t.Fatalf("%d pixels given and %d of the truth, want %d", n, len(d.Truth), want)
		}
	})
}

// TestOldSamples: a batch that an earlier version kept without the weights on the way counts as missing, and says why.
func TestOldSamples(t *testing.T) {
	dir := t.TempDir()
	store := Store{Dirs: []string{dir}, Request: Request{N: 2, Batch: 2, Times: []float64{0, 1}}}
	x := []float32{1, 2}
	source := &run.Source{Dims: []int{1}}
	fresh := func() *Samples {
		return New(source, store.Request.Times)
	}
	for _, c := range []struct {
		onTheWay []float64
		want     error
	}{{nil, errOldSamples}, {[]float64{3, 4}, nil}} {
		d := fresh()
		d.X, d.LogWeights, d.States = x, []float64{5, 6}, []State{{X: x, LogWeights: c.onTheWay},
			{X: x, LogWeights: c.onTheWay}}
		if err := store.Write(0, d); err != nil {
			t.Fatal(err)
		}
		got := fresh()
		if err := store.Read(0, got); err != c.want {
			t.Fatalf("got %v, want %v", err, c.want)
		}
		if c.want == nil && (!slices.Equal(got.States[1].LogWeights, c.onTheWay) ||
			!slices.Equal(got.LogWeights, d.LogWeights)) {
			t.Errorf("got weights %v and %v", got.States, got.LogWeights)
		}
	}
}

// TestMissingRanges: the error names every range of samples that is missing, in order.
func TestMissingRanges(t *testing.T) {
	for _, c := range []struct {
		there []int
		want  string
	}{
		{nil, "no samples 0 to 12 in "},
		{[]int{1, 4}, "no samples 0 to 1, 4 to 7, 10 to 12 in "},
		{[]int{0, 1, 2, 3, 4, 5}, "no samples 12 in "},
	} {
		store := Store{Dirs: []string{t.TempDir()}, Request: Request{N: 13, Batch: 2}}
		source := &run.Source{Dims: []int{1}}
		for _, k := range c.there {
			d := New(source, nil)
			d.X = []float32{1, 2}
			if err := store.Write(k, d); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.ReadAll(t.Context(), New(source, nil)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("batches %v: got %v, want %s…", c.there, err, c.want)
		}
	}
	store := Store{Dirs: []string{t.TempDir()}, Request: Request{N: 100, Batch: 1}}
	var odd []int
	for c := 1; c < 100; c += 2 {
		odd = append(odd, c)
	}
	if text := store.lacks(odd, false).Error(); !strings.Contains(text, " 37, 39, and 30 more ranges in ") {
		t.Errorf("got %s", text)
	}
}
