package edit

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/edit"
)

type interpolating struct {
	solved
	pictures
	seeds []int
}

// Default numbers of images between two.
const (
	gridImages = 9
	gifImages  = 41
)

func newInterpolate(std term.Streams) *cobra.Command {
	o := &interpolating{}
	o.name = "edit interpolate"
	cmd := &cobra.Command{
		Use:   "interpolate",
		Short: "Draw the images between two pictures or two seeds",
		Long: "Draw the images between two pictures, or between the first samples of two seeds. The codes of both, " +
			"their noise at t = 0, are joined by a great circle, and the flow makes an image of each point on it.",
		Example: "  amgen edit interpolate --image three.png --image eight.png -o between.gif\n" +
			"  amgen edit interpolate --seeds 3,8 -n 9 -o between.png",
		Args: cobra.NoArgs,
		PreRunE: flags.CheckSolver("n", "batch", "steps", "rtol", "atol", "cols", "scale",
			flags.AverageFlag),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.output.kind() == ".gif" && !cmd.Flags().Changed("n") {
				o.n = gifImages
			}
			return o.execute(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.pictures.bind(f, "picture at an end; give it twice")
		f.IntSliceVar(&o.seeds, "seeds", nil, "`A,B` two seeds, in place of two pictures")
		o.bindRun(f, "", gridImages)
		f.IntVarP(&o.n, "n", "n", gridImages, "number of images, both ends among them (for .gif by default 41)")
	})
	flags.Grouped(f, flags.SolverGroup, o.bindReversible)
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) { o.output.bind(f, ".png", ".gif", ".npz") })
	flags.Grouped(f, flags.ComputeGroup, o.bindCompute)
	return cmd
}

func (o *interpolating) execute(ctx context.Context, std term.Streams) error {
	if err := o.checkEnds(); err != nil {
		return err
	}
	if err := o.checkSolver(); err != nil {
		return err
	}
	solver, err := o.reversible()
	if err != nil {
		return err
	}
	o.output.given = o.paths
	s, err := o.findOne(ctx, std)
	if err != nil {
		return err
	}
	var levels []uint8
	for _, path := range o.paths {
		picture, err := o.pictures.read(ctx, o.name, path, s.size, s.channels, std)
		if err != nil {
			return err
		}
		levels = append(levels, picture.Levels...)
	}
	r, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	options, clear := o.options(s, solver, std)
	defer clear()
	ends, err := o.ends(ctx, r, levels, options)
	if err != nil {
		return err
	}
	size := len(ends) / 2
	drawn, err := edit.Decode(ctx, r, edit.Between(ends[:size], ends[size:], o.n), options)
	if err != nil {
		return err
	}
	clear()
	var psnr *float64
	if levels != nil {
		last := len(drawn.X) - size
		psnr = tellPSNR(o.name, levels, append(append([]float32{}, drawn.X[:size]...), drawn.X[last:]...), std)
	}
	return o.finish(r, s, drawn, solver, result{Images: o.paths, Seeds: o.seeds, PSNR: psnr}, std)
}

// checkEnds is a usage error unless two pictures or two seeds are given.
func (o *interpolating) checkEnds() error {
	switch {
	case o.n < 2:
		return flags.Usagef("-n must be at least 2, the two ends, got %d", o.n)
	case o.seeds != nil && len(o.paths) > 0:
		return flags.Usagef("--image and --seeds both name the ends; pass one of them")
	case o.seeds != nil && len(o.seeds) != 2:
		return flags.Usagef("--seeds takes two, as in 3,8, got %d", len(o.seeds))
	case o.seeds != nil:
		return nil
	case len(o.paths) == 0:
		return flags.Usagef("nothing to go between; pass --image twice, or --seeds A,B")
	}
	return o.pictures.check(2)
}

// ends are the codes of both ends, one after the other.
func (o *interpolating) ends(ctx context.Context, r *run.Run, levels []uint8, options edit.Options) ([]float32, error) {
	if levels != nil {
		options.Progress = nil
		codes, _, err := edit.Encode(ctx, r, levels, options)
		return codes, err
	}
	var codes []float32
	for _, seed := range o.seeds {
		code, err := edit.Noise(r, int64(seed))
		if err != nil {
			return nil, err
		}
		codes = append(codes, code...)
	}
	return codes, nil
}
