package runs

import (
	"cmp"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

func newCompare(std term.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "compare RUN…", Short: "Compare the settings, losses and scores of runs",
		Long: "Print the settings in which runs differ, their losses at the last step that all have logged, what " +
			"evaluations while training found at the last step that all have, and the scores that were measured " +
			"alike. Losses are compared only where data set, objective, path and weight are the same. RUN is a run " +
			"or a folder of runs.",
		Example: "  amgen runs compare runs/adam runs/muon\n  amgen runs compare runs/sweep",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return compare(args, asJSON, std) },
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

// compared is what `amgen runs compare` prints: a row for each thing that is compared, with the values of all runs, ""
// for none.
type compared struct {
	Runs []string      `json:"runs"`
	Rows []comparedRow `json:"rows"`
}

type comparedRow struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

func compare(dirs []string, asJSON bool, std term.Streams) error {
	list, err := runsOf(dirs, std)
	if err != nil {
		return err
	}
	if len(list) < 2 {
		return flags.Usagef("`amgen runs compare` takes RUN RUN…, or a folder of runs, got %s", terminal.Words(dirs))
	}
	var c compared
	for _, s := range list {
		c.Runs = append(c.Runs, string(s.Dir))
	}
	row := func(name string, value func(i int) string) {
		values := make([]string, len(list))
		for i := range list {
			values[i] = value(i)
		}
		c.Rows = append(c.Rows, comparedRow{name, values})
	}
	for _, s := range run.Settings() {
		text := func(i int) string { return s.Text(list[i].Config) }
		if slices.ContainsFunc(list, func(o summary.Summary) bool { return s.Text(o.Config) != text(0) }) {
			row(s.Key, text)
		}
	}
	row("state", func(i int) string { return string(list[i].State) })
	row("step", func(i int) string { return fmt.Sprint(max(list[i].Step, list[i].Saved)) })
	row("time", func(i int) string { return duration.Text(list[i].Seconds) })
	if err := losses(list, row); err != nil {
		return err
	}
	scoreRows(list, row)
	if asJSON {
		return term.PrintObject(std.Out, "runs compare", c)
	}
	return c.print(std)
}

// runsOf are the runs that directories are or hold. One that is damaged is an error if it was named itself, and else
// left out with a line.
func runsOf(dirs []string, std term.Streams) (list []summary.Summary, err error) {
	for _, dir := range dirs {
		found, err := summary.Below(dir)
		if len(found) == 0 || err != nil {
			_, err = summary.Of(run.Dir(dir)) // which says what a run has
			return nil, flags.Usage(err)
		}
		for _, s := range found {
			switch {
			case s.State != summary.Damaged:
			case s.Dir == run.Dir(dir):
				return nil, fmt.Errorf("%s is damaged: %s; leave it out", dir, s.Why)
			default:
				fmt.Fprintf(std.Err, "compare: %s is damaged and left out: %s\n", term.Shown(string(s.Dir)), s.Why)
				continue
			}
			if settled, err := s.Config.Settle(); err == nil { // else it is of another amgen: compare what it says
				s.Config = settled
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// print prints a table, with a column for each run.
func (c compared) print(std term.Streams) error {
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	for _, row := range append([]comparedRow{{Values: c.Runs}}, c.Rows...) {
		fmt.Fprint(w, row.Name)
		for _, value := range row.Values {
			fmt.Fprintf(w, "\t%s", cmp.Or(term.Shown(value), "-"))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	return nil
}

// losses adds the mean loss of ten lines of the log up to the last step that all have, where losses mean the same.
func losses(list []summary.Summary, row func(string, func(int) string)) error {
	common := list[0].Step
	for _, s := range list {
		if len(summary.UnlikeLosses(list[0].Config, s.Config)) > 0 || !s.Logged {
			return nil
		}
		common = min(common, s.Step)
	}
	means := make([]string, len(list))
	for i, s := range list {
		stats, _, err := train.ReadStats(s.Dir.File(run.StatsName))
		if err != nil {
			return err
		}
		stats = slices.DeleteFunc(stats, func(line train.Stat) bool { return line.Step > common })
		if mean, ok := summary.MeanLoss(stats); ok {
			means[i] = fmt.Sprintf("%.5g", mean)
		}
	}
	row(fmt.Sprintf("mean loss of %d lines to step %d", summary.LossLines, common),
		func(i int) string { return means[i] })
	return evaluations(list, row)
}

// scoreRows adds a row for each measure that two runs or more have.
func scoreRows(list []summary.Summary, row func(string, func(int) string)) {
	for _, m := range summary.Measures(list) {
		if m.Count > 1 {
			row(m.Title(), func(i int) string { return m.Number(i) })
		}
	}
}
