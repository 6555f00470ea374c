package draw

import (
	"cmp"
	"image"
	"math"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
)

// Layout is how samples are arranged in a picture. The zero value has the defaults.
type Layout struct {
	// Columns is the samples in a row of a grid. By default it is nearly square, or has a row of each class that
	// [Options.Classes] asked for, where each has equally many.
	Columns int
	Scale   int   // pixels of a grid for each pixel of an image; default [DefaultScale]
	Seed    int64 // of the choice of samples that have weights
	// Axes are the two coordinates that a picture of points shows, see [plane.Of]; nil are the first two.
	Axes []string
}

// DefaultScale is the pixels of a grid for each pixel of an image.
const DefaultScale = 2

// Tiles is how many pictures a grid has of one sample: given, result and truth where images are restored, else one.
func Tiles(restores bool) int {
	if restores {
		return 3
	}
	return 1
}

// grid puts the pictures of one of n samples next to each other.
func (l Layout) grid(n, tiles int) imaging.GridOptions {
	cols := l.Columns * tiles
	if cols == 0 { // nearly square, with the tiles of a sample in one row
		cols = int(math.Ceil(math.Sqrt(float64(n*tiles))/float64(tiles))) * tiles
	}
	return imaging.GridOptions{Cols: cols, Gap: 2, Scale: cmp.Or(l.Scale, DefaultScale)}
}

// CheckGrid returns an error unless n images of a plan go into a picture.
func (l Layout) CheckGrid(plan *run.Plan, n int) error {
	tiles, size := Tiles(plan.Restores()), plan.ImageOptions().Size
	return imaging.CheckGrid(n*tiles, size, size, l.grid(n, tiles))
}

// Picture shows the samples: a grid of images, or the data on the left and points over it on the right. Those of an
// unbalanced run are chosen by their weights.
func (s *Samples) Picture(layout Layout) (image.Image, error) {
	if s.Source.Problem == nil {
		return s.imagesAt(s.State, layout)
	}
	pictures, err := s.scatters([]moment{s.end()}, layout)
	if err != nil {
		return nil, err
	}
	return pictures[0], nil
}

// Frames shows the states of the samples, each as [Samples.Picture] does: points beside the data of the time next to
// theirs.
func (s *Samples) Frames(layout Layout) (frames []image.Image, err error) {
	if s.Source.Problem == nil {
		for _, state := range s.States {
			frame, err := s.imagesAt(state, layout)
			if err != nil {
				return nil, err
			}
			frames = append(frames, frame)
		}
		return frames, nil
	}
	moments := make([]moment, len(s.States))
	for i := range s.States {
		moments[i] = s.moment(i)
	}
	return s.scatters(moments, layout)
}

// imagesAt shows a state of images as a grid.
func (s *Samples) imagesAt(at State, layout Layout) (image.Image, error) {
	n, tiles, dims := len(at.X)/s.Size(), Tiles(s.Source.Restores()), s.Dims()
	pixels := s.quantised(at)
	var err error
	if each := s.classRow(); each > 0 && (layout.Columns == 0 || layout.Columns == each) {
		layout.Columns = each
		pixels, err = s.classRows(pixels, tiles*s.Size(), each, at.LogWeights, layout.Seed)
	} else {
		pixels, err = Resampled(at.LogWeights, pixels, layout.Seed)
	}
	if err != nil {
		return nil, err
	}
	grid, err := imaging.Grid(pixels, n*tiles, dims[0], dims[1], dims[2], layout.grid(n, tiles))
	if err != nil {
		return nil, err
	}
	return imaging.Tiled{Image: grid, Images: n * tiles}, nil
}

// Pixels are the pictures of a state of n images, [n·tiles, height, width, channels] in 8 bits. Those of an
// unbalanced run are chosen by the weights that they have there.
func (s *Samples) Pixels(at State, seed int64) ([]uint8, error) {
	return Resampled(at.LogWeights, s.quantised(at), seed)
}

// quantised are the pictures of all samples of a state.
func (s *Samples) quantised(at State) []uint8 {
	quantised := make([]uint8, len(at.X))
	imaging.Quantize(quantised, at.X)
	return s.besides(quantised)
}

// besides puts given, result and truth of each image next to each other; results from noise stay as they are.
func (s *Samples) besides(result []uint8) []uint8 {
	if s.Given == nil {
		return result
	}
	size := s.Size()
	out := make([]uint8, 0, 3*len(result))
	for k := range len(result) / size {
		for _, pixels := range [][]uint8{s.Given, result, s.Truth} {
			out = append(out, pixels[k*size:(k+1)*size]...)
		}
	}
	return out
}
