package cli

import (
	"cmp"
	"fmt"
	"image"
	"math"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

// imageSource makes what samples start from: noise or, on a path that restores images, those images.
type imageSource struct {
	backend backends.Backend
	along   flows.Path
	net     unet.Config
	images  *imaging.Dataset // to restore
}

func (s *imageSource) path() flows.Path { return s.along }

func (s *imageSource) dims() []int { return []int{s.net.Size, s.net.Size, s.net.Channels} }

func (s *imageSource) previewed() int {
	const images = 36
	if tiles := tiles(s.along); tiles > 1 {
		return min(images/tiles, s.images.Len())
	}
	return images
}

// tiles is how many pictures the grid has of one sample: given, result and truth where images are restored.
func tiles(path flows.Path) int {
	if _, ok := path.(flows.Conditional); ok {
		return 3
	}
	return 1
}

func (s *imageSource) together() int { return 64 }

func (s *imageSource) available() int {
	if s.images == nil || tiles(s.along) == 1 {
		return math.MaxInt
	}
	return s.images.Len()
}

// grid has the pictures of one of n samples side by side.
func (l look) grid(n, tiles int) imaging.GridOptions {
	cols := l.cols * tiles
	if cols == 0 {
		cols = gridColumns(n, tiles)
	}
	return imaging.GridOptions{Cols: cols, Gap: 2, Scale: cmp.Or(l.scale, defaultScale)}
}

// defaultScale is the pixels of a grid for each pixel of an image.
const defaultScale = 2

// gridColumns makes a grid of n samples nearly square with the tiles of each in one row.
func gridColumns(n, tiles int) int {
	return int(math.Ceil(math.Sqrt(float64(n*tiles))/float64(tiles))) * tiles
}

// beginning is the start of a batch, with what the grid shows beside the results.
type beginning struct {
	x, condition *tensors.Tensor
	given, truth []uint8 // nil on a path from noise
}

func (b beginning) release() {
	b.x.MustFinalizeAll()
	if b.condition != nil {
		b.condition.MustFinalizeAll()
	}
}

// begin is the start of samples first, first+1, … of a seed; image k of the data set belongs to sample k.
func (s *imageSource) begin(seed int64, first, count int) (beginning, error) {
	noise, err := flows.SourceNoise(s.along, seed, first, count, s.net.Size, s.net.Size, s.net.Channels)
	if err != nil {
		return beginning{}, err
	}
	path, ok := s.along.(flows.Conditional)
	if !ok {
		return beginning{x: noise}, nil
	}
	defer noise.MustFinalizeAll()
	pixels, err := s.images.Tensor(first, first+count)
	if err != nil {
		return beginning{}, err
	}
	defer pixels.MustFinalizeAll()
	prepare := imaging.Prepare(imaging.PrepareOptions{Centre: true})
	data, err := mlcontext.ExecOnce(s.backend, mlcontext.New(), func(ctx *mlcontext.Context, k *graph.Node) *graph.Node {
		return prepare(ctx, k)
	}, pixels)
	if err != nil {
		return beginning{}, fmt.Errorf("prepare images: %w", err)
	}
	defer data.MustFinalizeAll()
	src, err := flows.Begin(s.backend, path, data, noise)
	if err != nil {
		return beginning{}, err
	}
	defer src.Shown.MustFinalizeAll()
	b := beginning{x: src.X, condition: src.Condition}
	if b.given, err = imaging.QuantizeTensor(src.Shown); err != nil {
		return beginning{}, err
	}
	b.truth, err = imaging.QuantizeTensor(data)
	return b, err
}

// picture is a grid.
func (s *imageSource) picture(d *drawing, at state, look look) (image.Image, error) {
	pixels, err := s.pixels(d, at, look.seed)
	if err != nil {
		return nil, err
	}
	n, tiles := len(at.x)/d.size(), tiles(s.along)
	grid, err := imaging.Grid(pixels, n*tiles, s.net.Size, s.net.Size, s.net.Channels, look.grid(n, tiles))
	if err != nil {
		return nil, err
	}
	return imaging.Tiled{Image: grid, Images: n * tiles}, nil
}

// pixels are the pictures of a state of n examples, [n·tiles, height, width, channels], those of an unbalanced run
// resampled by the weights that they have there.
func (s *imageSource) pixels(d *drawing, at state, seed int64) ([]uint8, error) {
	quantised := make([]uint8, len(at.x))
	imaging.Quantize(quantised, at.x)
	return resampled(at.logWeights, d.beginning.besides(quantised, len(at.x)/d.size()), seed)
}

// besides sets given, result and truth of each image side by side; results from noise stay as they are.
func (b beginning) besides(result []uint8, count int) []uint8 {
	if b.given == nil {
		return result
	}
	size := len(result) / count
	out := make([]uint8, 0, 3*len(result))
	for k := range count {
		for _, pixels := range [][]uint8{b.given, result, b.truth} {
			out = append(out, pixels[k*size:(k+1)*size]...)
		}
	}
	return out
}
