package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/internal/npy"
)

// FuzzSampleStore reads what a stranger may have put into a directory of shards: samples of the right number, or an error.
func FuzzSampleStore(f *testing.F) {
	for _, times := range [][]float64{nil, {0, 1}} {
		request, err := json.Marshal(sampleRequest{Run: "run", N: 2, Batch: 2, Times: times})
		if err != nil {
			f.Fatal(err)
		}
		var chunk bytes.Buffer
		if err := npy.WriteArchive(&chunk, npy.Array{Name: chunkSamples, Shape: []int{2, 2}, Values: []float32{1, 2, 3, 4}},
			npy.Array{Name: chunkTrajectory, Shape: []int{2, 2, 2}, Values: make([]float32, 8)},
			npy.Array{Name: chunkLogWeights, Shape: []int{2}, Values: []float64{0, 1}},
			npy.Array{Name: chunkWeightsWay, Shape: []int{2, 2}, Values: make([]float64, 4)},
			npy.Array{Name: chunkGiven, Shape: []int{2, 2}, Values: []uint8{1, 2, 3, 4}},
			npy.Array{Name: chunkTruth, Shape: []int{2, 2}, Values: []uint8{1, 2, 3, 4}}); err != nil {
			f.Fatal(err)
		}
		f.Add(request, chunk.Bytes())
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, request, chunk []byte) {
		for name, data := range map[string][]byte{sampleRequestName: request, "00000000.npz": chunk} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r, err := readSampleRequest(dir)
		if err != nil {
			return
		}
		d := &drawing{dims: []int{2}, times: r.Times, states: make([]state, len(r.Times))}
		if (sampleStore{dirs: []string{dir}, request: r, dims: d.dims}).read(0, d) != nil {
			return
		}
		want := 2 * r.rows(0)
		if n := len(d.logWeights); n != 0 && n != r.rows(0) {
			t.Fatalf("%d weights of %d samples", n, r.rows(0))
		}
		for _, state := range append(d.states, d.end()) {
			if len(state.x) != want || len(state.logWeights) != len(d.logWeights) {
				t.Fatalf("%d numbers and %d weights, want %d and %d", len(state.x), len(state.logWeights), want, len(d.logWeights))
			}
		}
		if n := len(d.given); n != len(d.truth) || n != 0 && n != want {
			t.Fatalf("%d pixels given and %d of the truth, want %d", n, len(d.truth), want)
		}
	})
}
