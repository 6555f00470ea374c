package arrayfile

import "fmt"

// layout tells what the axes of an array of images are.
type layout struct {
	n, height, width, channels int
	planar                     bool // channels before height and width
}

// layoutOf reads [n, height, width], [n, height, width, channels] and, as PyTorch has it, [n, channels, height, width],
// where there are one or three channels. An array with one or three at either end has them at the last.
func layoutOf(shape []int) (layout, error) {
	isChannels := func(d int) bool { return d == 1 || d == 3 }
	if len(shape) == 3 {
		if shape[2] <= 3 && shape[0] > 3 && shape[1] > 3 {
			return layout{}, fmt.Errorf("an array of shape %v, which looks like a single image; give images as [n, "+
				"height, width(, channels)], points as [n, dim]", shape)
		}
		return layout{n: shape[0], height: shape[1], width: shape[2], channels: 1}, nil
	}
	switch {
	case !isChannels(shape[3]) && isChannels(shape[1]):
		return layout{n: shape[0], channels: shape[1], height: shape[2], width: shape[3], planar: true}, nil
	case shape[3] > 4:
		return layout{}, fmt.Errorf("an array of shape %v, with no axis of 1 or 3 channels; give [n, height, width, "+
			"channels]", shape)
	}
	return layout{n: shape[0], height: shape[1], width: shape[2], channels: shape[3]}, nil
}

func (l layout) numbers() int { return l.n * l.height * l.width * l.channels }

// interleave brings planes of channels into the order of pixels, image by image.
func (l layout) interleave(pixels []uint8) {
	if !l.planar || l.channels == 1 {
		return
	}
	area := l.height * l.width
	image := make([]uint8, area*l.channels)
	for at := 0; at < len(pixels); at += len(image) {
		copy(image, pixels[at:])
		for c := range l.channels {
			for p, v := range image[c*area : (c+1)*area] {
				pixels[at+p*l.channels+c] = v
			}
		}
	}
}

// note tells of axes that were taken in another order, and of images that may be sets of points.
func (l layout) note() []string {
	const narrow = 3
	if !l.planar && l.channels == 1 && l.width <= narrow && l.height > narrow {
		return []string{fmt.Sprintf("taken for %d images of %d×%d; points are [n, dim]", l.n, l.height, l.width)}
	}
	if !l.planar {
		return nil
	}
	return []string{fmt.Sprintf("taken for %d images of %d×%d with %d channels before height and width", l.n, l.height,
		l.width, l.channels)}
}
