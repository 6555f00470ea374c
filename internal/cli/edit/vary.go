package edit

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/edit"
)

type varying struct {
	solved
	pictures
	strength float64
}

func newVary(std term.Streams) *cobra.Command {
	o := &varying{}
	o.name = "edit vary"
	cmd := &cobra.Command{
		Use:   "vary",
		Short: "Draw images that start from a picture",
		Long: "Draw images that start from a picture in place of noise: noise takes the picture back to t = 1 − " +
			"strength, and the flow leads from there to t = 1. With strength 0 the picture stays as it is. With " +
			"strength 1 the results are the samples that `amgen sample` draws with the same --seed and --class.",
		Example: "  amgen edit vary --image seven.png --strength 0.6 -n 16 -o sevens.png\n" +
			"  amgen edit vary --image sketch.png --strength 0.7 --class 3 --guidance 1 -o three.png",
		Args: cobra.NoArgs,
		PreRunE: flags.CheckSolver("batch", "steps", "rtol", "atol", "cols", "scale",
			flags.AverageFlag),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.pictures.bind(f, "picture to start from")
		f.Float64Var(&o.strength, "strength", 0.5, "share of the way from noise that is drawn anew, from 0 (the "+
			"picture itself) to 1 (a sample of the seed)")
		o.bindRun(f, "number of results, each from other noise", 1)
	})
	flags.Grouped(f, flags.SolverGroup, o.bindSolver)
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) { o.output.bind(f, ".png", ".npz") })
	flags.Grouped(f, flags.ComputeGroup, o.bindCompute)
	return cmd
}

func (o *varying) execute(ctx context.Context, std term.Streams) error {
	if !(o.strength >= 0 && o.strength <= 1) { // NaN too
		return flags.Usagef("--strength must be in [0, 1], got %g", o.strength)
	}
	if err := o.checkSolver(); err != nil {
		return err
	}
	if err := o.pictures.check(1); err != nil {
		return err
	}
	o.output.given = o.paths
	s, err := o.find(ctx, std)
	if err != nil {
		return err
	}
	solver, err := o.forward(s)
	if err != nil {
		return err
	}
	picture, err := o.pictures.read(ctx, o.name, o.paths[0], s.size, s.channels, std)
	if err != nil {
		return err
	}
	r, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	options, clear := o.options(s, solver, std)
	defer clear()
	drawn, err := edit.Vary(ctx, r, picture.Levels, o.strength, options)
	if err != nil {
		return err
	}
	clear()
	return o.finish(r, s, drawn, solver, result{Images: o.paths, Strength: &o.strength}, std)
}
