package data

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

func newInfo(std term.Streams, opts *imaging.Options) *cobra.Command {
	d := description{std: std}
	cmd := &cobra.Command{
		Use: "info NAME", Short: "Fetch a data set if it isn't cached, and describe it", Args: cobra.ExactArgs(1),
		Long: "Describe a data set, after fetching it if it isn't cached. For images: number, shape and statistics " +
			"of every split, or of one, as in mnist:test. For snapshots: the column of times, the coordinates, what " +
			"was left out, and each time with its number of cells and its t.\n\n" + folderHelp,
		Example: "  amgen data info mnist:test\n  amgen data info folder:photos\n" +
			"  amgen data info snapshots:cells.csv --drop batch\n" +
			"  amgen data info snapshots:cells.h5ad#obsm/X_pca,day",
		RunE: func(cmd *cobra.Command, args []string) error {
			d.opts, d.Name = withProgress(*opts, std), args[0]
			return d.describe(cmd.Context())
		},
	}
	flags.BindColumns(cmd.Flags(), &d.choice)
	bindFit(cmd.Flags(), opts)
	flags.BindJSON(cmd.Flags(), &d.json)
	return cmd
}

// folderHelp says how folders of pictures are read; docs/reference/files.md has the details.
const folderHelp = "folder:DIR reads the PNG, JPEG, GIF, BMP and WebP files below DIR. Folders named train, val and " +
	"test (training, valid, validation, dev, testing, holdout, in any case) are its splits; folder:DIR:all takes " +
	"all pictures as one set. Hidden files and files of other kinds are passed over and counted, files that " +
	"can't be read as pictures are skipped, counted and named. EXIF orientation is applied. --size and --fit show " +
	"what training does to fit the pictures to a network. Alpha is dropped as by Pillow's convert(\"RGB\"): " +
	"transparent pixels keep the colours that the file has for them, in training and in eval."

// description is of a data set, as --json prints it, with what is needed to find it out.
type description struct {
	std    term.Streams
	opts   imaging.Options
	choice science.Columns
	json   bool

	Name   string  `json:"name"`
	Kind   string  `json:"kind"`
	Splits []split `json:"splits,omitempty"` // of images
	*cloud
}

// split describes the images of a split.
type split struct {
	Split    imaging.Split `json:"split"`
	Images   int           `json:"images"`
	Height   int           `json:"height"`
	Width    int           `json:"width"`
	Channels int           `json:"channels"`
	Mean     []float64     `json:"mean"` // of each channel, in units of the full range
	Std      []float64     `json:"std"`
	Hash     string        `json:"hash"`
	Classes  []string      `json:"classes,omitempty"`
	PerClass []int         `json:"per_class,omitempty"`
	Remarks  []string      `json:"remarks,omitempty"`
}

// cloud describes points. Any is set if any number of them can be drawn; then there are no Points at a time.
type cloud struct {
	Dimensions int         `json:"dimensions"`
	Any        bool        `json:"any_number"`
	Times      []timePoint `json:"times"`
	Remarks    []string    `json:"remarks,omitempty"`
}

type timePoint struct {
	Name    string   `json:"name"`
	T       *float64 `json:"t"` // null where only principal components can be learned
	Points  int      `json:"points,omitempty"`
	LeftOut bool     `json:"left_out,omitempty"`
}

// describe describes the data set.
func (d *description) describe(ctx context.Context) error {
	if err := checkFit(d.Name, d.opts); err != nil {
		return err
	}
	if science.Known(d.Name) {
		return d.points(ctx)
	}
	return d.images(ctx)
}

