package points

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/cells"
)

type velocityOptions struct {
	command
	axes []string
}

func newVelocity(std term.Streams) *cobra.Command {
	o := &velocityOptions{command: command{name: "velocity"}}
	cmd := &cobra.Command{
		Use:   "velocity",
		Short: "Write how each measured cell moves",
		Long: "Evaluate the velocity ∇ₓs of each measured cell at its own time. The table has the cells, their " +
			"times, their speeds (the lengths of their velocities), their columns and the velocities in these: in " +
			"the columns' units per unit of the file's time. For a run with principal components (--components) the " +
			"velocities are those of all columns, by the components that were learned. For a run with noise (eam, " +
			"euam) they are the drift. Cells that were left out of training are included.\n\n" +
			"A .npz has the arrays row (numbers of the cells in the file, from 1), names, time, speed, X, velocity " +
			"and columns, and for a run with principal components the arrays components and velocity_components. An " +
			".h5ad has the velocities as layer velocity, and the components in obsm. A picture shows the cells and " +
			"the mean velocities nearby: an arrow is as long as cells move in the time that the title names.",
		Example: "  amgen points velocity --run runs/cells -o velocity.csv\n" +
			"  amgen points velocity --run runs/cells -o velocity.npz -o stream.png\n" +
			"  amgen points velocity --run runs/cells --axes PC1,PC3 -o stream.svg",
		Args:    cobra.NoArgs,
		PreRunE: flags.RefuseZero(flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, o.bindRun)
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		o.output.bind(f, cells.TableEndings(), "cells with arrows")
		flags.BindNames(f, &o.axes, "axes", flags.AxesHelp)
	})
	flags.Grouped(f, flags.ComputeGroup, o.Arithmetic.Bind)
	return cmd
}

func (o *velocityOptions) execute(ctx context.Context, std term.Streams) error {
	if err := o.check(); err != nil {
		return err
	}
	r, c, err := o.open(ctx, o.RunChoice, std)
	if err != nil {
		return err
	}
	defer r.Close()
	bytes := float64(64 * len(c.Columns())) // four matrices of float64, and their text
	if err := memory.Check("the velocities of the cells", c.Len(), bytes, "train on fewer columns"); err != nil {
		return err
	}
	v, err := c.Velocity(ctx)
	if err != nil {
		return err
	}
	picture := func(path string) error { return v.Picture(path, o.axes) }
	return o.write(v.Table(), picture, eachTime(c, v.Speed, "speed"), std)
}

// eachTime has a line for each time: the median of a number of its cells, and the range of nine in ten of them.
func eachTime(c *cells.Cells, of []float64, what string) string {
	var text strings.Builder
	for _, time := range c.Times() {
		var values []float64
		for row, at := range c.Time {
			if at == time {
				values = append(values, of[row])
			}
		}
		slices.Sort(values)
		at := func(part float64) float64 { return values[int(part*float64(len(values)-1)+0.5)] }
		fmt.Fprintf(&text, "%s %v: %s, %s %s: median %.4g, nine in ten from %.4g to %.4g\n",
			term.Shown(c.TimeName()), time, term.Count(len(values), "cell"), what, c.PerTime(), at(0.5), at(0.05),
			at(0.95))
	}
	return text.String()
}
