package run

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
)

// Source makes what samples begin with: noise, points at t = 0 or, on a path that restores images, those images. It
// is safe for use by several goroutines at once.
type Source struct {
	Path flows.Path
	// Dims are the dimensions of an example: height, width and channels, or the number of coordinates.
	Dims []int
	// Problem is that of points, nil of images.
	Problem *science.Problem
	// Classes are those that the run learned, nil of a run without.
	Classes *Classes

	backend backends.Backend
	images  *imaging.Dataset // to restore
}

// Size is the number of numbers in an example.
func (s *Source) Size() int {
	size := 1
	for _, n := range s.Dims {
		size *= n
	}
	return size
}

// Restores tells whether images are restored. Then a sample has three pictures: what is given, the result and the
// truth.
func (s *Source) Restores() bool { return restores(s.Path) }

// Restores tells whether the plan's path restores images.
func (p *Plan) Restores() bool { return restores(p.Model.Path) }

func restores(path flows.Path) bool {
	_, restores := path.(flows.Conditional)
	return restores
}

// Available is the number of samples that there can be: of images to restore, else [math.MaxInt].
func (s *Source) Available() int {
	if s.images == nil || !s.Restores() {
		return math.MaxInt
	}
	return s.images.Len()
}

// Together is how many samples are solved at once by default: 64 images, 1000 points.
func (s *Source) Together() int {
	if s.Problem != nil {
		return 1000
	}
	return 64
}

// Previewed is how many samples a preview shows: a grid of 36 pictures, or 1000 points; of [Source.PreviewedClasses]
// equally many each.
func (s *Source) Previewed() int {
	const images = 36
	switch {
	case s.Problem != nil:
		return 1000
	case s.Restores():
		return min(images/3, s.images.Len())
	}
	if n := len(s.PreviewedClasses()); n > 0 {
		return images / n * n
	}
	return images
}

// PreviewedClasses are those that a preview has a row of; nil where there are none, or too many.
func (s *Source) PreviewedClasses() (list []int32) {
	const most = 12
	if s.Classes == nil || s.Restores() || s.Classes.Len() > most {
		return nil
	}
	for i := range s.Classes.Names {
		list = append(list, int32(i))
	}
	return list
}

// Start is where a batch of samples begins, [batch, Dims...].
type Start struct {
	X, Condition *tensors.Tensor
	// Given and Truth are pixels of what is restored, and what it was; nil on a path from noise.
	Given, Truth []uint8
}

// Finalize frees the tensors.
func (s Start) Finalize() {
	s.X.MustFinalizeAll()
	if s.Condition != nil {
		s.Condition.MustFinalizeAll()
	}
}

// Begin makes the start of samples first, first + 1, … of a seed, no more than are available. Image k of the data set
// belongs to sample k.
func (s *Source) Begin(seed int64, first, count int) (Start, error) {
	if s.Problem != nil {
		x, err := s.Problem.Source(seed, first, count)
		return Start{X: x}, err
	}
	noise, err := flows.SourceNoise(s.Path, seed, first, count, s.Dims...)
	if err != nil {
		return Start{}, err
	}
	path, ok := s.Path.(flows.Conditional)
	if !ok {
		return Start{X: noise}, nil
	}
	defer noise.MustFinalizeAll()
	pixels, err := s.images.Tensor(first, first+count)
	if err != nil {
		return Start{}, err
	}
	defer pixels.MustFinalizeAll()
	prepare := imaging.Prepare(imaging.PrepareOptions{Centre: true})
	data, err := mlcontext.ExecOnce(s.backend, mlcontext.New(),
		func(ctx *mlcontext.Context, k *graph.Node) *graph.Node {
			return prepare(ctx, k)
		}, pixels)
	if err != nil {
		return Start{}, fmt.Errorf("prepare images: %w", err)
	}
	defer data.MustFinalizeAll()
	src, err := flows.Begin(s.backend, path, data, noise)
	if err != nil {
		return Start{}, err
	}
	defer src.Shown.MustFinalizeAll()
	b := Start{X: src.X, Condition: src.Condition}
	if b.Given, err = imaging.QuantizeTensor(src.Shown); err != nil {
		return Start{}, err
	}
	b.Truth, err = imaging.QuantizeTensor(data)
	return b, err
}
