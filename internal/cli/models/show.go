package models

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/models"
)

func newShow(std term.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show NAME",
		Short:   "Describe a model: its network, and where it comes from",
		Long:    "Describe a model that is part of amgen, or the model in a file.",
		Example: "  amgen models show mnist\n  amgen models show ./digits.safetensors",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return show(args[0], asJSON, std) },
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

func show(name string, asJSON bool, std term.Streams) error {
	if err := memory.CheckFile(name); err != nil {
		return err
	}
	m, err := models.Open(name)
	if err != nil {
		return err
	}
	if asJSON {
		return term.PrintObject(std.Out, "models show", ofModel(m))
	}
	cfg, from := m.Config, m.Provenance
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	line := func(key, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", key, terminal.Printable(fmt.Sprintf(format, args...), term.MostOfLine))
	}
	line("data set", "%s", cfg.Dataset)
	line("classes", "%s", cmp.Or(strings.Join(cfg.ClassNames, ", "), "none"))
	line("objective", "%s (%s), path %s", cfg.Objective, cfg.Estimator, cfg.Path)
	line("network", "%s", cfg.Network())
	line("parameters", "%s", humanize.Comma(int64(m.Params())))
	line("training", "%s steps of %d, seed %d, %s minutes on %s", humanize.Comma(m.Checkpoint.Step), cfg.Batch,
		cfg.Seed, minutes(from), cmp.Or(from.Hardware, "hardware that isn't known"))
	if from.Average != 0 {
		line("average", "power function, length %g", from.Average)
	}
	if cfg.From != "" {
		line("begun with", "%s, SHA-256 %s", cfg.From, cfg.FromHash)
	}
	fid := distance(from.FID)
	if d := from.FID; d != nil {
		fid += fmt.Sprintf(" ± %.2g against %s, %s of %s", d.Stderr, d.Reference, d.Solver,
			english.Plural(d.NFE, "evaluation", ""))
	}
	line("FID", "%s", fid)
	line("date", "%s", cmp.Or(from.Date, "-"))
	line("licence", "%s", cmp.Or(from.Licence, "-"))
	line("size", "%s", humanize.Bytes(uint64(m.Size)))
	line("SHA-256", "%s", m.SHA256)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("show: %w", err)
	}
	return nil
}
