package edit

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

// usualFactor is that of a picture whose size doesn't say one.
const usualFactor = 2

func newUpscale(std term.Streams) *cobra.Command {
	o := &restoring{}
	factor := 0
	cmd := &cobra.Command{
		Use:   "upscale",
		Short: "Enlarge a small picture to the size that a run draws",
		Long: "Enlarge a small picture to the size that a run draws: the mean of each block of pixels of the result " +
			"is exactly the pixel of the small picture. A picture whose size is no whole part of the run's is first " +
			"scaled down.",
		Example: "  amgen edit upscale --image small.png -n 4 -o large.png\n" +
			"  amgen edit upscale --image photo.png --factor 4 --model cifar10 -o large.png",
	}
	bind := func(f *pflag.FlagSet) {
		f.IntVar(&factor, "factor", 0, fmt.Sprintf("number of times that height and width grow (default: as many as "+
			"take the picture to the run's size, or %d if that isn't a whole number)", usualFactor))
	}
	check := func() error {
		if factor < 0 {
			return flags.Usagef("--factor must be at least 2, got %d", factor)
		}
		return nil
	}
	return o.command(std, cmd, "picture to enlarge", bind, check,
		func(ctx context.Context, s session, out *result) (known.Known, error) {
			by := factor
			if by == 0 {
				picture, err := imaging.ReadPicture(ctx, o.paths[0], s.size, s.channels, fit.Fit(o.pictures.fit))
				if err != nil {
					return nil, err
				}
				by = factorOf(min(picture.Size.X, picture.Size.Y), s.size)
			}
			if by < 2 || s.size%by != 0 {
				return nil, flags.Usagef("--factor must be at least 2 and divide %d, the height and width that %s "+
					"draws; got %d", s.size, s.Name(), by)
			}
			picture, err := o.pictures.read(ctx, o.name, o.paths[0], s.size/by, s.channels, std)
			if err != nil {
				return nil, err
			}
			out.Factor = by
			return known.NewBlocks(picture.Levels, s.size, s.size, s.channels, by)
		})
}

// factorOf is how many times a side goes into a size, or the usual factor where it doesn't.
func factorOf(side, size int) int {
	if side < size && size%side == 0 {
		return size / side
	}
	return usualFactor
}
