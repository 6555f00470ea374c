package imaging

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/evenly"
)

// LoadFolderAsIs reads every image under dir, in the sorted order of their paths, in the size that they have: what is
// to be evaluated must not be resampled. All must have one size, and all be grey (1 channel) or all colour (3); limit,
// if it isn't 0, keeps so many from all over the folder, see [Dataset.Spread]. A folder without images, one that is
// divided into splits, a file that can't be decoded, and images of different sizes or kinds are errors, since a figure
// of fewer images is another figure; ctx ends it with its own.
func LoadFolderAsIs(ctx context.Context, dir string, limit int) (*Dataset, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("imaging: image folder, got %w; name a folder that can be read", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("imaging: image folder, got the file %s; name the folder that holds it", dir)
	}
	w := newWalker(ctx)
	if err := w.walk(dir); err != nil {
		return nil, err
	}
	return w.asIs(folderPrefix+dir, dir, Train, limit)
}

// LoadSplitAsIs is [LoadFolderAsIs] for a split of "folder:DIR", as [Load] understands it.
func LoadSplitAsIs(ctx context.Context, name string, split Split, limit int) (*Dataset, error) {
	f, err := openFolder(ctx, name)
	if err != nil {
		return nil, err
	}
	root, w, err := f.pictures(ctx, split)
	if err != nil {
		return nil, err
	}
	return w.asIs(name, root, split, limit)
}

// asIs reads the pictures that were listed below a folder. Where each is in a folder below that, these are the classes.
func (w *walker) asIs(name, root string, split Split, limit int) (*Dataset, error) {
	paths := w.paths
	labels, classes := folderClasses(root, paths)
	if all := len(paths); limit > 0 && limit < all {
		paths = slices.Clone(paths[:limit])
		for i := range limit {
			paths[i] = w.paths[evenly.Index(i, limit, all)]
		}
		if labels != nil {
			taken := make([]int32, limit)
			for i := range limit {
				taken[i] = labels[evenly.Index(i, limit, all)]
			}
			labels = taken
		}
	}
	var size image.Point
	var channels int
	if err := withPicture(w.ctx, paths[0], nil, func(first *picture) error {
		size, channels = first.Bounds().Size(), channelsOf(first)
		return nil
	}); err != nil {
		return nil, err
	}
	found := Found{PassedOver: w.passedOver()}
	reading := reading{root: root, paths: paths, one: size.X * size.Y * channels, strict: true,
		into: func(i int, img image.Image, out []uint8) error {
			if got := img.Bounds().Size(); got != size {
				return fmt.Errorf("imaging: images of %s, got %s of %d×%d pixels after %s of %d×%d; bring all to one "+
					"size",
					strings.TrimPrefix(name, folderPrefix), paths[i], got.X, got.Y, paths[0], size.X, size.Y)
			}
			if got := channelsOf(img); got != channels {
				return fmt.Errorf("imaging: images of %s, got %s in %s after %s in %s; bring all to one kind",
					strings.TrimPrefix(name, folderPrefix), paths[i],
					kindOf(got), paths[0], kindOf(channels))
			}
			copyPixels(out, img, img.Bounds(), channels)
			return nil
		}}
	pixels, _, err := reading.read(w.ctx, &found)
	if err != nil {
		return nil, err
	}
	d, err := New(name, split, pixels, labels, size.Y, size.X, channels)
	if err == nil {
		d.Found, d.Classes = found, classes
	}
	return d, err
}

// FolderShape reads the headers of a split's pictures, as [LoadSplitAsIs] names it: their number, and the height, width
// and channels of all of them. Files whose header isn't that of a picture are left out. A folder whose pictures differ,
// one without any, and what can't be read otherwise, are errors.
func FolderShape(ctx context.Context, name string, split Split) (n, height, width, channels int, err error) {
	f, err := openFolder(ctx, name)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	_, w, err := f.pictures(ctx, split)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	for _, path := range w.paths {
		err = withHeader(ctx, path, func(h *header) error {
			hh, ww, cc := h.config.Height, h.config.Width, 3
			if h.metadata.orientation() >= 5 {
				hh, ww = ww, hh
			}
			if m := h.config.ColorModel; m == color.GrayModel || m == color.Gray16Model {
				cc = 1
			}
			if n > 0 && (hh != height || ww != width || cc != channels) {
				return fmt.Errorf("imaging: images of %s, got %s of another size or kind; bring all to one", name, path)
			}
			height, width, channels = hh, ww, cc
			n++
			return nil
		})
		if err != nil && !errors.As(err, new(*unreadableError)) {
			return 0, 0, 0, 0, err
		}
	}
	if n == 0 {
		return 0, 0, 0, 0, fmt.Errorf("imaging: images of %s, got none that can be read; repair the files", name)
	}
	return n, height, width, channels, nil
}

// channelsOf is 1 of a grey image, 3 of any other.
func channelsOf(img image.Image) int {
	switch img.ColorModel() {
	case color.GrayModel, color.Gray16Model:
		return 1
	}
	return 3
}

