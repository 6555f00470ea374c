// Package data is the command `amgen data`: list, fetch, info, verify and clean.
package data

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
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
	var choice science.Columns
	info := &cobra.Command{
		Use: "info NAME", Short: "Fetch a data set if it isn't cached, and describe it", Args: cobra.ExactArgs(1),
		Long: "Describe a data set, after fetching it if it isn't cached. For images: number, shape and statistics " +
			"of every split, or of one, as in mnist:test. For snapshots: the column of times, the coordinates, what " +
			"was left out, and each time with its number of cells and its t.\n\n" + folderHelp,
		Example: "  amgen data info mnist:test\n  amgen data info folder:photos\n" +
			"  amgen data info snapshots:cells.csv --drop batch\n" +
			"  amgen data info snapshots:cells.h5ad#obsm/X_pca,day",
		RunE: func(cmd *cobra.Command, args []string) error {
			return describeData(cmd.Context(), std, args[0], opts, choice)
		},
	}
	flags.BindColumns(info.Flags(), &choice)
	bindFit(info.Flags(), &opts)
	data.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the data sets and whether they are in the cache", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return listData(std, opts) },
		},
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
		info,
	)
	return data
}

// folderHelp says how folders of pictures are read; docs/reference/files.md has the details.
const folderHelp = "folder:DIR reads the PNG, JPEG, GIF, BMP and WebP files below DIR. Folders named train, val and " +
	"test (training, valid, validation, dev, testing, holdout, in any case) are its splits; folder:DIR:all takes " +
	"all pictures as one set. Hidden files and files of other kinds are passed over and counted, files that " +
	"can't be read as pictures are skipped, counted and named. EXIF orientation is applied. --size and --fit show " +
	"what training does to fit the pictures to a network. Alpha is dropped as by Pillow's convert(\"RGB\"): " +
	"transparent pixels keep the colours that the file has for them, in training and in eval."

func listData(std term.Streams, opts imaging.Options) error {
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tIMAGES\tTRAIN\tTEST\tSIZE\tCACHE\tABOUT")
	for _, name := range imaging.Names() {
		if isFolder(name) {
			fmt.Fprintf(w, "%s\tany\t-\t-\t-\t-\tPNG, JPEG, GIF, BMP or WebP files of your own\n", name)
			continue
		}
		info, err := imaging.Describe(name, opts)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%d×%d×%d\t%s\t%s\t%s\t%s\timages of %d classes\n", name, info.Height, info.Width,
			info.Channels, humanize.Comma(int64(info.Train)), humanize.Comma(int64(info.Test)),
			humanize.Bytes(uint64(info.Bytes)), cacheState(info.Cached, info.Dir), len(info.Classes))
	}
	for _, name := range science.Names() {
		size, state, about := "-", "-", "points, drawn afresh"
		switch {
		case name == science.EmbryoName:
			fetched := fetch.Options{Cache: opts.Cache}
			size = humanize.Bytes(uint64(embryo.Set.Bytes()))
			state = cacheState(embryo.Set.Cached(fetched), embryo.Set.Dir(fetched))
			about = "points: 48 genes of 428 cells of mouse embryos at six stages (GPL)"
		case isSnapshotsFile(name):
			about = "points of your own at two times or more: .csv, .tsv, .h5ad, .npz, or CELLS.npy,TIMES.npy"
		}
		fmt.Fprintf(w, "%s\t-\t-\t-\t%s\t%s\t%s\n", name, size, state, about)
	}
	return w.Flush()
}

// cacheState says whether a data set is in the cache, and where.
func cacheState(cached bool, dir string) string {
	if cached {
		return dir
	}
	return "not fetched"
}

func describeData(ctx context.Context, std term.Streams, name string, opts imaging.Options,
	choice science.Columns) error {
	if err := checkFit(name, opts); err != nil {
		return err
	}
	if science.Known(name) {
		return describePoints(ctx, std, name, opts, choice)
	}
	if !reflect.DeepEqual(choice, science.Columns{}) {
		return flags.Usagef("--time-column, --time-order, --columns and --drop are for %s, got %s; leave them out",
			science.SnapshotsName("FILE"), name)
	}
	base, named := imaging.CutSplit(name)
	if err := run.KnownDataset(base); err != nil {
		return err
	}
	splits := []imaging.Split{imaging.Train, imaging.Test}
	folder := isFolder(base)
	if folder {
		var err error
		if splits, err = imaging.FolderSplits(ctx, name); err != nil {
			return err
		}
		base = name // with the split, which may say how to take the folder
	}
	if named != "" && named != imaging.All {
		splits = []imaging.Split{named}
	}
	for _, split := range splits {
		opts, note := opts, ""
		if folder {
			note = describeFiles(ctx, base, split, &opts)
		}
		data, err := imaging.Load(ctx, base, split, withProgress(opts, std))
		if err != nil {
			return err
		}
		fmt.Fprint(std.Out, note)
		if err := data.WriteSummary(std.Out); err != nil {
			return err
		}
	}
	return nil
}

// describePoints prints the dimension and the times that points are known at.
func describePoints(ctx context.Context, std term.Streams, name string, opts imaging.Options,
	choice science.Columns) error {
	if !science.HasSnapshots(name) && !reflect.DeepEqual(choice, science.Columns{}) {
		return flags.Usagef("--time-column, --time-order, --columns and --drop are for %s, got %s; leave them out",
			science.SnapshotsName("FILE"), name)
	}
	problem, err := run.OpenPoints(ctx, name, science.Options{Grid: 2, PerTime: 1, Columns: choice},
		withProgress(opts, std))
	var wide science.WideError
	if errors.As(err, &wide) {
		describeWide(std, name, wide.Population)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%s: points in %d dimensions\n", term.Shown(name), problem.Dim)
	if problem.Snapshots != nil {
		for _, line := range problem.Snapshots.Population.Describe() {
			fmt.Fprintf(std.Out, "  %s\n", line)
		}
	}
	if last := len(problem.Marginals) - 1; problem.Marginals[last].Count == 0 { // then none has so many
		times := fmt.Sprintf("t = %.4g", problem.Marginals[last].Time)
		if last > 0 {
			times = fmt.Sprintf("%d times from t = %.4g to %.4g", last+1, problem.Marginals[0].Time,
				problem.Marginals[last].Time)
		}
		_, err := fmt.Fprintf(std.Out, "  any number of points at %s\n", times)
		return err
	}
	for _, m := range problem.Marginals {
		fmt.Fprintf(std.Out, "  %s: %s points, t = %.4g\n", term.Shown(m.Name), humanize.Comma(int64(m.Count)), m.Time)
	}
	return nil
}

// describeWide prints what a population has that can only be learned in principal components.
func describeWide(std term.Streams, name string, p *science.Population) {
	fmt.Fprintf(std.Out, "%s: points in %d dimensions\n", term.Shown(name), p.Dim)
	for _, line := range p.Describe() {
		fmt.Fprintf(std.Out, "  %s\n", line)
	}
	for k, time := range p.Times {
		fmt.Fprintf(std.Out, "  %v: %s points\n", time, humanize.Comma(int64(p.Len(k))))
	}
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
