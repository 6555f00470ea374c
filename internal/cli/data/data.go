// Package data is the command `amgen data`: list, fetch, info, verify and clean.
package data

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/embryo"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/run"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	var opts imaging.Options
	data := &cobra.Command{
		Use:   "data",
		Short: "List, fetch, describe and verify data sets, and clean the cache",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	data.AddCommand(
		newList(std, &opts),
		&cobra.Command{
			Use: "fetch NAME", Short: "Fetch a data set into the cache", Args: cobra.ExactArgs(1),
			Long: "Fetch a data set into the cache, unless it is there, and print its folder: mnist, fashion-mnist, " +
				"cifar10 or embryo.",
			Example: "  amgen data fetch mnist",
			RunE: func(cmd *cobra.Command, args []string) error {
				if err := run.KnownDataset(args[0]); err != nil {
					return err
				}
				if args[0] == science.EmbryoName {
					file, err := embryo.File(cmd.Context(), fetchOptions(opts, std))
					if err == nil {
						return term.PrintLine(std.Out, filepath.Dir(file))
					}
					return err
				}
				if science.Known(args[0]) {
					return flags.Usagef("%s is drawn, or your own: there is nothing to fetch; `amgen data info` "+
						"describes it",
						args[0])
				}
				if isFolder(args[0]) {
					return flags.Usagef("%s is your own: there is nothing to fetch; `amgen data info` describes it",
						args[0])
				}
				dir, err := imaging.Fetch(cmd.Context(), args[0], withProgress(opts, std))
				if err != nil {
					return err
				}
				return term.PrintLine(std.Out, dir)
			},
		},
		newVerify(std, &opts),
		newClean(std, &opts),
		newInfo(std, &opts),
	)
	return data
}

// cacheState says whether a data set is in the cache, and where.
func cacheState(cached bool, dir string) string {
	if cached {
		return dir
	}
	return "not fetched"
}

// withProgress shows what is fetched for a data set.
func withProgress(opts imaging.Options, std term.Streams) imaging.Options {
	opts.Progress = std.Fetching()
	return opts
}

// fetchOptions are the same for what is no image.
func fetchOptions(opts imaging.Options, std term.Streams) fetch.Options {
	return fetch.Options{Cache: opts.Cache, Progress: std.Fetching()}
}

// isFolder tells whether a data set is a folder of pictures.
func isFolder(name string) bool {
	_, folder := imaging.CutFolder(name)
	return folder
}

// isSnapshotsFile tells whether a data set is a file of snapshots.
func isSnapshotsFile(name string) bool {
	_, snapshots := science.CutSnapshots(name)
	return snapshots
}