func kindOf(channels int) string {
	if channels == 1 {
		return "grey"
	}
	return "colour"
}

// copyPixels writes the pixels of img within an area to out, row by row, as 1 or 3 channels of 8 bits.
func copyPixels(out []uint8, img image.Image, area image.Rectangle, channels int) {
	if p, ok := img.(*picture); ok {
		img = p.Image
	}
	grey, _ := img.(*image.Gray)
	colour, _ := img.(*image.RGBA) // opaque
	for y := area.Min.Y; y < area.Max.Y; y++ {
		if grey != nil && channels == 1 {
			at := grey.PixOffset(area.Min.X, y)
			out = out[copy(out, grey.Pix[at:at+area.Dx()]):]
			continue
		}
		if colour != nil && channels == 3 {
			at := colour.PixOffset(area.Min.X, y)
			for row := colour.Pix[at : at+4*area.Dx()]; len(row) > 0; row = row[4:] {
				out = out[copy(out, row[:3]):]
			}
			continue
		}
		for x := area.Min.X; x < area.Max.X; x++ {
			if channels == 1 {
				out[0], out = color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y, out[1:]
				continue
			}
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			out[0], out[1], out[2], out = c.R, c.G, c.B, out[3:]
		}
	}
}

// Tiles say how images lie in a grid, as [GridOptions] lays them out.
type Tiles struct {
	Height, Width int // of an image
	Gap           int // pixels between images
	Scale         int // pixels of the grid for each of an image; 0 means 1
}

// LoadGrid cuts a picture into its tiles, row by row; limit, if it isn't 0, keeps the first ones. Empty places at the
// end are left out: those after the number that the file tells, see [Tiled], or else those that are of the padding's
// colour throughout, unless limit counts them. A picture that isn't a whole number of such tiles, or holds more images,
// is an error.
func LoadGrid(path string, tiles Tiles, limit int) (*Dataset, error) {
	img, err := decodeFile(path)
	if err != nil {
		return nil, err
	}
	scale, size := max(tiles.Scale, 1), img.Bounds().Size()
	if tiles.Height < 1 || tiles.Width < 1 || tiles.Gap < 0 ||
		max(tiles.Height, tiles.Width, tiles.Gap, scale) > maxSide {
		return nil, fmt.Errorf("imaging: tiles of %s, got %d×%d with gaps of %d and scale %d; give sides and a scale "+
			"from 1 to %d", path, tiles.Height,
			tiles.Width, tiles.Gap, scale, maxSide)
	}
	across, down := tiles.Width*scale+tiles.Gap, tiles.Height*scale+tiles.Gap
	cols, rows := (size.X+tiles.Gap)/across, (size.Y+tiles.Gap)/down
	if cols < 1 || rows < 1 || cols*across-tiles.Gap != size.X || rows*down-tiles.Gap != size.Y {
		return nil, fmt.Errorf("imaging: grid %s, got %d×%d pixels, no whole number of tiles of %d×%d, scale %d, "+
			"with gaps of %d; give the "+
			"size, gap and scale that it was made with", path, size.X, size.Y, tiles.Height, tiles.Width, scale,
			tiles.Gap)
	}
	n, told := cols*rows, imagesInPNG(path)
	if told > n {
		return nil, fmt.Errorf("imaging: grid %s, got %d tiles of a picture that holds %d images; give the size, gap "+
			"and scale that it was made with",
			path, n, told)
	}
	channels := channelsOf(img)
	pixels := make([]uint8, n*tiles.Height*tiles.Width*channels)
	for p := range n * tiles.Height * tiles.Width {
		i, y, x := p/(tiles.Height*tiles.Width), p/tiles.Width%tiles.Height, p%tiles.Width
		at := img.Bounds().Min.Add(image.Pt((i%cols)*across+x*scale, (i/cols)*down+y*scale))
		copyPixels(pixels[p*channels:], img, image.Rectangle{at, at.Add(image.Pt(1, 1))}, channels)
	}
	kept, size1 := told, tiles.Height*tiles.Width*channels
	if kept == 0 {
		kept = n - emptyAtEnd(pixels, size1, channels, betweenTiles(img, tiles, cols, rows, channels))
		kept = max(kept, min(limit, n)) // what the user counts is there
	}
	empty := n - kept
	if limit > 0 {
		kept = min(kept, limit)
	}
	d, err := New(path, Train, pixels[:kept*size1], nil, tiles.Height, tiles.Width, channels)
	if err == nil {
		d.EmptyTiles = empty
	}
	return d, err
}

// betweenTiles is the colour of the gaps, nil where there are none.
func betweenTiles(img image.Image, tiles Tiles, cols, rows, channels int) []uint8 {
	at := img.Bounds().Min
	switch scale := max(tiles.Scale, 1); {
	case tiles.Gap == 0 || cols*rows == 1:
		return nil
	case cols > 1:
		at.X += tiles.Width * scale
	default:
		at.Y += tiles.Height * scale
	}
	colour := make([]uint8, channels)
	copyPixels(colour, img, image.Rectangle{at, at.Add(image.Pt(1, 1))}, channels)
	return colour
}
