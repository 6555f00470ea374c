// Package points is the command `amgen points`: one command for each thing that a run says of measured cells.
package points

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cells"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "points",
		Short: "Say what a run has learned of measured cells",
		Long: "Say what a run on snapshots has learned of the cells in its file: how each moves and grows, where it " +
			"ends, how the columns of the population change with time, and how they depend on each other. The file " +
			"is read again, and refused if it has changed since training. Numbers are in the file's columns and " +
			"units, and rows in the order of the file.\n\n" +
			"-o names what to write: a table (.csv, .tsv, .npz, .h5ad) or a picture (.png, .svg). It may be given " +
			"several times. Without it the table goes to stdout as CSV and the summary to stderr; on a terminal the " +
			"summary is printed in its place. `amgen eval points` compares samples with the measured cells.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newVelocity(std), newGrowth(std), newFate(std), newTrend(std), newJacobian(std))
	return cmd
}

// command has what all of the commands take.
type command struct {
	name string
	flags.RunChoice
	flags.Arithmetic
	output
}

// bindRun registers the flags that choose the run.
func (o *command) bindRun(f *pflag.FlagSet) {
	o.RunChoice.Bind(f, flags.RunHelp)
	o.BindAverage(f)
}

// open opens the run that is chosen, after a check of what will be written. Close the run.
func (o *command) open(ctx context.Context, choice flags.RunChoice, std term.Streams) (*run.Run, *cells.Cells, error) {
	if err := o.Check(); err != nil {
		return nil, nil, err
	}
	chosen, err := choice.Resolve()
	if err != nil {
		return nil, nil, err
	}
	cfg, err := chosen.Dir.Config()
	if err != nil {
		return nil, nil, err
	}
	if err := o.checkPlaces(cfg); err != nil {
		return nil, nil, err
	}
	if !cfg.Points() {
		return nil, nil, flags.Usagef("%s was trained on images of %s, and `amgen points` is for snapshots of cells; "+
			"choose such a run by --run", chosen.Dir, cfg.Dataset)
	}
	trained, err := run.Find(ctx, string(chosen.Dir), chosen.Options(o.Arithmetic, std))
	if err != nil {
		return nil, nil, err
	}
	r, err := trained.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, err := cells.Of(ctx, r)
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	return r, c, nil
}
