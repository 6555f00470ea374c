package eval

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// Network turns images into features, in which distributions of images are compared.
type Network interface {
	// Name is that of the network with its weights, as reports show it: "inception-v3-fid", "lenet-mnist".
	Name() string

	// Hash identifies the weights: SHA-256, in hex; "" where there are none.
	Hash() string

	// Dim is the number of features of an image, Classes that of its logits: 0 where the network classifies nothing.
	Dim() int
	Classes() int

	// Extract returns the features, [images, Dim] row by row, and the logits, [images, Classes], of pixels, uint8
	// [images, height, width, channels]. Those of an image don't depend on what it is given with.
	Extract(pixels *tensors.Tensor) (features, logits []float32, err error)
}

// Pixels is the network that does nothing: an image's features are its pixels, k/127.5 − 1 each, row by row.
type Pixels struct{ Height, Width, Channels int }

func (Pixels) Name() string { return "pixels" }
func (Pixels) Hash() string { return "" }
func (p Pixels) Dim() int   { return p.Height * p.Width * p.Channels }
func (Pixels) Classes() int { return 0 }

func (p Pixels) Extract(pixels *tensors.Tensor) (features, logits []float32, err error) {
	shape := pixels.Shape()
	if shape.DType != dtypes.Uint8 || shape.Rank() != 4 || shape.Dimensions[1] != p.Height ||
		shape.Dimensions[2] != p.Width ||
		shape.Dimensions[3] != p.Channels {
		return nil, nil, fmt.Errorf("eval: images of shape %s; give uint8 [images, %d, %d, %d]", shape, p.Height,
			p.Width, p.Channels)
	}
	flat, err := tensors.CopyFlatData[uint8](pixels)
	if err != nil {
		return nil, nil, fmt.Errorf("eval: read images: %w", err)
	}
	features = make([]float32, len(flat))
	for i, k := range flat {
		features[i] = float32(k)/127.5 - 1
	}
	return features, nil, nil
}