// images describes a data set of images.
func (d *description) images(ctx context.Context) error {
	if !reflect.DeepEqual(d.choice, science.Columns{}) {
		return flags.Usagef("--time-column, --time-order, --columns and --drop are for %s, got %s; leave them out",
			science.SnapshotsName("FILE"), d.Name)
	}
	base, named := imaging.CutSplit(d.Name)
	if err := run.KnownDataset(base); err != nil {
		return err
	}
	splits := []imaging.Split{imaging.Train, imaging.Test}
	folder := isFolder(base)
	if folder {
		var err error
		if splits, err = imaging.FolderSplits(ctx, d.Name); err != nil {
			return err
		}
		base = d.Name // with the split, which may say how to take the folder
	}
	if named != "" && named != imaging.All {
		splits = []imaging.Split{named}
	}
	d.Kind = imagesKind
	for _, s := range splits {
		opts, note := d.opts, ""
		if folder {
			note = describeFiles(ctx, base, s, &opts)
		}
		data, err := imaging.Load(ctx, base, s, opts)
		if err != nil {
			return err
		}
		if d.json {
			d.Splits = append(d.Splits, splitOf(data, note))
			continue
		}
		fmt.Fprint(d.std.Out, note)
		if err := data.WriteSummary(d.std.Out); err != nil {
			return err
		}
	}
	if !d.json {
		return nil
	}
	return term.PrintObject(d.std.Out, "data info", d)
}

// splitOf describes images; note is what else is known of their files, a line or "".
func splitOf(data *imaging.Dataset, note string) split {
	s := split{Split: data.Split, Images: data.Len(), Height: data.Height, Width: data.Width, Channels: data.Channels,
		Hash: data.Hash(), Classes: data.Classes, PerClass: data.ClassCounts(), Remarks: data.Found.Remarks()}
	s.Mean, s.Std = data.ChannelStats()
	if note != "" {
		s.Remarks = append([]string{strings.TrimSuffix(note, "\n")}, s.Remarks...)
	}
	return s
}

// points describes points: their dimension and the times that they are known at. Columns that can only be learned in
// principal components are described before the error that says so.
func (d *description) points(ctx context.Context) error {
	if !science.HasSnapshots(d.Name) && !reflect.DeepEqual(d.choice, science.Columns{}) {
		return flags.Usagef("--time-column, --time-order, --columns and --drop are for %s, got %s; leave them out",
			science.SnapshotsName("FILE"), d.Name)
	}
	d.Kind = pointsKind
	problem, err := run.OpenPoints(ctx, d.Name, science.Options{Grid: 2, PerTime: 1, Columns: d.choice}, d.opts)
	var wide science.WideError
	switch {
	case errors.As(err, &wide):
		d.cloud = ofWide(wide.Population)
	case err == nil:
		d.cloud = ofProblem(problem)
	default:
		return err
	}
	if failed := d.print(); failed != nil {
		return failed
	}
	return err
}

func ofProblem(p *science.Problem) *cloud {
	out := &cloud{Dimensions: p.Dim, Any: p.Marginals[len(p.Marginals)-1].Count == 0} // then none has a number
	if p.Snapshots != nil {
		out.Remarks = p.Snapshots.Population.Describe()
	}
	for _, m := range p.Marginals {
		out.Times = append(out.Times, timePoint{Name: m.Name, T: &m.Time, Points: m.Count, LeftOut: m.LeftOut})
	}
	return out
}

// ofWide describes a population that can only be learned in principal components.
func ofWide(p *science.Population) *cloud {
	out := &cloud{Dimensions: p.Dim, Remarks: p.Describe()}
	for k, time := range p.Times {
		out.Times = append(out.Times, timePoint{Name: fmt.Sprint(time), Points: p.Len(k)})
	}
	return out
}

// print prints a description of points.
func (d *description) print() error {
	if d.json {
		return term.PrintObject(d.std.Out, "data info", d)
	}
	out, p := d.std.Out, d.cloud
	fmt.Fprintf(out, "%s: points in %d dimensions\n", term.Shown(d.Name), p.Dimensions)
	for _, line := range p.Remarks {
		fmt.Fprintf(out, "  %s\n", line)
	}
	if first, last := p.Times[0], p.Times[len(p.Times)-1]; p.Any {
		times := fmt.Sprintf("t = %.4g", *last.T)
		if len(p.Times) > 1 {
			times = fmt.Sprintf("%d times from t = %.4g to %.4g", len(p.Times), *first.T, *last.T)
		}
		_, err := fmt.Fprintf(out, "  any number of points at %s\n", times)
		return err
	}
	for _, m := range p.Times {
		fmt.Fprintf(out, "  %s: %s points", term.Shown(m.Name), humanize.Comma(int64(m.Points)))
		if m.T != nil {
			fmt.Fprintf(out, ", t = %.4g", *m.T)
		}
		fmt.Fprintln(out)
	}
	return nil
}
