// Package distill has the data of a few-step student: states of a trained run's samples at equal distances of time,
// and the jumps from each to the next, which another run learns as maps. It then draws with one evaluation a jump.
//
// The teacher's ways are deterministic, so each jump is a function of the state that it starts from, and regression
// finds it. Luhman and Luhman 2021, arXiv:2101.02388, learn one jump from noise to data; Yan et al. 2024,
// arXiv:2405.07510, straighten a few of them.
package distill

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// Set is the samples of a file, in memory.
type Set struct {
	Name string // of the file
	Dims []int  // of an image: height, width and channels
	// Jumps is the number of jumps from t = 0 to t = 1, which are of equal length.
	Jumps int
	// States are those that the jumps start from, [jumps, n, height, width, channels], and Ends the images at t = 1.
	States, Ends []float32
	Labels       []int32 // classes of the images, -1 for any; nil where the file has none
}

// Len is the number of samples.
func (s *Set) Len() int { return len(s.Ends) / s.size() }

func (s *Set) size() int { return s.Dims[0] * s.Dims[1] * s.Dims[2] }

// state is the state of sample i after so many jumps.
func (s *Set) state(jumps, i int) []float32 {
	size := s.size()
	if jumps == s.Jumps {
		return s.Ends[i*size : (i+1)*size]
	}
	from := (jumps*s.Len() + i) * size
	return s.States[from : from+size]
}

// Arrays in a file of samples with their states, as `amgen sample --times … -o FILE.npz` writes it.
const (
	arrayEnds   = "samples"    // [n, height, width, channels]
	arrayStates = "trajectory" // [times, n, height, width, channels]
	arrayTimes  = "times"      // [times]
	arrayLabels = "labels"     // [n]
)

// advice is how a file that can be read is made.
const advice = "draw samples with their states at times such as 0, 0.25, 0.5 and 0.75"

// Read reads a .npz of array samples, the images at t = 1, [n, height, width, channels]; trajectory, [times, n, height,
// width, channels], whose times, an array too, are 0, 1/k, …, (k−1)/k; and, if there, labels, [n]. What takes more than
// so many bytes of memory is refused; 0 is any. An error wraps that of the file system where there is no such file.
func Read(path string, memory int64) (*Set, error) {
	s, err := read(path, memory)
	if err != nil {
		return nil, fmt.Errorf("distill %s: %w", path, err)
	}
	return s, nil
}

func read(path string, memory int64) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a FIFO would wait
		return nil, fmt.Errorf("it is %s, not a file; write the samples to one", replace.Kind(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	archive, err := npy.OpenArchive(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("it has %w", err)
	}
	s := &Set{Name: path}
	if err := s.readTimes(archive); err != nil {
		return nil, err
	}
	n, err := s.checkShapes(archive, memory)
	if err != nil {
		return nil, err
	}
	for _, array := range []struct {
		name string
		dst  *[]float32
	}{{arrayEnds, &s.Ends}, {arrayStates, &s.States}} {
		if _, *array.dst, err = npy.Named[float32](archive, array.name); err != nil {
			return nil, fmt.Errorf("it has %w", err)
		}
		for i, v := range *array.dst {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("array %s has %g in sample %d; draw it again", array.name, v, i/s.size()%n)
			}
		}
	}
	return s, s.readLabels(archive, n)
}

// shapeOf is the shape of an array of so many axes, none of which is empty.
func shapeOf(archive *npy.Archive, name string, axes int) ([]int, error) {
	if !archive.Has(name) {
		return nil, fmt.Errorf("it has no array %s, but %s; %s", name, archive, advice)
	}
	r, closer, err := archive.Open(name)
	if err != nil {
		return nil, fmt.Errorf("it has %w", err)
	}
	defer closer.Close()
	if len(r.Shape) != axes || slices.Contains(r.Shape, 0) {
		return nil, fmt.Errorf("array %s has shape %v; %s, from a run of images", name, r.Shape, advice)
	}
	return r.Shape, nil
}

// readTimes checks that the states are at equal distances, from t = 0 on.
func (s *Set) readTimes(archive *npy.Archive) error {
	if _, err := shapeOf(archive, arrayTimes, 1); err != nil {
		return err
	}
	_, times, err := npy.Named[float64](archive, arrayTimes)
	if err != nil {
		return fmt.Errorf("it has %w", err)
	}
	const rounding = 1e-6 // of times that are typed
	for i, t := range times {
		if want := float64(i) / float64(len(times)); !(math.Abs(t-want) < rounding) {
			return fmt.Errorf("its %d states are at t=%v, and they have to divide [0, 1] evenly, from 0 on; %s",
				len(times), times[:min(8, len(times))], advice)
		}
	}
	s.Jumps = len(times)
	return nil
}

// checkShapes returns the number of samples.
func (s *Set) checkShapes(archive *npy.Archive, memory int64) (int, error) {
	ends, err := shapeOf(archive, arrayEnds, 4)
	if err != nil {
		return 0, err
	}
	states, err := shapeOf(archive, arrayStates, 5)
	if err != nil {
		return 0, err
	}
	if !slices.Equal(states, append([]int{s.Jumps}, ends...)) {
		return 0, fmt.Errorf("array %s has shape %v for %d times of images of shape %v; draw it again", arrayStates,
			states, s.Jumps, ends)
	}
	s.Dims = ends[1:]
	bytes := 4 * float64(s.Jumps+1) * float64(ends[0]) * float64(s.size())
	if memory > 0 && bytes > float64(memory) {
		return 0, fmt.Errorf("%d samples of %v with %d states take %.1f GB of memory, and there are %.1f GB; draw "+
			"fewer", ends[0], s.Dims, s.Jumps+1, bytes/1e9, float64(memory)/1e9)
	}
	return ends[0], nil
}

func (s *Set) readLabels(archive *npy.Archive, n int) error {
	if !archive.Has(arrayLabels) {
		return nil
	}
	shape, labels, err := npy.Named[float64](archive, arrayLabels)
	if err != nil {
		return fmt.Errorf("it has %w", err)
	}
	if !slices.Equal(shape, []int{n}) {
		return fmt.Errorf("array %s has shape %v for %d images; draw it again", arrayLabels, shape, n)
	}
	s.Labels = make([]int32, n)
	for i, label := range labels {
		if label != math.Trunc(label) || label < -1 || label > math.MaxInt32 {
			return fmt.Errorf("label %g of image %d; give the number of a class", label, i)
		}
		s.Labels[i] = int32(label)
	}
	return nil
}

// Hash tells whether samples are the same.
func (s *Set) Hash() string {
	h := sha256.New()
	for _, part := range []any{int64(s.Len()), int64(s.Jumps), s.States, s.Ends, s.Labels} {
		_ = binary.Write(h, binary.LittleEndian, part) // a hash takes everything
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

// ClassCounts are the samples of each of n classes. Samples without a class, or of another, are an error.
func (s *Set) ClassCounts(n int) ([]int, error) {
	if s.Labels == nil {
		return nil, fmt.Errorf("distill %s: the samples have no classes, and the run is to learn some; draw them from "+
			"a run with classes", s.Name)
	}
	counts := make([]int, n)
	for i, label := range s.Labels {
		if label < 0 || int(label) >= n {
			return nil, fmt.Errorf("distill %s: class %d in sample %d, and the run has classes 0 to %d; draw them "+
				"from a run with the same classes, and each of one", s.Name, label, i, n-1)
		}
		counts[label]++
	}
	return counts, nil
}
