package models

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/models"
)

func newList(std term.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the models that are part of amgen",
		Long: "List the models that are part of amgen. FID is the distance of unguided samples from the training " +
			"set, with the network that it compares by. `amgen models show NAME` tells the rest.",
		Example: "  amgen models list",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return list(asJSON, std) },
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

// listed is a model as --json prints it.
type listed struct {
	Name       string            `json:"name"`
	Dataset    string            `json:"dataset"`
	Classes    []string          `json:"classes"`
	Preset     string            `json:"preset,omitempty"`
	Objective  string            `json:"objective"`
	Path       string            `json:"path"`
	Parameters int               `json:"parameters"`
	Step       int64             `json:"step"`
	Bytes      int64             `json:"bytes"`
	SHA256     string            `json:"sha256"`
	Provenance models.Provenance `json:"provenance"`
}

// ofModel describes a model.
func ofModel(m *models.Model) listed {
	return listed{Name: m.Name, Dataset: m.Config.Dataset, Classes: append([]string{}, m.Config.ClassNames...),
		Preset: m.Config.Preset, Objective: m.Config.Objective, Path: m.Config.Path,
		Parameters: m.Params(), Step: m.Checkpoint.Step, Bytes: m.Size,
		SHA256: m.SHA256, Provenance: m.Provenance}
}

func list(asJSON bool, std term.Streams) error {
	var damaged, missing []string
	found := struct {
		Models []listed `json:"models"`
	}{[]listed{}}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tDATA SET\tCLASSES\tPARAMETERS\tSTEPS\tMINUTES\tFID\tSIZE")
	for _, name := range models.Names() {
		m, err := models.Named(name)
		switch {
		case errors.Is(err, models.ErrMissing):
			missing = append(missing, name)
		case err != nil:
			damaged = append(damaged, terminal.OneLine(err.Error()))
		default:
			found.Models = append(found.Models, ofModel(m))
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", name, term.Shown(m.Config.Dataset),
				len(m.Config.ClassNames), humanize.Comma(int64(m.Params())), humanize.Comma(m.Checkpoint.Step),
				minutes(m.Provenance), distance(m.Provenance.FID), humanize.Bytes(uint64(m.Size)))
		}
	}
	if asJSON {
		if err := term.PrintObject(std.Out, "models list", found); err != nil {
			return err
		}
	} else if err := w.Flush(); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if len(missing) > 0 {
		fmt.Fprintf(std.Err, "models: not here: %s\n", strings.Join(missing, ", "))
	}
	if len(damaged) > 0 {
		return errors.New(strings.Join(damaged, "; "))
	}
	return nil
}

// minutes are those of training, "-" where they aren't known.
func minutes(p models.Provenance) string {
	if p.Minutes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", p.Minutes)
}

// distance is a FID with its network, "-" for none.
func distance(d *models.FID) string {
	if d == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f (%s, %s samples)", d.Value, term.Shown(d.Network), humanize.Comma(int64(d.Samples)))
}
