package data

import (
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/featurestore"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/fetch"
)

func newClean(std term.Streams, opts *imaging.Options) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove cached features and unfinished files from the cache",
		Long: "Remove the features and the baselines of snapshots that `amgen eval` keeps in the cache, which are " +
			"computed again when needed, and the unfinished files of fetches. Data sets and weights stay. The " +
			"command removes only amgen's own files, follows no links, and keeps folders that hold other files. An " +
			"evaluation that runs meanwhile may have to be started again.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return cleanData(std, *opts, dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "list what would be removed, and remove nothing")
	return cmd
}

func cleanData(std term.Streams, opts imaging.Options, dryRun bool) error {
	root := opts.Cache
	if root == "" {
		var err error
		if root, err = fetch.CacheDir(); err != nil {
			return err
		}
	}
	list, err := featurestore.Clean(filepath.Join(root, featurestore.Dir), dryRun)
	if err == nil {
		var more []featurestore.Removed
		more, err = featurestore.CleanBaselines(filepath.Join(root, featurestore.BaselinesDir), dryRun)
		list = append(list, more...)
	}
	if err == nil {
		var left []fetch.Leftover
		left, err = fetch.ClearLeftovers(fetch.Options{Cache: opts.Cache}, dryRun)
		for _, l := range left {
			list = append(list, featurestore.Removed{Path: l.Path, What: "unfinished", Bytes: l.Bytes})
		}
	}
	total := int64(0)
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	for _, c := range list {
		total += c.Bytes
		fmt.Fprintf(w, "%s\t%s\t%s\n", term.Shown(c.Path), c.What, humanize.Bytes(uint64(c.Bytes)))
	}
	if flushed := w.Flush(); flushed != nil || err != nil {
		return errors.Join(err, flushed)
	}
	verb := "removed"
	if dryRun {
		verb = "would be removed"
	}
	fmt.Fprintf(std.Err, "data: %s %s from %s\n", humanize.Bytes(uint64(total)), verb, root)
	return nil
}
