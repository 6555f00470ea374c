package edit

import (
	"context"

	"github.com/spf13/cobra"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

func newColorize(std term.Streams) *cobra.Command {
	o := &restoring{}
	cmd := &cobra.Command{
		Use:   "colorize",
		Short: "Colour a grey picture",
		Long: "Colour a grey picture by a run of colour images. The grey value of each pixel (luma, BT.601) stays " +
			"exactly as it is. Of a picture with colours the grey values are taken.",
		Example: "  amgen edit colorize --image grey.png --model cifar10 -n 8 -o colours.png",
	}
	return o.command(std, cmd, "picture to colour", nil, nil,
		func(ctx context.Context, s session, _ *result) (known.Known, error) {
			if s.channels != 3 {
				return nil, flags.Usagef("%s draws grey images; colour by a run of colour images, such as --model "+
					"cifar10",
					s.Name())
			}
			picture, err := o.pictures.read(ctx, o.name, o.paths[0], s.size, 1, std)
			return known.Grey{Levels: picture.Levels}, err
		})
}
