package points

import (
	"context"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/cells"
	"github.com/amgen/amgen/run/draw"
)

type fateOptions struct {
	command
	label    string
	from, to *string // nil for the defaults
	fate     cells.FateOptions
	solver   string
	set      solve.Settings
}

func newFate(std term.Streams) *cobra.Command {
	o := &fateOptions{command: command{name: "fate"}}
	var from, to string
	cmd := &cobra.Command{
		Use:   "fate",
		Short: "Write where each measured cell ends, by labels",
		Long: "Follow each measured cell from its own time to the last, or backward to the first, and look which of " +
			"the cells measured there are nearest, in the coordinates that the model learns. --label names the " +
			"column with the labels of the cells, such as types. The table has for each cell its label, its fate " +
			"(the label of the greatest share), the share of each label among the nearest cells at its end, its end " +
			"in the file's columns and, for a run with growth (uam, euam), log_weight: the logarithm of the mass at " +
			"the end that a mass of 1 becomes.\n\n" +
			"The summary has a row for each label now: the shares of the labels at the end, by weight. Cells of runs " +
			"with noise (eam, euam) are followed --repeats times, with other noise each time. Shares and ends are " +
			"means by weight then, and --backward is refused.",
		Example: "  amgen points fate --run runs/cells --label cell_type -o fates.csv\n" +
			"  amgen points fate --run runs/cells --label cell_type --from-time 4 --to 7\n" +
			"  amgen points fate --run runs/cells --label cell_type --backward -o ancestors.npz",
		Args:    cobra.NoArgs,
		PreRunE: flags.CheckSolver("steps", "rtol", "atol", "neighbours", "repeats", flags.AverageFlag),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("from-time") {
				o.from = &from
			}
			if cmd.Flags().Changed("to") {
				o.to = &to
			}
			return o.execute(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.bindRun(f)
		f.StringVar(&o.label, "label", "", "`COLUMN` column of the run's file with the labels of the cells, as text "+
			"or numbers; in a .h5ad a column of obs")
		f.BoolVar(&o.fate.Backward, "backward", false, "follow cells to an earlier time, to their ancestors")
		f.StringVar(&from, "from-time", "", "`TIME` time whose cells are followed, in the file's unit or a label in "+
			"its column of times (default: all times)")
		f.StringVar(&to, "to", "", "`TIME` time that cells are followed to, as --from-time (default: the last, or the "+
			"first with --backward)")
		f.IntVar(&o.fate.Neighbours, "neighbours", 10, "number of nearest cells that decide")
		f.IntVar(&o.fate.Repeats, "repeats", 0, "number of times that a cell of a run with noise is followed "+
			"(default 20)")
		f.Int64Var(&o.fate.Seed, "seed", 0, "seed of the noise (default 0)")
	})
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) {
		flags.BindSolver(f, &o.solver, &o.set, "", flags.PointsSolverHelp(), solve.DefaultTolerance)
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		o.output.bind(f, cells.TableEndings(), "")
	})
	flags.Grouped(f, flags.ComputeGroup, o.Arithmetic.Bind)
	return cmd
}

func (o *fateOptions) execute(ctx context.Context, std term.Streams) error {
	switch {
	case o.label == "":
		return flags.Usagef("no labels to tell fates by; pass --label COLUMN")
	case o.fate.Neighbours < 1 || o.fate.Neighbours > 1000:
		return flags.Usagef("--neighbours must be in [1, 1000], got %d", o.fate.Neighbours)
	case o.fate.Repeats < 0:
		return flags.Usagef("--repeats must be at least 1, got %d", o.fate.Repeats)
	}
	if err := o.check(); err != nil {
		return err
	}
	r, c, err := o.open(ctx, o.RunChoice, std)
	if err != nil {
		return err
	}
	defer r.Close()
	if o.fate.Repeats != 0 && r.Plan.Model.Objective.Motion().Diffusion == nil {
		return flags.Usagef("--repeats is for runs with noise, and %s has none; leave it out", r.Name())
	}
	if o.fate.Solver, err = draw.Solver(r.Plan, o.solver, o.set); err != nil {
		return err
	}
	if o.fate.From, err = timeOf(c, "--from-time", o.from); err != nil {
		return err
	}
	if o.fate.To, err = timeOf(c, "--to", o.to); err != nil {
		return err
	}
	labels, err := c.Labels(o.label)
	if err != nil {
		return err
	}
	bytes := float64(64 * len(c.Columns()))
	if err := memory.Check("the ends of the cells", c.Len(), bytes, "train on fewer columns"); err != nil {
		return err
	}
	bar := term.NewShareBar(std.Err, o.name)
	o.fate.Progress = bar.Share
	fates, err := c.Fates(ctx, labels, o.fate)
	bar.Clear()
	if err != nil {
		return err
	}
	if err := draw.CheckWeights(fates.LogWeights); err != nil {
		fmt.Fprintf(std.Err, "fate: %s\n", flags.ErrorText(err))
	}
	return o.write(fates.Table(), nil, fateSummary(c, fates), std)
}

// timeOf is the time that a flag names, nil for none.
func timeOf(c *cells.Cells, flag string, text *string) (*float64, error) {
	if text == nil {
		return nil, nil
	}
	time, err := c.TimeOf(*text)
	if err != nil {
		return nil, flags.Usagef("%s: %w", flag, err)
	}
	return &time, nil
}

// fateSummary is the table of labels now and at the end.
func fateSummary(c *cells.Cells, f *cells.Fates) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s followed to %s %v; rows: label now, columns: share of the ends, by weight\n",
		term.Count(len(f.Rows), "cell"), term.Shown(c.TimeName()), f.To)
	const most = 12
	if len(f.Labels) > most {
		fmt.Fprintf(&text, "%d labels are too many to show; the table has the shares of each cell\n", len(f.Labels))
		return text.String()
	}
	shares, count := f.Summary()
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\tcells\t")
	for _, label := range f.Labels {
		fmt.Fprintf(w, "%s\t", term.Shown(label))
	}
	fmt.Fprintln(w)
	for i, label := range f.Labels {
		if count[i] == 0 {
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t", term.Shown(label), count[i])
		for j := range f.Labels {
			share := shares[i*len(f.Labels)+j]
			if math.IsNaN(share) {
				fmt.Fprint(w, "-\t")
			} else {
				fmt.Fprintf(w, "%.3f\t", share)
			}
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // a buffer takes everything
	return text.String()
}
