package edit

import (
	"context"
	"fmt"
	"image"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

// pictures are the files that are edited.
type pictures struct {
	paths []string
	fit   string
}

// bind registers the flags; what is the help of --image.
func (p *pictures) bind(f *pflag.FlagSet, what string) {
	f.StringArrayVar(&p.paths, "image", nil, "`FILE` "+what)
	f.StringVar(&p.fit, "fit", "", strings.Replace(flags.FitHelp(), "the pictures of a folder", "a picture", 1))
}

// check is a usage error unless there are so many files.
func (p *pictures) check(n int) error {
	if err := fit.Fit(p.fit).Check("the pictures"); err != nil {
		return flags.Usagef("--fit takes %s, got %q", strings.Join(fit.Names()[1:], ", "), p.fit)
	}
	switch {
	case len(p.paths) == n:
		return nil
	case n == 1 && len(p.paths) == 0:
		return flags.Usagef("no picture to edit; pass --image FILE")
	}
	return flags.Usagef("--image is to be given %s, got %d", term.Count(n, "time"), len(p.paths))
}

// read reads one of the files, at a size of the model's, and tells what was done to it.
func (p *pictures) read(ctx context.Context, command, path string, size, channels int,
	std term.Streams) (imaging.Picture, error) {
	read, err := imaging.ReadPicture(ctx, path, size, channels, fit.Fit(p.fit))
	if err != nil {
		return read, err
	}
	if read.Size != image.Pt(size, size) {
		fmt.Fprintf(std.Err, "%s: %s: %d×%d pixels (width×height), brought to %d×%d%s\n", command, term.Shown(path),
			read.Size.X, read.Size.Y, size, size, p.reshaping(read.Size))
	}
	if read.Found.Transparent > 0 {
		fmt.Fprintf(std.Err, "%s: %s: some pixels are transparent; alpha is dropped, colours stay\n", command,
			term.Shown(path))
	}
	if read.Found.Turned > 0 {
		fmt.Fprintf(std.Err, "%s: %s: turned upright, by its EXIF orientation\n", command, term.Shown(path))
	}
	return read, nil
}

// reshaping says how a picture of a size becomes a square.
func (p *pictures) reshaping(size image.Point) string {
	if size.X == size.Y {
		return ""
	}
	switch fit.Fit(p.fit) {
	case fit.Pad:
		return ", padded with black (--fit pad)"
	case fit.Stretch:
		return ", stretched (--fit stretch)"
	}
	return ", cropped to the centre (--fit crop)"
}
