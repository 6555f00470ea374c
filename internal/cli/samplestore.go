package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/internal/chunks"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/run/draw"

	"github.com/amgen/amgen/internal/replace"
)

// sampleStore keeps samples in directories, a file per batch. A damaged file counts as missing.
type sampleStore struct {
	dirs    []string // the first is written to
	request sampleRequest
}

// errNoSamples reports a batch that has to be drawn. errOldSamples is the same for a batch of an earlier version of
// amgen.
var (
	errNoSamples  = chunks.ErrMissing
	errOldSamples = fmt.Errorf("%w: an earlier amgen kept no weights at --times", errNoSamples)
)

// files are the chunks, a batch each.
func (s sampleStore) files() chunks.Files {
	return chunks.Files{Dirs: s.dirs, Count: s.request.N, Len: s.request.Batch}
}

func (s sampleStore) chunks() int { return s.files().Chunks() }

// mostBytes bounds the file of a batch: for each number the sample, its pictures, and each state.
func (s sampleStore) mostBytes(d *draw.Samples) int64 {
	const slack = 1 << 20
	moments := int64(1 + len(d.Times))
	return slack + int64(s.request.Batch)*moments*(4*int64(d.Size())+8) + 2*int64(s.request.Batch)*int64(d.Size())
}

// checkChunks is a usage error if a directory has files with the names of samples that amgen didn't write: they would
// be taken for damaged ones, and replaced.
func checkChunks(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return usagef("-o %s: %v; name a directory that can be read", dir, err)
	}
	_, err = os.Lstat(filepath.Join(dir, sampleRequestName))
	requested := err == nil
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Name() == sampleRequestName && !e.Type().IsRegular():
			return usagef("-o %s: %s is %s; move it away, or give another directory", dir, path, replace.Kind(e.Type()))
		case chunks.IsName(e.Name()) && !(requested && e.Type().IsRegular() && ownChunk(path)):
			return usagef("-o %s: %s isn't a file of samples that amgen wrote; move it away, or give another directory",
				dir, path)
		}
	}
	return nil
}

// ownChunk tells whether a file, which may be damaged, begins as those that [sampleStore.write] writes.
func ownChunk(path string) bool {
	const zipHeader, first = 30, chunkSamples + ".npy"
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, zipHeader+len(first))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head[:4]) == "PK\x03\x04" && string(head[zipHeader:]) == first
}

// Arrays in the file of a batch, as far as the samples have them.
const (
	chunkSamples      = "samples"                // [batch, dims...]
	chunkTrajectory   = "trajectory"             // [times, batch, dims...]
	chunkLogWeights   = "log_weights"            // [batch]
	chunkStateWeights = "trajectory_log_weights" // [times, batch]
	chunkGiven        = "given"                  // [batch, dims...], 8-bit
	chunkTruth        = "truth"                  // [batch, dims...], 8-bit
)

// trajectory has the states of n examples, and their weights if they have any.
func trajectory(d *draw.Samples, n int) []npy.Array {
	var x []float32
	var logWeights []float64
	for _, state := range d.States {
		x, logWeights = append(x, state.X...), append(logWeights, state.LogWeights...)
	}
	arrays := []npy.Array{{Name: chunkTrajectory, Shape: append([]int{len(d.Times), n}, d.Dims()...), Values: x}}
	if logWeights != nil {
		arrays = append(arrays, npy.Array{Name: chunkStateWeights, Shape: []int{len(d.Times), n}, Values: logWeights})
	}
	return arrays
}

// write keeps the samples of one batch.
func (s sampleStore) write(c int, d *draw.Samples) error {
	rows := s.request.rows(c)
	shape := append([]int{rows}, d.Dims()...)
	arrays := []npy.Array{{Name: chunkSamples, Shape: shape, Values: d.X}}
	if len(d.Times) > 0 {
		arrays = append(arrays, trajectory(d, rows)...)
	}
	if d.LogWeights != nil {
		arrays = append(arrays, npy.Array{Name: chunkLogWeights, Shape: []int{rows}, Values: d.LogWeights})
	}
	if d.Given != nil {
		arrays = append(arrays, npy.Array{Name: chunkGiven, Shape: shape, Values: d.Given},
			npy.Array{Name: chunkTruth, Shape: shape, Values: d.Truth})
	}
	return s.files().Write(c, arrays...)
}

// read appends batch c to samples.
func (s sampleStore) read(c int, to *draw.Samples) error {
	err := s.files().Read(c, s.mostBytes(to), func(archive *npy.Archive) error { return s.take(archive, c, to) })
	if err != nil && !errors.Is(err, errNoSamples) {
		return fmt.Errorf("read samples: %w", err)
	}
	return err
}

// take appends batch c of an archive to samples.
func (s sampleStore) take(archive *npy.Archive, c int, to *draw.Samples) error {
	rows, size := s.request.rows(c), to.Size()
	samples := numbers[float32](archive, chunkSamples, rows, 1, size)
	moments := max(1, len(to.Times))
	states := samples
	if len(to.Times) > 0 {
		states = numbers[float32](archive, chunkTrajectory, rows, moments, size)
	}
	if samples == nil || states == nil {
		return errNoSamples
	}
	var weights, stateWeights []float64
	var given, truth []uint8
	if archive.Has(chunkLogWeights) {
		if weights = numbers[float64](archive, chunkLogWeights, rows, 1, 1); weights == nil {
			return errNoSamples
		}
		weights = weights[:rows]
		if len(to.Times) > 0 && !archive.Has(chunkStateWeights) {
			return errOldSamples
		} else if len(to.Times) > 0 {
			if stateWeights = numbers[float64](archive, chunkStateWeights, rows, moments, 1); stateWeights == nil {
				return errNoSamples
			}
		}
	}
	if archive.Has(chunkGiven) {
		given = numbers[uint8](archive, chunkGiven, rows, 1, size)
		if truth = numbers[uint8](archive, chunkTruth, rows, 1, size); given == nil || truth == nil {
			return errNoSamples
		}
		given, truth = given[:rows*size], truth[:rows*size]
	}
	to.X = append(to.X, samples[:rows*size]...)
	for i := range to.States {
		all := states[i*len(states)/moments:]
		to.States[i].X = append(to.States[i].X, all[:rows*size]...)
		if stateWeights != nil {
			then := stateWeights[i*len(stateWeights)/moments:]
			to.States[i].LogWeights = append(to.States[i].LogWeights, then[:rows]...)
		}
	}
	to.LogWeights = append(to.LogWeights, weights...)
	to.Given = append(to.Given, given...)
	to.Truth = append(to.Truth, truth...)
	return nil
}

// numbers reads an array with each·wide numbers for each of at least rows samples. It is nil if they can't be read.
func numbers[T npy.Number](archive *npy.Archive, name string, rows, each, wide int) []T {
	shape, list, err := npy.Named[T](archive, name)
	if err != nil || len(list)%(each*wide) != 0 || len(list) < each*rows*wide || len(shape) == 0 {
		return nil
	}
	return list
}
