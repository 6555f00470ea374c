// Package weights is the command `amgen weights`: list, inspect, export and import.
package weights

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "weights",
		Short: "List, inspect, export and import trained weights",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(std), newInspect(std), newExport(std), newImport(std))
	return cmd
}

func newList(std term.Streams) *cobra.Command {
	var verify bool
	cmd := &cobra.Command{
		Use:   "list [RUN…]",
		Short: "List the checkpoints of runs, by default of all runs below " + flags.RunsDir + "/",
		Long: "List the checkpoints of runs. HASH identifies the whole checkpoint, as in reports of `amgen eval`. " +
			"TENSORS is a hash of the tensors' values alone: it is the same for a resumed run and an uninterrupted " +
			"one.",
		Example: "  amgen weights list\n  amgen weights list --verify runs/cifar",
		RunE:    func(_ *cobra.Command, args []string) error { return listWeights(std, args, verify) },
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "read every checkpoint and check its hashes; exit with code 1 if "+
		"one is damaged")
	return cmd
}

func listWeights(std term.Streams, runs []string, verify bool) error {
	if len(runs) == 0 {
		found, err := filepath.Glob(filepath.Join(flags.RunsDir, "*"))
		if err != nil {
			return fmt.Errorf("list runs: %w", err)
		}
		for _, dir := range found {
			if run.Dir(dir).HoldsRun() {
				runs = append(runs, dir)
			}
		}
	} else {
		for _, dir := range runs {
			if !run.Dir(dir).HoldsRun() {
				return flags.Usagef("no run in %s: it has neither %s nor checkpoints", dir, run.ConfigName)
			}
		}
	}
	damaged := 0
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSTEP\tPRESET\tSIZE\tHASH\tTENSORS\tSTATE")
	for _, dir := range runs {
		list, err := weights.List(run.Dir(dir).Checkpoints())
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintf(w, "%s\t-\t-\t-\t-\t-\tno checkpoint yet\n", term.Shown(dir))
		}
		for _, e := range list {
			m, hash, state, err := checkpointState(e, verify)
			if err != nil {
				if e.Gone() {
					continue
				}
				damaged++
			}
			tensors := "-"
			if hash != "" {
				tensors = m.TensorsHash()
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%.12s\t%.12s\t%s\n", term.Shown(dir), e.Step,
				cmp.Or(term.Shown(m.Preset), "-"), humanize.Bytes(manifestBytes(m)), cmp.Or(hash, "-"), tensors, state)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if damaged > 0 {
		return fmt.Errorf("damaged checkpoints: %d; training and sampling go on from the newest intact one", damaged)
	}
	return nil
}

// checkpointState reads the manifest of a checkpoint, and with verify the rest, and says what it found.
func checkpointState(e weights.Entry, verify bool) (m weights.Manifest, hash, state string, err error) {
	if m, hash, err = weights.ReadManifest(e.Path); err != nil {
		return m, "", "damaged: " + terminal.OneLine(err.Error()), err
	}
	if !verify {
		for name, record := range m.Files {
			if st, err := os.Stat(filepath.Join(e.Path, filepath.Base(name))); err != nil || st.Size() != record.Bytes {
				return m, hash, "damaged: " + term.Shown(name) + " isn't there in its size", weights.ErrCorrupt
			}
		}
		return m, hash, "complete", nil
	}
	if _, err = weights.Load(e.Path); err != nil {
		return m, hash, "damaged: " + terminal.OneLine(err.Error()), err
	}
	return m, hash, "intact", nil
}

func manifestBytes(m weights.Manifest) (n uint64) {
	for _, record := range m.Files {
		n += uint64(max(0, record.Bytes))
	}
	return n
}
