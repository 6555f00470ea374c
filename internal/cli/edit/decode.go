package edit

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/edit"
)

type decoding struct {
	solved
	code          string
	class, guided bool // which flags were given
}

func newDecode(std term.Streams) *cobra.Command {
	o := &decoding{}
	o.name, o.coded = "edit decode", true
	cmd := &cobra.Command{
		Use:   "decode",
		Short: "Draw the picture of a code that `amgen edit encode` wrote",
		Long: "Draw the picture of a code that `amgen edit encode` wrote, with the class and the guidance that it " +
			"was made with, which its file keeps. --class, --guidance and --guidance-interval override them, and a " +
			"line says so.",
		Example: "  amgen edit decode --code seven.npz -o again.png",
		Args:    cobra.NoArgs,
		PreRunE: flags.CheckSolver("batch", "steps", "rtol", "atol", "cols", "scale",
			flags.AverageFlag),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.class = cmd.Flags().Changed("class")
			o.guided = cmd.Flags().Changed("guidance") || cmd.Flags().Changed("guidance-interval")
			return o.execute(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		f.StringVar(&o.code, "code", "", "`FILE` .npz with the array code, of the same run")
		o.bindRun(f, "", 1)
	})
	flags.Grouped(f, flags.SolverGroup, o.bindReversible)
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) { o.output.bind(f, ".png", ".npz") })
	flags.Grouped(f, flags.ComputeGroup, o.bindCompute)
	return cmd
}

func (o *decoding) execute(ctx context.Context, std term.Streams) error {
	if o.code == "" {
		return flags.Usagef("no code to decode; pass --code FILE.npz")
	}
	if err := o.checkSolver(); err != nil {
		return err
	}
	solver, err := o.reversible()
	if err != nil {
		return err
	}
	o.output.given = []string{o.code}
	s, err := o.findOne(ctx, std)
	if err != nil {
		return err
	}
	codes, err := edit.ReadCodes(o.code, []int{s.size, s.size, s.channels})
	if err != nil {
		return err
	}
	if err := o.belong(&s, codes, std); err != nil {
		return err
	}
	o.n = len(codes.X) / (s.size * s.size * s.channels)
	if o.n > mostImages {
		return fmt.Errorf("%s holds %d codes; give at most %d at a time", o.code, o.n, mostImages)
	}
	if err := o.output.checkPlace(s.Plan.Config, o.n, s.size); err != nil {
		return err
	}
	r, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	o.warnOther(r, codes, std)
	options, clear := o.options(s, solver, std)
	defer clear()
	drawn, err := edit.Decode(ctx, r, codes.X, options)
	if err != nil {
		return err
	}
	clear()
	return o.finish(r, s, drawn, solver, result{}, std)
}

// warnOther warns of a code that other weights made.
func (o *decoding) warnOther(r *run.Run, codes edit.Codes, std term.Streams) {
	if codes.Weights != "" && codes.Weights != r.Hash {
		fmt.Fprintf(std.Err, "%s: warning: other weights made the code in %s, so the picture will be another\n", o.name,
			term.Shown(o.code))
	}
}

// belong sets the class and the guidance that codes were made with, unless flags say others.
func (o *decoding) belong(s *session, codes edit.Codes, std term.Streams) error {
	if !codes.Settled {
		if !o.class && s.Plan.Classes != nil {
			fmt.Fprintf(std.Err, "%s: %s doesn't say which class its code belongs to, so none is told; pass --class "+
				"if it has one\n", o.name, term.Shown(o.code))
		}
	} else if err := o.adopt(s, codes, std); err != nil {
		return err
	}
	if s.guidance.Weight != 0 && len(s.classes) == 0 {
		return errNoClass
	}
	return nil
}

// adopt is belong for codes whose file has both.
func (o *decoding) adopt(s *session, codes edit.Codes, std term.Streams) error {
	typed := int32(flows.NoClass)
	if len(s.classes) > 0 {
		typed = s.classes[0]
	}
	switch {
	case o.class && typed != codes.Class:
		o.warn(std, "is of class %s, and --class says otherwise", cmp.Or(codes.ClassName, "none"))
	case !o.class && codes.Class != flows.NoClass:
		var names []string
		if s.Plan.Classes != nil {
			names = s.Plan.Classes.Names
		}
		if k := int(codes.Class); k < 0 || k >= len(names) || names[k] != codes.ClassName {
			return flags.Usagef("the code in %s is of class %d (%s), which %s doesn't have; give the run that encoded "+
				"it, or pass --class", o.code, k, codes.ClassName, s.Name())
		}
		s.classes = []int32{codes.Class}
	}
	switch {
	case !o.guided && o.class && typed == flows.NoClass: // there is nothing to be guided to
	case !o.guided:
		s.guidance = codes.Guidance
	case s.guidance != codes.Guidance:
		o.warn(std, "was made with guidance %g, and the flags say otherwise", codes.Guidance.Weight)
	}
	return nil
}

// warn says why the picture will be another than the code's.
func (o *decoding) warn(std term.Streams, format string, args ...any) {
	fmt.Fprintf(std.Err, "%s: warning: the code in %s %s, so the picture will be another\n", o.name,
		term.Shown(o.code), fmt.Sprintf(format, args...))
}
