package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	if asJSON {
		line = string(text)
	}
	if _, err = fmt.Fprintln(std.out, line); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	dir := filepath.Join(run, evalDir)
	file := filepath.Join(dir, name+".json")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("the report isn't kept: %s is no directory of the run's; move it away", dir)
	}
	if !ownReport(file) {
		return fmt.Errorf("the report isn't kept: %s is there, and no report of amgen; move it away", file)
	}
	return replaceText(file, append(text, '\n'))
}

// ownReport tells whether there is nothing at path, or a report that an evaluation may replace.
func ownReport(path string) bool {
	const most = 4 << 20
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	} else if err != nil || !info.Mode().IsRegular() {
		return false
	}
	text, err := readRegular(path, most)
	var report struct{ Metric, Seconds json.RawMessage }
	return err == nil && json.Unmarshal(text, &report) == nil && report.Metric != nil && report.Seconds != nil
}
