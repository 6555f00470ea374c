// Package runs is the command `amgen runs`: list, compare, tensorboard.
package runs

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/run/summary"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use: "runs", Short: "List runs, and compare their settings, losses and scores",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(std), newCompare(std), newTensorBoard(std))
	return cmd
}

func newList(std term.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list [DIR…]", Short: "List runs, by default all below " + flags.RunsDir + "/",
		Long: "List runs: what they learn, how far they have come, and the newest score of each measure. DIR is a " +
			"run or a folder of runs. LOSS is the mean of the log's last ten lines; those of different data sets or " +
			"objectives can't be compared. LEFT is the time to the last step, of a run that is training.",
		Example: "  amgen runs list\n  amgen runs list --json runs/cifar",
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := flags.RunsBelow(args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(list, std)
			}
			return printTable(list, std)
		},
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

func printTable(list []summary.Summary, std term.Streams) error {
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSTATE\tSTEP\tLOSS\tTIME\tLEFT\tDATA\tPRESET\tOBJECTIVE\tSCORES")
	for _, s := range list {
		if s.State == summary.Damaged {
			fmt.Fprintf(w, "%s\t%s\t-\t-\t-\t-\t-\t-\t-\t%s\n", term.Shown(string(s.Dir)), s.State, term.Shown(s.Why))
			continue
		}
		loss, spent, left := "-", "-", "-"
		if s.Logged {
			loss, spent = fmt.Sprintf("%.5g", s.Loss), duration.Text(s.Seconds)
		}
		if s.State == summary.Training && s.Logged {
			left = duration.Text(s.ETA)
		}
		fmt.Fprintf(w, "%s\t%s\t%d/%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", term.Shown(string(s.Dir)), s.State,
			max(s.Step, s.Saved), s.Config.Steps, loss, spent, left, term.Shown(s.Config.Dataset),
			term.Shown(s.Config.Network()), s.Config.Objective, cmp.Or(scoreTexts(s), "-"))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	return nil
}

// scoreTexts is all scores of a run in one line.
func scoreTexts(s summary.Summary) string {
	list := make([]string, len(s.Scores))
	for i, score := range s.Scores {
		list[i] = term.Shown(score.Title() + " " + score.Number())
	}
	return strings.Join(list, "; ")
}

func printJSON(list []summary.Summary, std term.Streams) error {
	var out struct {
		Runs []summary.Report `json:"runs"`
	}
	for _, s := range list {
		out.Runs = append(out.Runs, s.Report())
	}
	return term.PrintObject(std.Out, "runs list", out)
}
