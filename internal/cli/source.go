package cli

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

// source makes what samples start from: noise or, on a path that restores images, those images.
type source struct {
	backend backends.Backend
	path    flows.Path
	net     unet.Config
	images  *imaging.Dataset // to restore
}

// tiles is how many pictures the grid has of one sample: given, result and truth where images are restored.
func tiles(path flows.Path) int {
	if _, ok := path.(flows.Conditional); ok {
		return 3
	}
	return 1
}

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
func (s *source) begin(seed int64, first, count int) (beginning, error) {
	noise, err := flows.Noise(seed, first, count, s.net.Size, s.net.Size, s.net.Channels)
	if err != nil {
		return beginning{}, err
	}
	path, ok := s.path.(flows.Conditional)
	if !ok {
		return beginning{x: noise}, nil
	}
	defer noise.MustFinalizeAll()
	if first+count > s.images.Len() {
		return beginning{}, usagef("there are %d images to restore; pass -n %d or less", s.images.Len(), s.images.Len())
	}
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
	b := beginning{x: src.Start, condition: src.Condition}
	if b.given, err = imaging.QuantizeTensor(src.Shown); err != nil {
		return beginning{}, err
	}
	b.truth, err = imaging.QuantizeTensor(data)
	return b, err
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
