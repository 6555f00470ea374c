package data

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/mistake"
)

// bindFit registers the flags that show what training does to pictures of a folder.
func bindFit(f *pflag.FlagSet, opts *imaging.Options) {
	f.IntVar(&opts.Size, "size", 0, "height and width in pixels to bring the images to, as train does (default: that "+
		"of the files if all are square and alike, else 32; without a folder the data set's)")
	f.StringVar((*string)(&opts.Fit), "fit", "", flags.FitHelp())
	f.BoolVar(&opts.Strict, "strict", false, flags.StrictHelp)
}

// checkFit refuses these flags where they say nothing.
func checkFit(name string, opts imaging.Options) error {
	if opts.Size != 0 && science.Known(name) {
		return flags.Usagef("--size is for images, got %s; leave it out", name)
	}
	if set, _ := imaging.CutSplit(name); (opts.Fit != "" || opts.Strict) && !isFolder(set) {
		return flags.Usagef("--fit and --strict are for folders of pictures, got %s; leave them out", name)
	}
	return mistake.OneOf("fit", string(opts.Fit), fit.Names())
}

// describeFiles sets opts to load the images of a folder as they are, where all are alike and square and no size is
// asked for; else it tells how they differ. What cannot be read is left to the loading.
func describeFiles(ctx context.Context, name string, split imaging.Split, opts *imaging.Options) string {
	if opts.Size != 0 {
		return ""
	}
	n, height, width, channels, err := imaging.FolderShape(ctx, name, split)
	if err != nil {
		return "files: of different sizes or kinds; below as colour squares\n"
	}
	opts.Channels = channels
	const most = 1 << 30 // bytes of all pixels
	if height != width || n > most/(height*width*channels) {
		return fmt.Sprintf("files: %d×%d×%d; below as squares\n", height, width, channels)
	}
	opts.Size = height
	return ""
}
