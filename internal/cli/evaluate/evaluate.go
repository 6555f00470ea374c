// Package evaluate is the command `amgen eval`: one command a metric, bpd, points, stats, merge and compare.
package evaluate

import (
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Evaluate a trained run, or samples in files",
		Long: "Compute metrics of a trained run, or of samples in files. Each metric prints its value. For a run it " +
			"also writes a report with all settings into " + run.EvalName + "/ in the run's directory; for " +
			"--samples, `--json > FILE` keeps one. For images begin with fid, for points and snapshots with points.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, m := range eval.Metrics() {
		cmd.AddCommand(newMetric(m, std))
	}
	cmd.AddCommand(newBPD(std), newPoints(std), newStatistics(std), newMerge(std), newCompare(std))
	return cmd
}
