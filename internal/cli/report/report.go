// Package report is the command `amgen report`: a page of one file about runs.
package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/report"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/internal/version"
	"github.com/amgen/amgen/run/summary"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "report [RUN…]", Short: "Write a page about runs, in one file that can be mailed",
		Long: "Write an HTML page with the curves of runs, their first, middle and newest picture, scores with their " +
			"errors, configuration, versions, time of training, and the commands that make them again. A browser " +
			"shows it without a script and without a request. Of several runs the page also has what they differ " +
			"in; losses and scores are side by side only where they can be compared. RUN is a run or a folder of " +
			"runs (default: the run in " + flags.RunsDir + "/ whose checkpoints changed last). What can't be read, " +
			"or has no room, is said in the page and on stderr.",
		Example: "  amgen report runs/first -o first.html\n  amgen report runs/adam runs/muon -o both.html",
		RunE:    func(_ *cobra.Command, args []string) error { return execute(args, output, std) },
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` output, with the ending .html (default, and for -: "+
		"stdout)")
	return cmd
}

func execute(args []string, output string, std term.Streams) error {
	if len(args) == 0 {
		newest, err := flags.NewestRun()
		if err != nil {
			return err
		}
		args = []string{string(newest)}
	}
	runs, err := flags.RunsBelow(args)
	if err != nil {
		return err
	}
	names, err := namesOf(runs)
	if err != nil {
		return err
	}
	stdout := output == "" || output == files.Stdout
	if stdout && term.IsTerminal(std.Out) {
		return flags.Usagef("stdout is a terminal, which shows no HTML; redirect it (> report.html) or pass -o " +
			"report.html")
	}
	if !stdout {
		if err := check(output, runs); err != nil {
			return err
		}
	}
	command := append([]string{"amgen", "report"}, args...)
	if !stdout {
		command = append(command, "-o", output)
	}
	var page bytes.Buffer
	left, err := report.Write(&page, runs, names, report.Options{Version: version.Amgen(),
		Engines: engine.Described(), Command: terminal.Words(command), Now: time.Now()})
	if err != nil {
		return err
	}
	for _, line := range left {
		fmt.Fprintf(std.Err, "report: %s\n", line)
	}
	if stdout {
		if _, err := std.Out.Write(page.Bytes()); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		return nil
	}
	write := func(w io.Writer) error { _, err := w.Write(page.Bytes()); return err }
	if err := replace.Output(output, write); err != nil || files.IsSpecial(output) { // it may be stdout
		return err
	}
	return term.PrintLine(std.Out, output)
}

// namesOf are what the runs are called: the names of their directories, or the paths where two have one name.
func namesOf(runs []summary.Summary) ([]string, error) {
	if len(runs) > report.MostRuns {
		return nil, flags.Usagef("%d runs; a page has %d at most, so name fewer", len(runs), report.MostRuns)
	}
	names := make([]string, len(runs))
	for i, s := range runs {
		names[i] = filepath.Base(filepath.Clean(string(s.Dir)))
	}
	short := slices.Clone(names)
	for i, s := range runs {
		for k := range i {
			if filepath.Clean(string(s.Dir)) == filepath.Clean(string(runs[k].Dir)) {
				return nil, flags.Usagef("%s is named twice; name it once", s.Dir)
			}
			if short[i] == short[k] {
				names[i], names[k] = filepath.Clean(string(s.Dir)), filepath.Clean(string(runs[k].Dir))
			}
		}
		if names[i] == "." {
			whole, err := filepath.Abs(string(s.Dir))
			if err != nil {
				return nil, fmt.Errorf("report: %w", err)
			}
			names[i] = filepath.Base(whole)
		}
	}
	return names, nil
}

// check refuses an output that can't be written, or mustn't.
func check(output string, runs []summary.Summary) error {
	for _, s := range runs {
		if err := files.CheckPlace(output, s.Config); err != nil {
			return err
		}
	}
	ending := strings.ToLower(filepath.Ext(output))
	if ending != ".html" && ending != ".htm" && !files.IsSpecial(output) {
		return flags.Usagef("-o %s: what is written is HTML, and browsers go by the ending; pass -o %s", output,
			terminal.Word(output+".html"))
	}
	return files.CheckLinks("-o", output)
}
