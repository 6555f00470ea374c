// Package pairs has the data of reflow: noise x₀ and the images x₁ that a trained run made of it. A run that learns to
// lead one straight to the other draws with few evaluations. Liu, Gong and Liu 2022, arXiv:2209.03003.
package pairs

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

// Set is the pairs of a file, in memory.
type Set struct {
	Name   string // of the file
	Dims   []int  // of an image: height, width and channels
	Noise  []float32
	Images []float32
	Labels []int32 // classes of the images, -1 for any; nil where the file has none
}

// Len is the number of pairs.
func (s *Set) Len() int { return len(s.Images) / s.size() }

func (s *Set) size() int { return s.Dims[0] * s.Dims[1] * s.Dims[2] }

// Arrays in a file of pairs, as `amgen sample --times 0 -o FILE.npz` writes it.
const (
	arrayImages = "samples"    // [n, height, width, channels]
	arrayStates = "trajectory" // [times, n, height, width, channels]
	arrayTimes  = "times"      // [times]
	arrayLabels = "labels"     // [n]
)

// Read reads a .npz of array samples, the images at t = 1, [n, height, width, channels]; trajectory, [times, n, height,
// width, channels], whose first time in array times has to be 0; and, if there, labels, [n]. Pairs that take more than
// so many bytes of memory are refused; 0 is any.
func Read(path string, memory int64) (*Set, error) {
	s, err := read(path, memory)
	if err != nil {
		return nil, fmt.Errorf("pairs of %s: %w", path, err)
	}
	return s, nil
}

func read(path string, memory int64) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a FIFO would wait
		return nil, fmt.Errorf("it is %s, not a file; write them to one", replace.Kind(info.Mode()))
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
	shape, err := shapeOf(archive, arrayImages, 4)
	if err != nil {
		return nil, err
	}
	s.Dims = shape[1:]
	if bytes := 8 * float64(shape[0]) * float64(s.size()); memory > 0 && bytes > float64(memory) {
		return nil, fmt.Errorf("%d pairs of %v take %.1f GB of memory, and there are %.1f GB; draw fewer", shape[0],
			s.Dims, bytes/1e9, float64(memory)/1e9)
	}
	if _, s.Images, err = npy.Named[float32](archive, arrayImages); err != nil {
		return nil, fmt.Errorf("it has %w", err)
	}
	if err := s.readNoise(archive, shape); err != nil {
		return nil, err
	}
	if err := s.readLabels(archive, shape[0]); err != nil {
		return nil, err
	}
	return s, s.finite()
}

// shapeOf is the shape of an array of so many axes, none of which is empty.
func shapeOf(archive *npy.Archive, name string, axes int) ([]int, error) {
	if !archive.Has(name) {
		return nil, fmt.Errorf("it has no array %s, but %s; draw it by `amgen sample --times 0 -o FILE.npz`", name,
			archive)
	}
	r, closer, err := archive.Open(name)
	if err != nil {
		return nil, fmt.Errorf("it has %w", err)
	}
	defer closer.Close()
	if len(r.Shape) != axes || slices.Contains(r.Shape, 0) {
		return nil, fmt.Errorf("array %s has shape %v; draw it from a run of images by `amgen sample --times 0 -o "+
			"FILE.npz`", name, r.Shape)
	}
	return r.Shape, nil
}

// readTimes checks that the first state is that at t = 0.
func (s *Set) readTimes(archive *npy.Archive) error {
	if _, err := shapeOf(archive, arrayTimes, 1); err != nil {
		return err
	}
	_, times, err := npy.Named[float64](archive, arrayTimes)
	if err != nil {
		return fmt.Errorf("it has %w", err)
	}
	if times[0] != 0 {
		return fmt.Errorf("its states begin at t=%g, and pairs need those at t=0; draw it by `amgen sample --times 0 "+
			"-o FILE.npz`", times[0])
	}
	return nil
}

// readNoise reads the states at t = 0, which are the first of the trajectory.
func (s *Set) readNoise(archive *npy.Archive, images []int) error {
	shape, err := shapeOf(archive, arrayStates, 5)
	if err != nil {
		return err
	}
	if !slices.Equal(shape[1:], images) {
		return fmt.Errorf("array %s has shape %v for images of shape %v; draw it again", arrayStates, shape, images)
	}
	r, closer, err := archive.Open(arrayStates)
	if err != nil {
		return fmt.Errorf("it has %w", err)
	}
	defer closer.Close()
	s.Noise = make([]float32, len(s.Images)) // no more than what has been read already
	err = npy.Read(r, s.Noise)
	for rest := make([]float32, 1<<14); err == nil && r.Len() > 0; { // to the end, where its checksum is
		err = npy.Read(r, rest[:min(r.Len(), len(rest))])
	}
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return fmt.Errorf("array %s has %w", arrayStates, err)
	}
	return nil
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

// finite returns an error where a number isn't.
func (s *Set) finite() error {
	for _, array := range []struct {
		name   string
		values []float32
	}{{arrayImages, s.Images}, {arrayStates, s.Noise}} {
		for i, v := range array.values {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("array %s has %g in pair %d; draw it again", array.name, v, i/s.size())
			}
		}
	}
	return nil
}

// Hash tells whether pairs are the same.
func (s *Set) Hash() string {
	h := sha256.New()
	for _, part := range []any{int64(s.Len()), s.Noise, s.Images, s.Labels} {
		_ = binary.Write(h, binary.LittleEndian, part) // a hash takes everything
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}
