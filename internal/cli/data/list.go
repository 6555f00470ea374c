package data

import (
	"fmt"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/embryo"
	"github.com/amgen/amgen/internal/fetch"
)

func newList(std term.Streams, opts *imaging.Options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the data sets and whether they are in the cache", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			list, err := listData(*opts)
			if err != nil {
				return err
			}
			if asJSON {
				return term.PrintObject(std.Out, "data list", struct {
					DataSets []dataSet `json:"data_sets"`
				}{list})
			}
			return printData(list, std)
		},
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

// dataSet is a data set that amgen knows by its name.
type dataSet struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // images or points
	// Of images of a known shape.
	Height   int      `json:"height,omitempty"`
	Width    int      `json:"width,omitempty"`
	Channels int      `json:"channels,omitempty"`
	Train    int      `json:"train,omitempty"`
	Test     int      `json:"test,omitempty"`
	Classes  []string `json:"classes,omitempty"`
	// Of what is fetched.
	Bytes  int64  `json:"bytes,omitempty"`
	Cached bool   `json:"cached"`
	Dir    string `json:"dir,omitempty"`
	About  string `json:"about"`
}

// The kinds of data sets.
const (
	imagesKind = "images"
	pointsKind = "points"
)

func listData(opts imaging.Options) (list []dataSet, err error) {
	for _, name := range imaging.Names() {
		d := dataSet{Name: name, Kind: imagesKind, About: "PNG, JPEG, GIF, BMP or WebP files of your own"}
		if !isFolder(name) {
			info, err := imaging.Describe(name, opts)
			if err != nil {
				return nil, err
			}
			d.Height, d.Width, d.Channels = info.Height, info.Width, info.Channels
			d.Train, d.Test = info.Train, info.Test
			d.Classes, d.Bytes, d.Cached, d.Dir = info.Classes, int64(info.Bytes), info.Cached, info.Dir
			d.About = fmt.Sprintf("images of %d classes", len(info.Classes))
		}
		list = append(list, d)
	}
	for _, name := range science.Names() {
		d := dataSet{Name: name, Kind: pointsKind, About: "points, drawn afresh"}
		switch {
		case name == science.EmbryoName:
			fetched := fetch.Options{Cache: opts.Cache}
			d.Bytes, d.Cached, d.Dir = int64(embryo.Set.Bytes()), embryo.Set.Cached(fetched), embryo.Set.Dir(fetched)
			d.About = "points: 48 genes of 428 cells of mouse embryos at six stages (GPL)"
		case isSnapshotsFile(name):
			d.About = "points of your own at two times or more: .csv, .tsv, .h5ad, .npz, or CELLS.npy,TIMES.npy"
		}
		list = append(list, d)
	}
	return list, nil
}

func printData(list []dataSet, std term.Streams) error {
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tIMAGES\tTRAIN\tTEST\tSIZE\tCACHE\tABOUT")
	for _, d := range list {
		shape, train, test, size, state := "-", "-", "-", "-", "-"
		switch {
		case d.Height > 0:
			shape = fmt.Sprintf("%d×%d×%d", d.Height, d.Width, d.Channels)
			train, test = humanize.Comma(int64(d.Train)), humanize.Comma(int64(d.Test))
		case d.Kind == imagesKind:
			shape = "any"
		}
		if d.Bytes > 0 {
			size, state = humanize.Bytes(uint64(d.Bytes)), cacheState(d.Cached, d.Dir)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Name, shape, train, test, size, state, d.About)
	}
	return w.Flush()
}
