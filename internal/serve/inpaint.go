package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/edit"
)

// mostSide is the side of the largest image that pages send.
const mostSide = 256

// canFill tells whether parts of images can be filled in by a run or a model.
func canFill(t *run.Trained) bool {
	return edit.Check(t.Plan) == nil && t.Plan.ImageOptions().Size <= mostSide
}

// fill fills in what the mask of a page says of its image.
func (s *Server) fill(ctx context.Context, a ask, progress func(share float64)) (result, origin, error) {
	t, err := s.find(ctx, a)
	if err != nil {
		return result{}, origin{}, err
	}
	if err := edit.Check(t.Plan); err != nil {
		return result{}, origin{}, err
	}
	o, err := a.options(t)
	if err != nil {
		return result{}, origin{}, err
	}
	r, err := t.Open(ctx)
	if err != nil {
		return result{}, origin{}, err
	}
	defer r.Close()
	part, err := a.part(r.Source.Dims)
	if err != nil {
		return result{}, origin{}, err
	}
	samples, err := edit.Restore(ctx, r, func(int) known.Known { return part }, edit.Options{N: a.N, Seed: o.Seed,
		Restoration: known.Restoration{Steps: a.Steps}, Classes: o.Classes, Guidance: o.Guidance,
		Progress: func(done float64) { progress(done / float64(a.N)) }})
	if err != nil {
		return result{}, origin{}, err
	}
	given := result{samples: samples, seed: o.Seed}
	if given.image, err = pngOf(a.Image, r.Source.Dims); err == nil {
		given.mask, err = pngOf(levelsOf(part.Fill), []int{r.Source.Dims[0], r.Source.Dims[1], 1})
	}
	return given, origin{t.Dir, r.Step}, err
}

// part is what is known of the image of a page: height, width and channels are dims.
func (a ask) part(dims []int) (part known.Pixels, err error) {
	height, width, channels := dims[0], dims[1], dims[2]
	if len(a.Image) != height*width*channels || len(a.Mask) != height*width {
		return part, fmt.Errorf("an image of %d bytes with a mask of %d; the run draws %d×%d pixels with %d channels",
			len(a.Image), len(a.Mask), width, height, channels)
	}
	part = known.Pixels{Levels: a.Image, Fill: make([]bool, len(a.Mask))}
	filled := 0
	for i, painted := range a.Mask {
		if part.Fill[i] = painted != 0; part.Fill[i] {
			filled++
		}
	}
	switch filled {
	case 0:
		return part, errors.New("nothing is to be filled in; paint a part of the image")
	case len(a.Mask):
		return part, errors.New("nothing of the image is kept; erase a part of the mask, or draw samples")
	}
	return part, nil
}

// levelsOf is a mask as a picture: white where it is to be filled in.
func levelsOf(fill []bool) []byte {
	levels := make([]byte, len(fill))
	for i, white := range fill {
		if white {
			levels[i] = 255
		}
	}
	return levels
}

// pngOf is the PNG of an image in 8 bits.
func pngOf(levels []byte, dims []int) ([]byte, error) {
	picture, err := imaging.Grid(levels, 1, dims[0], dims[1], dims[2], imaging.GridOptions{Scale: 1})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = imaging.EncodePNG(&text, picture)
	return text.Bytes(), err
}

// first is the PNG of the first sample, to be filled in.
func (r result) first() ([]byte, error) {
	if r.samples.Source.Problem != nil || r.samples.Source.Restores() {
		return nil, errors.New("no image to fill in is among these samples")
	}
	levels := make([]byte, r.samples.Size())
	imaging.Quantize(levels, r.samples.X[:r.samples.Size()])
	return pngOf(levels, r.samples.Dims())
}
