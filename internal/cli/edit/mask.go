package edit

import (
	"context"
	"errors"
	"image"
	"io/fs"
	"slices"
	"strings"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/cli/flags"
)

// parts are the masks that have names: what they fill of a square whose side is 1, from a corner to another.
var parts = []struct {
	name                     string
	left, top, right, bottom float64
}{{"left", 0, 0, 0.5, 1}, {"right", 0.5, 0, 1, 1}, {"top", 0, 0, 1, 0.5}, {"bottom", 0, 0.5, 1, 1},
	{"center", 0.25, 0.25, 0.75, 0.75}}

// maskNames lists the masks that have names.
func maskNames() (names []string) {
	for _, part := range parts {
		names = append(names, part.name)
	}
	return names
}

// namedMask is the mask of a name, nil of another text.
func namedMask(name string, size int) []bool {
	for _, part := range parts {
		if part.name != name {
			continue
		}
		at := func(share float64) int { return int(share * float64(size)) }
		fill := make([]bool, size*size)
		for y := at(part.top); y < at(part.bottom); y++ {
			for x := at(part.left); x < at(part.right); x++ {
				fill[y*size+x] = true
			}
		}
		return fill
	}
	return nil
}

// readMask reads the mask of a picture: white is to be filled. It has the picture's size, and becomes the model's in
// the same way.
func readMask(ctx context.Context, text string, of imaging.Picture, size int, how fit.Fit) ([]bool, error) {
	if fill := namedMask(text, size); fill != nil {
		return fill, nil
	}
	mask, err := imaging.ReadPicture(ctx, text, size, 1, how)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, flags.Usagef("--mask %s is no file, and none of %s", text, strings.Join(maskNames(), ", "))
	case err != nil:
		return nil, err
	case mask.Found.Transparent > 0:
		return nil, flags.Usagef("--mask %s has transparent pixels, which are neither black nor white; save it "+
			"opaque, white where the picture is to be filled", text)
	case mask.Size != of.Size && mask.Size != image.Pt(size, size):
		return nil, flags.Usagef("--mask %s has %d×%d pixels, and the picture %d×%d; give one of the picture's size, "+
			"or one of %s", text, mask.Size.X, mask.Size.Y, of.Size.X, of.Size.Y, strings.Join(maskNames(), ", "))
	}
	fill := make([]bool, len(mask.Levels))
	for i, level := range mask.Levels {
		fill[i] = level >= 128
	}
	switch {
	case !slices.Contains(fill, true):
		return nil, flags.Usagef("--mask %s is black: nothing is to be filled; paint that white", text)
	case !slices.Contains(fill, false):
		return nil, flags.Usagef("--mask %s is white: nothing of the picture is kept; `amgen sample` draws whole "+
			"images",
			text)
	}
	return fill, nil
}
