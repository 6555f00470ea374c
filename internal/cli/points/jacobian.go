package points

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/cells"
)

type jacobianOptions struct {
	command
	top int
}

// mostPairs bounds the pairs of a time.
const mostPairs = 100_000

func newJacobian(std term.Streams) *cobra.Command {
	o := &jacobianOptions{command: command{name: "jacobian"}}
	cmd := &cobra.Command{
		Use:   "jacobian",
		Short: "Write how the velocity of each column depends on the others",
		Long: "Evaluate ∂v/∂x, the derivatives of the velocity of each column by each other, as means over the cells " +
			"of each time, and print the pairs with the largest effects. An effect is by how many deviations the " +
			"column `of` moves more per unit of the file's time where the column `on` is larger by one deviation. " +
			"The column jacobian has the same in the columns' units. For a run with principal components " +
			"(--components) derivatives are along these.\n\n" +
			"A velocity ∇ₓs has symmetric derivatives, so which of two columns drives the other can't be told. Each " +
			"pair is printed once then, by the larger of both effects.",
		Example: "  amgen points jacobian --run runs/cells\n" +
			"  amgen points jacobian --run runs/cells --top 50 -o pairs.csv",
		Args:    cobra.NoArgs,
		PreRunE: flags.RefuseZero("top", flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.bindRun(f)
		f.IntVar(&o.top, "top", 20, "number of pairs of each time, those of the largest effects")
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		o.output.bind(f, cells.TrendEndings(), "")
	})
	flags.Grouped(f, flags.ComputeGroup, o.Arithmetic.Bind)
	return cmd
}

func (o *jacobianOptions) execute(ctx context.Context, std term.Streams) error {
	if o.top < 1 || o.top > mostPairs {
		return flags.Usagef("--top must be in [1, %d], got %d", mostPairs, o.top)
	}
	if err := o.check(); err != nil {
		return err
	}
	r, c, err := o.open(ctx, o.RunChoice, std)
	if err != nil {
		return err
	}
	defer r.Close()
	if len(c.Columns()) < 2 {
		return flags.Usagef("%s has one column, which depends on no other; choose a run on several", c.File())
	}
	j, err := c.Jacobian(ctx)
	if err != nil {
		return err
	}
	top := j.Top(o.top)
	return o.write(top, nil, top.String(), std)
}
