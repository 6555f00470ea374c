package edit

import (
	"cmp"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// output says where images are written, and how.
type output struct {
	path        string // "" and "-" for stdout
	cols, scale int    // 0 for the defaults
	json        bool
	kinds       []string // endings that can be written
	given       []string // files that mustn't be replaced
}

// kindHelp says what each kind of output has.
var kindHelp = map[string]string{".png": ".png (one image as it is, several in a grid)",
	".npz": ".npz (array samples, -1 black, 1 white)", ".gif": ".gif (an animation)"}

// bind registers the flags of an output of the given kinds.
func (o *output) bind(f *pflag.FlagSet, kinds ...string) {
	o.kinds = kinds
	var list []string
	for _, kind := range kinds {
		list = append(list, kindHelp[kind])
	}
	f.StringVarP(&o.path, "output", "o", "", "`FILE` output: "+strings.Join(list, ", ")+" (default, and for -: a PNG "+
		"on stdout)")
	f.BoolVar(&o.json, "json", false, "print one JSON object: what was made, and where it is; needs -o")
	f.IntVar(&o.cols, "cols", 0, "images per row of the grid (default: nearly square)")
	f.IntVar(&o.scale, "scale", 0, fmt.Sprintf("zoom factor of the images (default 1 of one image, else %d)",
		draw.DefaultScale))
}

// stdout tells whether a picture goes to stdout.
func (o *output) stdout() bool { return o.path == "" || o.path == files.Stdout }

// kind is the ending of the output's name, "" for stdout.
func (o *output) kind() string { return strings.ToLower(filepath.Ext(o.path)) }

// check checks the flags, and that stdout can take a picture.
func (o *output) check(out io.Writer) error {
	switch {
	case o.cols < 0:
		return flags.Usagef("--cols must be at least 1, got %d", o.cols)
	case o.scale < 0 || o.scale > 64:
		return flags.Usagef("--scale must be in [1, 64], got %d", o.scale)
	case o.json && (o.stdout() || o.path == "/dev/stdout"):
		return flags.Usagef("--json prints to stdout, where the picture goes; pass -o FILE.png")
	case o.stdout() && term.IsTerminal(out):
		return flags.Usagef("stdout is a terminal, which shows no PNG; redirect it (> image.png) or pass -o FILE.png")
	case !o.stdout() && !slices.Contains(o.kinds, o.kind()) && !files.IsSpecial(o.path):
		return flags.Usagef("-o takes FILE%s, got %q", strings.Join(o.kinds, ", "), o.path)
	}
	return nil
}

// layout is that of a grid of n images.
func (o *output) layout(n int) draw.Layout {
	scale := o.scale
	if n == 1 {
		scale = cmp.Or(scale, 1)
	}
	return draw.Layout{Columns: o.cols, Scale: scale}
}

// checkPlace checks that n images of a size can be written, and that this replaces nothing but what the user named.
func (o *output) checkPlace(cfg run.Config, n, size int) error {
	layout := o.layout(n)
	if o.kind() != ".npz" {
		if err := imaging.CheckGrid(n, size, size, imaging.GridOptions{Cols: layout.Columns, Gap: 2,
			Scale: cmp.Or(layout.Scale, draw.DefaultScale)}); err != nil {
			return flags.Usage(err)
		}
	}
	if o.stdout() {
		return nil
	}
	if err := files.CheckPlace(o.path, cfg); err != nil {
		return err
	}
	now, err := os.Stat(o.path)
	if err != nil || !now.Mode().IsRegular() {
		return nil // nothing is replaced
	}
	for _, path := range o.given {
		if st, err := os.Stat(path); err == nil && os.SameFile(now, st) {
			return flags.Usagef("-o %s: it is the file that is edited; name another file", o.path)
		}
	}
	return nil
}

// frameDelay is how long a .gif shows an image.
const frameDelay = 80 * time.Millisecond

// write writes images.
func (o *output) write(s *draw.Samples, std term.Streams) error {
	switch o.kind() {
	case ".npz":
		return s.WriteNPZ(o.path, arrayfile.PixelComment+arrayfile.SignedPixels.Text())
	case ".gif":
		return o.writeGIF(s)
	}
	picture, err := s.Picture(o.layout(s.Len()))
	if err != nil {
		return err
	}
	if o.stdout() {
		return imaging.EncodePNG(std.Out, picture)
	}
	return imaging.WritePNG(o.path, picture)
}

// writeGIF shows one image after another.
func (o *output) writeGIF(s *draw.Samples) error {
	pixels, err := s.Pixels(s.State, 0)
	if err != nil {
		return err
	}
	var frames []image.Image
	dims := s.Dims()
	for one := range slices.Chunk(pixels, s.Size()) {
		frame, err := imaging.Grid(one, 1, dims[0], dims[1], dims[2], imaging.GridOptions{Scale: cmp.Or(o.scale,
			gifScale)})
		if err != nil {
			return err
		}
		frames = append(frames, frame)
	}
	return imaging.WriteGIF(o.path, frames, frameDelay)
}

// gifScale is the zoom factor of an animation of one image.
const gifScale = 4
