package edit

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

func newInpaint(std term.Streams) *cobra.Command {
	o := &restoring{}
	var mask string
	cmd := &cobra.Command{
		Use:   "inpaint",
		Short: "Fill in the part of a picture that a mask names",
		Long: "Fill in a part of a picture: what is white in the mask. All other pixels stay as they are, bit for " +
			"bit, in the size that the run draws. Each step predicts the picture from what is known, and is made " +
			"several times from new noise, so that what is filled in agrees with the rest.",
		Example: "  amgen edit inpaint --image seven.png --mask right -o whole.png\n" +
			"  amgen edit inpaint --image photo.png --mask scratch.png --run runs/photos -n 4 -o four.png\n" +
			"  amgen edit inpaint --image seven.png --mask bottom --class 7 --guidance 1 > seven-whole.png",
	}
	bind := func(f *pflag.FlagSet) {
		f.StringVar(&mask, "mask", "", "`MASK` "+"part to fill in: "+strings.Join(maskNames(), ", ")+", or a picture "+
			"of the size of --image, white where it is to be filled")
	}
	check := func() error {
		if mask == "" {
			return flags.Usagef("no part to fill in; pass --mask %s or a picture", strings.Join(maskNames(), ", "))
		}
		o.output.given = append(o.output.given, mask)
		return nil
	}
	return o.command(std, cmd, "picture to fill in", bind, check,
		func(ctx context.Context, s session, out *result) (known.Known, error) {
			picture, err := o.pictures.read(ctx, o.name, o.paths[0], s.size, s.channels, std)
			if err != nil {
				return nil, err
			}
			fill, err := readMask(ctx, mask, picture, s.size, fit.Fit(o.pictures.fit))
			if err != nil {
				return nil, err
			}
			out.Mask = mask
			for _, empty := range fill {
				if empty {
					out.Filled++
				}
			}
			return known.Pixels{Levels: picture.Levels, Fill: fill}, nil
		})
}
