package imaging

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"math"

	"github.com/amgen/amgen/internal/replace"
)

// GridOptions lay out a grid. The zero value is a nearly square grid without gaps.
type GridOptions struct {
	Cols  int // images in a row; 0 makes the grid nearly square
	Gap   int // pixels between images, of the background colour
	Scale int // every pixel becomes Scale×Scale pixels; 0 means 1
	// Background fills gaps and the empty places of the last row.
	Background uint8
}

// gridSize returns the columns of a grid and its size in pixels, or an error where options make no sense or the size
// is beyond maxGridSide.
func gridSize(n, h, w int, opts GridOptions) (cols, width, height int, err error) {
	cols, scale, gap := opts.Cols, max(opts.Scale, 1), opts.Gap
	if cols <= 0 {
		cols = int(math.Ceil(math.Sqrt(float64(n))))
	}
	cols = max(1, min(cols, n))
	if n <= 0 || h <= 0 || w <= 0 || h > maxSide || w > maxSide {
		return 0, 0, 0, fmt.Errorf("imaging: grid, got %d images of %d×%d; give at least one, of sides 1 to %d", n, h,
			w, maxSide)
	}
	if gap < 0 || gap > maxSide || scale > maxSide {
		return 0, 0, 0, fmt.Errorf("imaging: grid, got gap %d and scale %d; use 0 to %d", gap, scale, maxSide)
	}
	rows := (n + cols - 1) / cols
	width, height = cols*w*scale+(cols-1)*gap, rows*h*scale+(rows-1)*gap
	if width > maxGridSide || height > maxGridSide {
		return 0, 0, 0, fmt.Errorf("imaging: grid, got %d×%d pixels; use fewer images or columns, or a smaller scale",
			width, height)
	}
	return cols, width, height, nil
}

// maxGridSide is the largest width and height of a grid in pixels.
const maxGridSide = 1 << 16

// CheckGrid returns the error that Grid would for n images of height h and width w, before they are made.
func CheckGrid(n, h, w int, opts GridOptions) error {
	_, _, _, err := gridSize(n, h, w, opts)
	return err
}

// Grid arranges n images of height h, width w and c channels (1 grey, 3 RGB), NHWC in pixels, row by row. The result
// is *image.Gray or *image.RGBA. Pixels of another length, other channels, and sizes below 1 or of more than the
// largest picture are errors.
func Grid(pixels []uint8, n, h, w, c int, opts GridOptions) (image.Image, error) {
	cols, width, height, err := gridSize(n, h, w, opts)
	if err != nil {
		return nil, err
	}
	if (c != 1 && c != 3) || len(pixels) != n*h*w*c {
		return nil, fmt.Errorf("imaging: grid, got %d bytes for %d images of %d×%d×%d; give n·h·w·c bytes with 1 or "+
			"3 channels",
			len(pixels), n, h, w, c)
	}
	scale, gap := max(opts.Scale, 1), opts.Gap
	set := canvas(width, height, c, opts.Background)
	for i := range n {
		left, top := (i%cols)*(w*scale+gap), (i/cols)*(h*scale+gap)
		for y := range h * scale {
			for x := range w * scale {
				at := ((i*h+y/scale)*w + x/scale) * c
				set.pixel(left+x, top+y, pixels[at:at+c])
			}
		}
	}
	return set.image, nil
}

// painted is an image of one or three channels that can be written pixel by pixel.
type painted struct {
	image image.Image
	pixel func(x, y int, value []uint8)
}

func canvas(width, height, channels int, background uint8) painted {
	if channels == 1 {
		m := image.NewGray(image.Rect(0, 0, width, height))
		fill(m.Pix, background)
		return painted{m, func(x, y int, v []uint8) { m.Pix[y*m.Stride+x] = v[0] }}
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	fill(m.Pix, background)
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	return painted{m, func(x, y int, v []uint8) { m.SetRGBA(x, y, color.RGBA{v[0], v[1], v[2], 255}) }}
}

func fill(p []uint8, v uint8) {
	for i := range p {
		p[i] = v
	}
}

// EncodePNG writes img to w. Its errors are w's.
func EncodePNG(w io.Writer, img image.Image) error {
	if err := encodePNG(w, img); err != nil {
		return fmt.Errorf("imaging: PNG, got %w; check the space and the rights where it goes", err)
	}
	return nil
}

// WritePNG writes img to a file, which appears or is replaced in one rename: a reader never sees half a picture. Into
// what is no regular file, such as a device, it writes. An error of the disk leaves what was at path.
func WritePNG(path string, img image.Image) error {
	return writeAtomic(path, func(w io.Writer) error { return encodePNG(w, img) })
}

// writeAtomic is [replace.File].
func writeAtomic(path string, write func(io.Writer) error) error {
	if err := replace.File(path, write); err != nil {
		return fmt.Errorf("imaging: output file %s, got %w; check the space and the rights there", path, err)
	}
	return nil
}
