package cli

import (
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/run"
)

func newEval(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Judge a trained run",
		Long: "eval judges a trained run by figures, which go to stdout and, with all that they were taken with, to a file below\n" +
			"the run's " + run.EvalName + "/.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, m := range eval.Metrics() {
		cmd.AddCommand(newMetric(m, std))
	}
	cmd.AddCommand(newBPD(std), newEvalPoints(std), newMerge(std), newCompare(std))
	return cmd
}
