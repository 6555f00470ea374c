package points

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/cells"
	"github.com/amgen/amgen/run/draw"
)

type trendOptions struct {
	command
	runs   []string
	trend  cells.TrendOptions
	solver string
	set    solve.Settings
}

// mostColumns is how many columns are followed where none are named.
const mostColumns = 8

// mostTimes bounds the times of a trend.
const mostTimes = 1000

func newTrend(std term.Streams) *cobra.Command {
	o := &trendOptions{command: command{name: "trend"}}
	cmd := &cobra.Command{
		Use:   "trend",
		Short: "Write how columns of the population change with time",
		Long: "Draw samples that start from the cells of the first snapshot, and print the mean and the quantiles " +
			"(5, 50 and 95 %) of columns at times from the first to the last, in the file's units. For a run with " +
			"growth (uam, euam) samples count by their weights, and a column mass has the mean weight: the mass of " +
			"the population, 1 at the first time.\n\n" +
			"--runs takes several runs on the same snapshots, such as seeds: numbers are means over the runs, and " +
			"mean_min and mean_max the least and the greatest mean. A picture has a panel for each column: the mean, " +
			"the band from 5 to 95 %, and the means of the measured cells as points, hollow if they were left out of " +
			"training.",
		Example: "  amgen points trend --run runs/cells --columns SOX2,PAX6 -o trends.csv -o trends.png\n" +
			"  amgen points trend --runs runs/seed1,runs/seed2,runs/seed3 --columns SOX2 -o bands.png",
		Args:    cobra.NoArgs,
		PreRunE: flags.CheckSolver("steps", "rtol", "atol", "n", "points", flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.bindRun(f)
		flags.BindNames(f, &o.runs, "runs", "`DIRS` runs on the same snapshots, separated by commas, in place of "+
			"--run (default: one run)")
		flags.BindNames(f, &o.trend.Columns, "columns", fmt.Sprintf("`NAMES` columns to follow, separated by commas; "+
			"PREFIX* and FIRST..LAST select several (default: all, if they are at most %d)", mostColumns))
		f.IntVar(&o.trend.Points, "points", 21, "number of times, evenly spaced from the first to the last")
		f.IntVarP(&o.trend.N, "n", "n", 0, "number of samples (default: as many as the first snapshot has cells, at "+
			"most 5000)")
		f.Int64Var(&o.trend.Seed, "seed", 0, "seed of the samples (default 0)")
	})
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) {
		flags.BindSolver(f, &o.solver, &o.set, "", flags.PointsSolverHelp(), solve.DefaultTolerance)
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		o.output.bind(f, cells.TrendEndings(), "lines with bands")
	})
	flags.Grouped(f, flags.ComputeGroup, o.Arithmetic.Bind)
	return cmd
}

func (o *trendOptions) execute(ctx context.Context, std term.Streams) error {
	switch {
	case o.trend.N < 0 || o.trend.N > draw.MostSamples:
		return flags.Usagef("-n must be in [1, %d], got %d", draw.MostSamples, o.trend.N)
	case o.trend.Points < 2 || o.trend.Points > mostTimes:
		return flags.Usagef("--points must be in [2, %d], got %d", mostTimes, o.trend.Points)
	case len(o.runs) > 0 && o.Named():
		return flags.Usagef("--run and --runs each name what to draw from; pass one of them")
	}
	if err := o.check(); err != nil {
		return err
	}
	choices := []flags.RunChoice{o.RunChoice}
	if len(o.runs) > 0 {
		choices = nil
	}
	if dir, ok := twice(o.runs); ok && dir != "" {
		return flags.Usagef("--runs names %s twice; give each run once", dir)
	}
	for _, dir := range o.runs {
		if dir == "" {
			return flags.Usagef("--runs has an empty name; give directories with one comma between each two")
		}
		choices = append(choices, o.Of(dir))
	}
	var trends []*cells.Trend
	for _, choice := range choices {
		t, err := o.one(ctx, choice, std)
		if err != nil {
			return err
		}
		trends = append(trends, t)
	}
	band, err := cells.Band(trends)
	if err != nil {
		return err
	}
	return o.write(band, band.Picture, band.String(), std)
}

// one is the trend of one run.
func (o *trendOptions) one(ctx context.Context, choice flags.RunChoice, std term.Streams) (*cells.Trend, error) {
	r, c, err := o.open(ctx, choice, std)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if n := len(c.Columns()); len(o.trend.Columns) == 0 && n > mostColumns {
		return nil, flags.Usagef("%s has %d columns; choose those to follow by --columns", c.File(), n)
	}
	options := o.trend
	if options.Solver, err = draw.Solver(r.Plan, o.solver, o.set); err != nil {
		return nil, err
	}
	if options.N > 0 {
		bytes := float64(4 * (o.trend.Points + 1) * r.Source.Size())
		what := fmt.Sprintf("%d samples", options.N)
		if err := memory.Check(what, options.N, bytes, "pass a smaller -n"); err != nil {
			return nil, err
		}
		flags.WarnStarts("trend", r.Plan, options.Solver, options.N, std)
	}
	bar := term.NewShareBar(std.Err, o.name)
	defer bar.Clear()
	options.Progress = bar.Share
	return c.Trend(ctx, options)
}
