package cli

import (
	"cmp"
	"image"
	"math"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
)

// tiles is how many pictures the grid has of one sample: given, result and truth where images are restored.
func tiles(path flows.Path) int {
	if _, ok := path.(flows.Conditional); ok {
		return 3
	}
	return 1
}

// look is what a user may say about a picture.
type look struct {
	cols, scale int   // of a grid; 0 for the default
	seed        int64 // of the choice of samples that have weights
	ways        bool  // the ways of points through all states, rather than one state
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

// picture shows a state of what was drawn: its samples, or one on the way there.
func (d *drawing) picture(at state, look look) (image.Image, error) {
	if d.from.Problem != nil {
		return d.pointsPicture(at, look)
	}
	pixels, err := d.pixels(at, look.seed)
	if err != nil {
		return nil, err
	}
	n, tiles := len(at.x)/d.size(), tiles(d.from.Path)
	grid, err := imaging.Grid(pixels, n*tiles, d.dims[0], d.dims[1], d.dims[2], look.grid(n, tiles))
	if err != nil {
		return nil, err
	}
	return imaging.Tiled{Image: grid, Images: n * tiles}, nil
}

// pixels are the pictures of a state of n examples, [n·tiles, height, width, channels], those of an unbalanced run
// resampled by the weights that they have there.
func (d *drawing) pixels(at state, seed int64) ([]uint8, error) {
	quantised := make([]uint8, len(at.x))
	imaging.Quantize(quantised, at.x)
	return resampled(at.logWeights, d.besides(quantised, len(at.x)/d.size()), seed)
}

// besides sets given, result and truth of each image side by side; results from noise stay as they are.
func (d *drawing) besides(result []uint8, count int) []uint8 {
	if d.given == nil {
		return result
	}
	size := len(result) / count
	out := make([]uint8, 0, 3*len(result))
	for k := range count {
		for _, pixels := range [][]uint8{d.given, result, d.truth} {
			out = append(out, pixels[k*size:(k+1)*size]...)
		}
	}
	return out
}
