package eval

import (
	"context"
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/internal/evenly"
	"github.com/amgen/amgen/internal/pixels"
)

// Images are pictures to evaluate, each the same whenever it is read.
type Images interface {
	// Len is their number.
	Len() int

	// Identity is a hash of all that the pictures depend on: where it is equal, picture i is.
	Identity() string

	// Read returns pictures from … to−1 as uint8 [to − from, height, width, channels]. If a model draws them,
	// evaluations are those that each picture took; else they are nil.
	Read(ctx context.Context, from, to int) (pictures *tensors.Tensor, evaluations []float32, err error)
}

// ImageArray are images in memory.
type ImageArray struct {
	// Pixels, [images, Height, Width, Channels], from 0 for black to 255.
	Pixels []uint8
	// Labels, one an image or none, count in the identity, and for metrics that are [Metric.Labelled].
	Labels                  []int32
	Height, Width, Channels int

	hash sync.Once
	id   string
}

// Len implements [Images].
func (a *ImageArray) Len() int { return len(a.Pixels) / a.size() }

func (a *ImageArray) size() int { return max(1, a.Height*a.Width*a.Channels) }

// Image is image i.
func (a *ImageArray) Image(i int) []uint8 { return a.Pixels[i*a.size() : (i+1)*a.size()] }

// Identity implements [Images]: SHA-256, in hex, of shape, pixels and labels. It is computed once.
func (a *ImageArray) Identity() string {
	a.hash.Do(func() { a.id = pixels.Hash(a.Pixels, a.Labels, a.Height, a.Width, a.Channels) })
	return a.id
}

// Read implements [Images]. A range outside the array is an error.
func (a *ImageArray) Read(_ context.Context, from, to int) (*tensors.Tensor, []float32, error) {
	if from < 0 || to > a.Len() || from >= to {
		return nil, nil, fmt.Errorf("eval: images %d to %d of %d; ask for a range inside them that isn't empty", from,
			to,
			a.Len())
	}
	part := a.Pixels[from*a.size() : to*a.size()]
	return tensors.FromFlatDataAndDimensions(part, to-from, a.Height, a.Width, a.Channels), nil, nil
}

// Spread are n images, at least one, from all over the array at equal distances: they may be in an order, such as that
// of classes. It is the array itself where that has no more.
func (a *ImageArray) Spread(n int) *ImageArray {
	if n >= a.Len() {
		return a
	}
	out := &ImageArray{Height: a.Height, Width: a.Width, Channels: a.Channels}
	for i := range n {
		at := evenly.Index(i, n, a.Len())
		out.Pixels = append(out.Pixels, a.Image(at)...)
		if a.Labels != nil {
			out.Labels = append(out.Labels, a.Labels[at])
		}
	}
	return out
}

// grey are colour images whose three channels are equal everywhere as images of one; false where there are others.
func (a *ImageArray) grey() (*ImageArray, bool) {
	if a.Channels != 3 {
		return nil, false
	}
	out := &ImageArray{Pixels: make([]uint8, 0, len(a.Pixels)/3), Labels: a.Labels, Height: a.Height, Width: a.Width,
		Channels: 1}
	for at := 0; at < len(a.Pixels); at += 3 {
		if a.Pixels[at] != a.Pixels[at+1] || a.Pixels[at] != a.Pixels[at+2] {
			return nil, false
		}
		out.Pixels = append(out.Pixels, a.Pixels[at])
	}
	return out, true
}

// check returns an error unless the array has whole images.
func (a *ImageArray) check() error {
	const maxSide = 1 << 14
	switch {
	case a.Height < 1 || a.Width < 1 || a.Channels < 1 || a.Height > maxSide || a.Width > maxSide || a.Channels > 4:
		return fmt.Errorf("images of %d×%d×%d; give positive sides up to %d and 1 to 4 channels", a.Height, a.Width,
			a.Channels, maxSide)
	case len(a.Pixels) == 0 || len(a.Pixels)%a.size() != 0:
		return fmt.Errorf("%d pixels of images of %d×%d×%d; give whole images", len(a.Pixels), a.Height, a.Width,
			a.Channels)
	case a.Labels != nil && len(a.Labels) != a.Len():
		return fmt.Errorf("%d labels of %d images; give one each", len(a.Labels), a.Len())
	}
	return nil
}
