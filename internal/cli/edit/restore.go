package edit

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/edit"
)

// restoring has the flags of the commands that hold what is known of a picture.
type restoring struct {
	common
	pictures
	how known.Restoration
}

// command makes a command that restores. given makes of the picture what is known of it; more registers flags of its
// own.
func (r *restoring) command(std term.Streams, cmd *cobra.Command, image string, more func(f *pflag.FlagSet),
	check func() error, given func(ctx context.Context, s session, out *result) (known.Known, error)) *cobra.Command {
	r.name = "edit " + cmd.Name()
	cmd.Args = cobra.NoArgs
	cmd.PreRunE = flags.RefuseZero("batch", "steps", "repeats", "iterations", "cols", "scale", "factor",
		flags.AverageFlag)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := r.checkRestoring(check); err != nil {
			return err
		}
		return r.execute(cmd.Context(), given, std)
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		r.pictures.bind(f, image)
		if more != nil {
			more(f)
		}
		r.bindRun(f, "number of results, each from other noise", 1)
	})
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) { bindRestoration(f, &r.how) })
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) { r.output.bind(f, ".png", ".npz") })
	flags.Grouped(f, flags.ComputeGroup, r.bindCompute)
	return cmd
}

// bindRestoration registers the flags of the solution.
func bindRestoration(f *pflag.FlagSet, how *known.Restoration) {
	f.IntVar(&how.Steps, "steps", 0, fmt.Sprintf("number of steps (default %d)", known.DefaultSteps))
	f.IntVar(&how.Repeats, "repeats", 0, fmt.Sprintf("number of times that each step is made, from new noise each "+
		"time: more agree better with what is known (default %d)", known.DefaultRepeats))
	f.IntVar(&how.Iterations, "iterations", 0, fmt.Sprintf("number of iterations of conjugate gradients, an "+
		"evaluation of the network each, by which each step is told what is known (default "+
		"%d)", known.DefaultIterations))
}

func (r *restoring) checkRestoring(own func() error) error {
	switch {
	case r.how.Steps < 0 || r.how.Steps > mostSteps:
		return flags.Usagef("--steps must be in [1, %d], got %d", mostSteps, r.how.Steps)
	case r.how.Repeats < 0 || r.how.Repeats > mostRepeats:
		return flags.Usagef("--repeats must be in [1, %d], got %d", mostRepeats, r.how.Repeats)
	case r.how.Iterations < 0 || r.how.Iterations > mostRepeats:
		return flags.Usagef("--iterations must be in [1, %d], got %d", mostRepeats, r.how.Iterations)
	}
	if r.Reported() != "" {
		return flags.Usagef("--precision %s: steps take differences of velocities, which it rounds away; leave it out",
			r.Reported())
	}
	if err := r.pictures.check(1); err != nil {
		return err
	}
	r.output.given = append(r.output.given, r.paths...)
	if own == nil {
		return nil
	}
	return own()
}

// Bounds of a restoration.
const (
	mostSteps   = 10_000
	mostRepeats = 1000
)

func (r *restoring) execute(ctx context.Context, given func(context.Context, session, *result) (known.Known, error),
	std term.Streams) error {
	s, err := r.find(ctx, std)
	if err != nil {
		return err
	}
	how := r.how.WithDefaults()
	out := result{Images: r.paths, Repeats: how.Repeats, Iterations: how.Iterations}
	value, err := given(ctx, s, &out)
	if err != nil {
		return err
	}
	opened, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer opened.Close()
	options, clear := r.options(s, nil, std)
	defer clear()
	options.Restoration = r.how
	drawn, err := edit.Restore(ctx, opened, func(int) known.Known { return value }, options)
	if err != nil {
		return err
	}
	clear()
	return r.finish(opened, s, drawn, solve.Euler{Steps: how.Steps}, out, std)
}
