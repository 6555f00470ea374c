package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/run/draw"

	"github.com/amgen/amgen/internal/replace"
)

// sampleStore keeps a drawing in directories, a file for each batch of it. A file that is damaged counts as missing.
type sampleStore struct {
	dirs    []string // the first is written to
	request sampleRequest
}

// errNoSamples reports a batch that has to be drawn, errOldSamples why one is that looks drawn.
var (
	errNoSamples  = errors.New("no samples")
	errOldSamples = fmt.Errorf("%w: an earlier amgen kept no weights at --times", errNoSamples)
)

func (s sampleStore) chunks() int { return (s.request.N + s.request.Batch - 1) / s.request.Batch }

// file is the name of batch c: the number of its first sample.
func (s sampleStore) file(c int) string { return fmt.Sprintf("%08d.npz", c*s.request.Batch) }

// chunkName matches what [sampleStore.file] makes.
var chunkName = regexp.MustCompile(`^\d{8,}\.npz$`)

// mostBytes is more than the file of a batch has: of each number the sample, its pictures, and each state.
func (s sampleStore) mostBytes(d *draw.Samples) int64 {
	const slack = 1 << 20
	moments := int64(1 + len(d.Times))
	return slack + int64(s.request.Batch)*moments*(4*int64(d.Size())+8) + 2*int64(s.request.Batch)*int64(d.Size())
}

// checkChunks is a usage error where a directory has files of the names of samples that aren't known for those of amgen: they would be
// taken for damaged ones, and drawn anew.
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
		case chunkName.MatchString(e.Name()) && !(requested && e.Type().IsRegular() && ownChunk(path)):
			return usagef("-o %s: %s is there, and not known for samples of amgen; move it away, or give another directory", dir, path)
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

// Arrays in the file of a batch, as far as the drawing has them.
const (
	chunkSamples    = "samples"                // [batch, dims...]
	chunkTrajectory = "trajectory"             // [times, batch, dims...]
	chunkLogWeights = "log_weights"            // [batch]
	chunkWeightsWay = "trajectory_log_weights" // [times, batch]
	chunkGiven      = "given"                  // [batch, dims...], 8-bit
	chunkTruth      = "truth"                  // [batch, dims...], 8-bit
)

// trajectory is the states of n examples, and their weights where there are any.
func trajectory(d *draw.Samples, n int) []npy.Array {
	var x []float32
	var logWeights []float64
	for _, state := range d.States {
		x, logWeights = append(x, state.X...), append(logWeights, state.LogWeights...)
	}
	arrays := []npy.Array{{Name: chunkTrajectory, Shape: append([]int{len(d.Times), n}, d.Dims()...), Values: x}}
	if logWeights != nil {
		arrays = append(arrays, npy.Array{Name: chunkWeightsWay, Shape: []int{len(d.Times), n}, Values: logWeights})
	}
	return arrays
}

// write keeps a drawing of one batch.
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
	return writeNPZ(filepath.Join(s.dirs[0], s.file(c)), arrays)
}

// read appends batch c to a drawing.
func (s sampleStore) read(c int, to *draw.Samples) error {
	missing := errNoSamples
	for _, dir := range s.dirs {
		err := s.readFrom(dir, c, to)
		if !errors.Is(err, errNoSamples) {
			return err
		} else if err != errNoSamples {
			missing = err
		}
	}
	return missing
}

// readFrom reads from one directory. The checksums of the archive are what tells damage.
func (s sampleStore) readFrom(dir string, c int, to *draw.Samples) error {
	data, err := readRegular(filepath.Join(dir, s.file(c)), s.mostBytes(to))
	if errors.Is(err, fs.ErrNotExist) {
		return errNoSamples
	} else if err != nil {
		return fmt.Errorf("read samples: %w", err)
	}
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errNoSamples
	}
	rows, size := s.request.rows(c), to.Size()
	values := func(name string, of, wide int) []float64 { // nil unless there are of·wide for each of enough rows
		shape, list, err := archive.All(name)
		if err != nil || len(list)%(of*wide) != 0 || len(list) < of*rows*wide || len(shape) == 0 {
			return nil
		}
		return list
	}
	samples := values(chunkSamples, 1, size)
	moments := max(1, len(to.Times))
	states := samples
	if len(to.Times) > 0 {
		states = values(chunkTrajectory, moments, size)
	}
	if samples == nil || states == nil {
		return errNoSamples
	}
	var weights, onTheWay, given, truth []float64
	if archive.Has(chunkLogWeights) {
		if weights = values(chunkLogWeights, 1, 1); weights == nil {
			return errNoSamples
		}
		weights = weights[:rows]
		if len(to.Times) > 0 && !archive.Has(chunkWeightsWay) {
			return errOldSamples
		} else if len(to.Times) > 0 {
			if onTheWay = values(chunkWeightsWay, moments, 1); onTheWay == nil {
				return errNoSamples
			}
		}
	}
	if archive.Has(chunkGiven) {
		if given, truth = values(chunkGiven, 1, size), values(chunkTruth, 1, size); given == nil || truth == nil {
			return errNoSamples
		}
		given, truth = given[:rows*size], truth[:rows*size]
	}
	to.X = narrowed(to.X, samples[:rows*size])
	for i := range to.States {
		all := states[i*len(states)/moments:]
		to.States[i].X = narrowed(to.States[i].X, all[:rows*size])
		if onTheWay != nil {
			all = onTheWay[i*len(onTheWay)/moments:]
			to.States[i].LogWeights = append(to.States[i].LogWeights, all[:rows]...)
		}
	}
	to.LogWeights = append(to.LogWeights, weights...)
	to.Given = narrowed(to.Given, given)
	to.Truth = narrowed(to.Truth, truth)
	return nil
}

// narrowed appends values that came from the narrower type.
func narrowed[T float32 | uint8](to []T, values []float64) []T {
	for _, v := range values {
		to = append(to, T(v))
	}
	return to
}
