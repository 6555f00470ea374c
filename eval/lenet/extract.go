package lenet

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// batch is the number of images of every run of the executable; the last one of a call is filled up with black. One
// size means one program to compile, and results that do not depend on how the images were cut into calls.
const batch = 128

// padded is the other side that images may have: the data sets' 28 with 2 pixels of black all around, as networks that
// halve their images several times want them.
const padded = 32

// Extract returns the features and the logits of images, row after row: n·[Network.Dim] and n·[Network.Classes] values.
//
// pixels are uint8 [n, height, width, 1], 0 black and 255 white, of 28×28, or of 32×32, of which the middle 28×28 are
// seen. Rows do not depend on the other images of the call. The caller keeps pixels. Pixels of another shape or type
// are an error.
func (n *Network) Extract(pixels *tensors.Tensor) (features, logits []float32, err error) {
	if err := checkPixels(pixels); err != nil {
		return nil, nil, err
	}
	count, side := pixels.Shape().Dimensions[0], pixels.Shape().Dimensions[1]
	features = make([]float32, 0, count*featureDim)
	logits = make([]float32, 0, count*classCount)
	var failed error
	n.mu.Lock()
	defer n.mu.Unlock()
	err = tensors.ConstFlatData(pixels, func(flat []uint8) {
		for from := 0; from < count && failed == nil; from += batch {
			to := min(from+batch, count)
			features, logits, failed = n.run(features, logits, flat[from*side*side:to*side*side], side)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, nil, fmt.Errorf("lenet: features: %w", err)
	}
	return features, logits, nil
}

// checkPixels returns an error unless the network can see the images.
func checkPixels(pixels *tensors.Tensor) error {
	if pixels == nil || !pixels.Ok() {
		return fmt.Errorf("lenet: images, got no valid tensor; give uint8 [n, %d, %d, 1]", Side, Side)
	}
	shape := pixels.Shape()
	if shape.DType != dtypes.Uint8 || shape.Rank() != 4 {
		return fmt.Errorf("lenet: images, got %s; give uint8 [n, %d, %d, 1]", shape, Side, Side)
	}
	d := shape.Dimensions
	switch {
	case d[0] == 0:
		return errors.New("lenet: images, got none; give at least one")
	case d[3] != 1:
		return fmt.Errorf("lenet: images, got %d channels; it sees grey ones alone: convert them to grey, or take "+
			"the features of Inception", d[3])
	case d[1] != d[2] || d[1] != Side && d[1] != padded:
		return fmt.Errorf("lenet: images, got %d×%d; it sees %d×%d, or the middle of %d×%d: resize them, or take the "+
			"features of Inception",
			d[1], d[2], Side, Side, padded, padded)
	}
	return nil
}

// run appends the features and logits of up to batch images of side×side.
func (n *Network) run(features, logits []float32, images []uint8, side int) ([]float32, []float32, error) {
	seen := make([]uint8, batch*Side*Side)
	rows, margin := len(images)/(side*side), (side-Side)/2
	for i := range rows {
		for y := range Side {
			from := (i*side+margin+y)*side + margin
			copy(seen[(i*Side+y)*Side:][:Side], images[from:])
		}
	}
	in := tensors.FromFlatDataAndDimensions(seen, batch, Side, Side, 1)
	defer in.MustFinalizeAll()
	out, err := n.exec.Exec(in)
	if err != nil {
		return nil, nil, err
	}
	for i, to := range []*[]float32{&features, &logits} {
		err := tensors.ConstFlatData(out[i], func(flat []float32) {
			*to = append(*to, flat[:rows*len(flat)/batch]...)
		})
		out[i].MustFinalizeAll()
		if err != nil {
			return nil, nil, err
		}
	}
	return features, logits, nil
}
