package imaging

import (
	"context"
	"fmt"
	"image"

	"github.com/amgen/amgen/imaging/fit"
)

// Picture is one file of a picture, brought to a square of a size.
type Picture struct {
	Levels []uint8     // [size, size, channels], 8 bits
	Size   image.Point // width and height of the file's picture, upright
	Found  Found       // what was done to it
}

// ReadPicture reads a picture file in any of the formats of image folders, brings it to size × size as these are, and
// makes it grey for 1 channel or RGB for 3. The error for a file that holds no such picture says what it holds.
func ReadPicture(ctx context.Context, path string, size, channels int, how fit.Fit) (Picture, error) {
	if size < 1 || channels != 1 && channels != 3 {
		return Picture{}, fmt.Errorf("imaging: picture of %d×%d×%d; give a positive size and 1 or 3 "+
			"channels", size, size,
			channels)
	}
	if err := how.Check(path); err != nil {
		return Picture{}, err
	}
	p := Picture{Levels: make([]uint8, size*size*channels)}
	scratch := func(c image.Config) int64 { return how.Scratch(image.Pt(c.Width, c.Height), size) }
	err := withPicture(ctx, path, scratch, func(decoded *picture) error {
		p.Size = decoded.Bounds().Size()
		if decoded.transparent {
			p.Found.Transparent = 1
		}
		if decoded.turned {
			p.Found.Turned = 1
		}
		fitInto(decoded.Image, how, size, channels, p.Levels)
		return nil
	})
	if err != nil {
		return Picture{}, err
	}
	p.Found.Of, p.Found.Fitted = 1, fit.Count(how, size, []image.Point{p.Size})
	return p, nil
}
