package points

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/cells"
)

type growthOptions struct {
	command
	axes             []string
	truth, truthFile string
}

func newGrowth(std term.Streams) *cobra.Command {
	o := &growthOptions{command: command{name: "growth"}}
	cmd := &cobra.Command{
		Use:   "growth",
		Short: "Write how fast each measured cell multiplies or dies",
		Long: "Evaluate the rate of growth d log m/dt of each measured cell at its own time, per unit of the file's " +
			"time. A population of cells with the rate g doubles in log 2/g = 0.693/g; below 0 it shrinks. The run " +
			"must have been trained with growth (uam, euam).\n\n" +
			"--truth compares the rates with numbers that are known of each cell, by Pearson's and Spearman's " +
			"correlation.",
		Example: "  amgen points growth --run runs/cells -o growth.csv -o growth.png\n" +
			"  amgen points growth --run runs/cells --truth g --truth-file rates.csv -o growth.npz",
		Args:    cobra.NoArgs,
		PreRunE: flags.RefuseZero(flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.bindRun(f)
		f.StringVar(&o.truth, "truth", "", "`COLUMN` column of the run's file with the true rates, or with other "+
			"numbers to compare with (default: none)")
		f.StringVar(&o.truthFile, "truth-file", "", "`FILE` file that has the column of --truth, with a row for each "+
			"cell: by the cells' names where both have them, else in the order of the run's file (default: the run's "+
			"file)")
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		o.output.bind(f, cells.TableEndings(), "cells coloured by their growth")
		flags.BindNames(f, &o.axes, "axes", flags.AxesHelp)
	})
	flags.Grouped(f, flags.ComputeGroup, o.Arithmetic.Bind)
	return cmd
}

func (o *growthOptions) execute(ctx context.Context, std term.Streams) error {
	if o.truthFile != "" && o.truth == "" {
		return flags.Usagef("--truth-file %s needs the name of a column in it; pass --truth COLUMN", o.truthFile)
	}
	if err := o.check(); err != nil {
		return err
	}
	r, c, err := o.open(ctx, o.RunChoice, std)
	if err != nil {
		return err
	}
	defer r.Close()
	truth, err := o.readTruth(c)
	if err != nil {
		return err
	}
	g, err := c.Growth(ctx)
	if err != nil {
		return err
	}
	t, summary := g.Table(), eachTime(c, g.Rate, "growth")
	if truth != nil {
		pearson, spearman, err := g.Correlations(truth)
		if err != nil {
			return err
		}
		t.Columns = append(t.Columns, cells.Column{Name: o.truth, Numbers: truth})
		summary += fmt.Sprintf("correlation of %d cells with %s: Pearson %.4f, Spearman %.4f\n", len(truth),
			term.Shown(o.truth), pearson, spearman)
	}
	picture := func(path string) error { return g.Picture(path, o.axes) }
	return o.write(t, picture, summary, std)
}

// readTruth reads the numbers to compare with, nil for none.
func (o *growthOptions) readTruth(c *cells.Cells) ([]float64, error) {
	switch {
	case o.truth == "":
		return nil, nil
	case o.truthFile != "":
		return c.NumbersIn(o.truthFile, o.truth)
	}
	return c.Numbers(o.truth)
}
