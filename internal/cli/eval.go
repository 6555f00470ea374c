package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newEval(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Judge a trained run",
		Long: "eval judges a trained run by figures, which go to stdout and, with all that they were taken with, to a file below\n" +
			"the run's " + evalDir + "/.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, m := range metrics {
		cmd.AddCommand(newMetric(m, std))
	}
	cmd.AddCommand(newBPD(std), newEvalPoints(std), newMerge(std), newCompare(std))
	return cmd
}

// recordEval writes a report below the run's directory, and on stdout as one JSON object if asked to, else as a line.
func recordEval(run, name string, report any, line string, asJSON bool, std streams) error {
	text, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	dir := filepath.Join(run, evalDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := replaceText(filepath.Join(dir, name+".json"), append(text, '\n')); err != nil {
		return err
	}
	if asJSON {
		return printJSON(std.out, text)
	}
	return printLine(std.out, line)
}
