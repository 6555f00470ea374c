package edit

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/edit"
)

type encoding struct {
	solved
	pictures
}

func newEncode(std term.Streams) *cobra.Command {
	o := &encoding{}
	o.name = "edit encode"
	cmd := &cobra.Command{
		Use:   "encode",
		Short: "Find the noise that a picture comes from",
		Long: "Follow the flow backwards, from a picture to its code: the noise at t = 0 that it comes from. `amgen " +
			"edit decode` makes the picture of it again. The code is also decoded at once, and the PSNR of the " +
			"result against the picture says what the solver's error costs; more --steps lower it. The file keeps " +
			"--class and --guidance, which belong to the code.",
		Example: "  amgen edit encode --image seven.png -o seven.npz\n" +
			"  amgen edit decode --code seven.npz -o again.png",
		Args: cobra.NoArgs,
		PreRunE: flags.CheckSolver("batch", "steps", "rtol", "atol",
			flags.AverageFlag),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.pictures.bind(f, "picture to encode")
		o.bindRun(f, "", 1)
	})
	flags.Grouped(f, flags.SolverGroup, o.bindReversible)
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		f.StringVarP(&o.output.path, "output", "o", "", "`FILE` output: .npz with the arrays code, decoded and given")
		flags.BindJSON(f, &o.output.json)
	})
	flags.Grouped(f, flags.ComputeGroup, o.Arithmetic.Bind)
	return cmd
}

func (o *encoding) execute(ctx context.Context, std term.Streams) error {
	if err := o.checkSolver(); err != nil {
		return err
	}
	if err := o.pictures.check(1); err != nil {
		return err
	}
	if o.output.kind() != ".npz" && !files.IsSpecial(o.output.path) {
		return flags.Usagef("-o takes FILE.npz for the code, got %q", o.output.path)
	}
	o.output.kinds, o.output.given = []string{".npz"}, o.paths
	solver, err := o.reversible()
	if err != nil {
		return err
	}
	s, err := o.findOne(ctx, std)
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
	codes, evaluations, err := edit.Encode(ctx, r, picture.Levels, options)
	if err != nil {
		return err
	}
	decoded, err := edit.Decode(ctx, r, codes, options)
	if err != nil {
		return err
	}
	clear()
	if err := edit.WriteCodes(o.output.path, r, options, codes, decoded.X, picture.Levels); err != nil {
		return err
	}
	psnr := tellPSNR(o.name, picture.Levels, decoded.X, std)
	return o.tell(r, s, solver, evaluations, result{Images: o.paths, PSNR: psnr}, std)
}

// tellPSNR says the PSNR of images against given ones. It returns nil where they are equal.
func tellPSNR(command string, given []uint8, x []float32, std term.Streams) *float64 {
	levels := make([]uint8, len(x))
	imaging.Quantize(levels, x)
	psnr := edit.PSNR(given, levels)
	if math.IsInf(psnr, 1) {
		fmt.Fprintf(std.Err, "%s: decoded, the code is the picture again, bit for bit\n", command)
		return nil
	}
	fmt.Fprintf(std.Err, "%s: decoded, the code is the picture again with PSNR %.1f dB\n", command, psnr)
	return &psnr
}
