package draw

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/chunks"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// Store keeps samples in directories, a file per batch. A damaged file counts as missing.
type Store struct {
	Dirs    []string // the first is written to
	Request Request
}

// ErrNoSamples reports a batch that has to be drawn.
var ErrNoSamples = chunks.ErrMissing

// errOldSamples is [ErrNoSamples] for a batch of an earlier version of amgen.
var errOldSamples = fmt.Errorf("%w: an earlier amgen kept no weights at times", ErrNoSamples)

// files are the chunks, a batch each.
func (s Store) files() chunks.Files {
	return chunks.Files{Dirs: s.Dirs, Count: s.Request.N, Len: s.Request.Batch}
}

// Batches is the number of batches of the request.
func (s Store) Batches() int { return s.files().Chunks() }

// mostBytes bounds the file of a batch: for each number the sample, its pictures, and each state, and the labels.
func (s Store) mostBytes(d *Samples) int64 {
	const slack = 1 << 20
	moments := int64(1 + len(d.Times))
	return slack + int64(s.Request.Batch)*moments*(4*int64(d.Size())+8) + int64(s.Request.Batch)*(2*int64(d.Size())+4)
}

// checkChunks returns a [run.ConfigError] if a directory has files with the names of samples that amgen didn't write:
// they would be taken for damaged ones, and replaced.
func checkChunks(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return mistake.New("{output|directory} %s: %v; name a directory that can be read", dir, err)
	}
	_, err = os.Lstat(filepath.Join(dir, RequestName))
	requested := err == nil
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Name() == RequestName && !e.Type().IsRegular():
			return mistake.New("{output|directory} %s: %s is %s; move it away, or give another directory", dir, path,
				replace.Kind(e.Type()))
		case chunks.IsName(e.Name()) && !(requested && e.Type().IsRegular() && ownChunk(path)):
			return mistake.New("{output|directory} %s: %s isn't a file of samples that amgen wrote; move it away, or "+
				"give another directory",
				dir, path)
		}
	}
	return nil
}

// ownChunk tells whether a file, which may be damaged, begins as those that [Store.Write] writes.
func ownChunk(path string) bool {
	const zipHeader, first = 30, arraySamples + ".npy"
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, zipHeader+len(first))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head[:4]) == "PK\x03\x04" && string(head[zipHeader:]) == first
}

// Write keeps the samples of one batch.
func (s Store) Write(c int, d *Samples) error {
	rows := s.Request.Rows(c)
	shape := append([]int{rows}, d.Dims()...)
	arrays := []npy.Array{{Name: arraySamples, Shape: shape, Values: d.X}}
	if len(d.Times) > 0 {
		arrays = append(arrays, d.trajectory(rows)...)
	}
	if d.LogWeights != nil {
		arrays = append(arrays, npy.Array{Name: arrayLogWeights, Shape: []int{rows}, Values: d.LogWeights})
	}
	if d.Given != nil {
		arrays = append(arrays, npy.Array{Name: arrayGiven, Shape: shape, Values: d.Given},
			npy.Array{Name: arrayTruth, Shape: shape, Values: d.Truth})
	}
	if d.Labels != nil {
		arrays = append(arrays, npy.Array{Name: arrayLabels, Shape: []int{rows}, Values: d.Labels})
	}
	return s.files().Write(c, arrays...)
}

// Read appends batch c to samples.
func (s Store) Read(c int, to *Samples) error {
	err := s.files().Read(c, s.mostBytes(to), func(archive *npy.Archive) error { return s.take(archive, c, to) })
	if err != nil && !errors.Is(err, ErrNoSamples) {
		return fmt.Errorf("read samples: %w", err)
	}
	return err
}

// take appends batch c of an archive to samples.
func (s Store) take(archive *npy.Archive, c int, to *Samples) error {
	rows, size := s.Request.Rows(c), to.Size()
	samples := numbers[float32](archive, arraySamples, rows, 1, size)
	moments := max(1, len(to.Times))
	states := samples
	if len(to.Times) > 0 {
		states = numbers[float32](archive, arrayTrajectory, rows, moments, size)
	}
	if samples == nil || states == nil {
		return ErrNoSamples
	}
	var weights, stateWeights []float64
	var given, truth []uint8
	if archive.Has(arrayLogWeights) {
		if weights = numbers[float64](archive, arrayLogWeights, rows, 1, 1); weights == nil {
			return ErrNoSamples
		}
		weights = weights[:rows]
		if len(to.Times) > 0 && !archive.Has(arrayStateWeights) {
			return errOldSamples
		} else if len(to.Times) > 0 {
			if stateWeights = numbers[float64](archive, arrayStateWeights, rows, moments, 1); stateWeights == nil {
				return ErrNoSamples
			}
		}
	}
	if archive.Has(arrayGiven) {
		given = numbers[uint8](archive, arrayGiven, rows, 1, size)
		if truth = numbers[uint8](archive, arrayTruth, rows, 1, size); given == nil || truth == nil {
			return ErrNoSamples
		}
		given, truth = given[:rows*size], truth[:rows*size]
	}
	labels, ok := labelsOf(archive, rows)
	if !ok {
		return ErrNoSamples
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
	to.Labels, to.rows = append(to.Labels, labels...), Options{Classes: s.Request.Classes}.rows()
	return nil
}

// labelsOf reads the labels of samples, nil where an archive has none. ok is false if they can't be read.
func labelsOf(archive *npy.Archive, rows int) (labels []int32, ok bool) {
	if !archive.Has(arrayLabels) {
		return nil, true
	}
	list := numbers[float64](archive, arrayLabels, rows, 1, 1)
	if list == nil {
		return nil, false
	}
	for _, v := range list[:rows] {
		if v != math.Trunc(v) || v < flows.NoClass || v > math.MaxInt32 { // a NaN is no whole number either
			return nil, false
		}
		labels = append(labels, int32(v))
	}
	return labels, true
}

// numbers reads an array with each·wide numbers for each of at least rows samples. It is nil if they can't be read.
func numbers[T npy.Number](archive *npy.Archive, name string, rows, each, wide int) []T {
	shape, list, err := npy.Named[T](archive, name)
	if err != nil || len(list)%(each*wide) != 0 || len(list) < each*rows*wide || len(shape) == 0 {
		return nil
	}
	return list
}
