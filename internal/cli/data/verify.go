package data

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/embryo"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/mistake"
)

func newVerify(std term.Streams, opts *imaging.Options) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [NAME…]",
		Short: "Check the files in the cache against their hashes",
		Long: "Check size and SHA-256 of every file that amgen fetched (data sets and weights of feature networks), " +
			"or of those that are named, against the values in the program. The command fetches and changes " +
			"nothing. It exits with code 1 if a file is damaged; the next command that needs the file fetches it " +
			"again.",
		Example: "  amgen data verify\n  amgen data verify mnist",
		RunE:    func(_ *cobra.Command, args []string) error { return verifyData(std, args, *opts) },
	}
}

// verifiable lists what amgen keeps in the cache.
func verifiable() []string {
	names := slices.DeleteFunc(imaging.Names(), isFolder)
	return append(append(names, science.EmbryoName), features.Fetched()...)
}

func verdicts(name string, opts imaging.Options) ([]fetch.Verdict, error) {
	switch {
	case name == science.EmbryoName:
		return embryo.Set.Verify(fetch.Options{Cache: opts.Cache}), nil
	case slices.Contains(features.Fetched(), name):
		return features.Verify(name, opts.Cache)
	}
	return imaging.Verify(name, opts)
}

func verifyData(std term.Streams, names []string, opts imaging.Options) error {
	for _, name := range names {
		if !slices.Contains(verifiable(), name) {
			return flags.Usagef("unknown data set or network %q; amgen fetches %s%s", name,
				strings.Join(verifiable(), ", "), mistake.Meant(name, verifiable()))
		}
	}
	if len(names) == 0 {
		names = verifiable()
	}
	var damaged []string
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFILE\tSIZE\tSTATE")
	for _, name := range names {
		list, err := verdicts(name, opts)
		if err != nil {
			return err
		}
		for _, v := range list {
			state := "intact"
			if v.Fault != "" && !v.Absent {
				state = "damaged: " + v.Fault
				damaged = append(damaged, name+" "+v.Name)
			} else if v.Absent {
				state = "not fetched"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, v.Name, humanize.Bytes(uint64(v.Size)), state)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if len(damaged) > 0 {
		return fmt.Errorf("%d damaged files in the cache (%s); the next command that needs them fetches them again, "+
			"or says what to remove", len(damaged), strings.Join(damaged, ", "))
	}
	return nil
}
