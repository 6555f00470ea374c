package sample

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/plane"
)

// output says where samples are written, and how.
type output struct {
	path        string // "" and "-" for stdout
	cols, scale int    // of a grid; 0 for the default
	axes        []string
	uint8       bool // images in 8 bits, for the evaluators of others
	json        bool // say on stdout what was written
}

// bind registers the flags.
func (o *output) bind(f *pflag.FlagSet) {
	f.StringVarP(&o.path, "output", "o", "", "`FILE` output: .png (a grid of images, or points beside the data, of "+
		"snapshots in the file's units), .gif (the same from source to data), .npz, .npy or, for points, .csv "+
		"(arrays) or .h5ad (AnnData), or a directory with a slash at its end (one PNG per image) "+
		"(default, and for -: a PNG on stdout)")
	flags.BindNames(f, &o.axes, "axes", flags.AxesHelp)
	f.BoolVar(&o.uint8, "uint8", false, "with -o FILE.npz, write images as the array arr_0 of 8-bit RGB, as the "+
		"evaluator of guided-diffusion reads it")
	f.BoolVar(&o.json, "json", false, "print one JSON object: what was drawn, and where it is; needs -o")
	f.IntVar(&o.cols, "cols", 0, "samples per row of the grid (default: nearly square)")
	f.IntVar(&o.scale, "scale", 0, fmt.Sprintf("zoom factor of images in the grid (default %d)",
		draw.DefaultScale))
}

// stdout tells whether a picture goes to stdout.
func (o output) stdout() bool { return o.path == "" || o.path == files.Stdout }

// fileKinds are the endings of output files.
var fileKinds = append([]string{".png", ".gif"}, numberKinds...)

// numberKinds are those of files with numbers, and pointKinds those of them that images have no place in.
var (
	numberKinds = []string{".npz", ".npy", ".csv", ".h5ad"}
	pointKinds  = []string{".csv", ".h5ad"}
)

// kind is the ending of the output's name, "" for stdout.
func (o output) kind() string { return strings.ToLower(filepath.Ext(o.path)) }

// pictures tells whether samples are written as pixels, else as numbers.
func (o output) pictures() bool {
	return !slices.Contains(numberKinds, o.kind()) || o.manyFiles()
}

// manyFiles tells whether each image is written to a file of its own.
func (o output) manyFiles() bool {
	info, err := os.Stat(o.path)
	return strings.HasSuffix(o.path, "/") || err == nil && info.IsDir()
}

// statesAlone tells whether states at times, of samples that have some, are all that is written; a .npz has those at
// t = 1 too.
func (o output) statesAlone() bool { return o.kind() != ".npz" }

// layout is the layout of a picture of samples of a seed.
func (o output) layout(seed int64) draw.Layout {
	return draw.Layout{Columns: o.cols, Scale: o.scale, Seed: seed, Axes: o.axes}
}

// trajectories tells whether trajectories of points through some times are shown, rather than one state.
func (o output) trajectories(times []float64) bool { return o.kind() == ".png" && times != nil }

// checkLayout checks the layout of a picture, and that stdout can take it.
func (o output) checkLayout(out io.Writer) error {
	switch {
	case o.cols < 0:
		return flags.Usagef("--cols must be at least 1, got %d", o.cols)
	case o.uint8 && (o.kind() != ".npz" || o.manyFiles()):
		return flags.Usagef("--uint8 is for -o FILE.npz, got -o %q", o.path)
	case o.axes != nil && !o.pictures():
		return flags.Usagef("--axes are those of a picture, and -o %s has all coordinates; leave it out", o.path)
	case o.scale < 0 || o.scale > 64:
		return flags.Usagef("--scale must be in [1, 64], got %d", o.scale)
	case o.json && (o.stdout() || o.path == "/dev/stdout"):
		return flags.Usagef("--json prints to stdout, where the picture goes; pass -o FILE.png")
	case o.stdout() && term.IsTerminal(out):
		return flags.Usagef("stdout is a terminal, which shows no PNG; redirect it (> grid.png) or pass -o FILE.png")
	}
	return nil
}

// times returns the times whose states the output shows. It checks the kind of output, and the times that were asked
// for.
func (o output) times(asked []float64) ([]float64, error) {
	kind := o.kind()
	switch {
	case kind == "" && !o.stdout() && !o.manyFiles() && !files.IsSpecial(o.path):
		return nil, flags.Usagef("-o %s has no ending that says what to write; pass -o %s for a picture, or %s for a "+
			"directory of them", o.path, terminal.Word(o.path+".png"), terminal.Word(o.path+"/"))
	case o.manyFiles() || kind == "" || kind == ".npy":
		if asked != nil {
			return nil, flags.Usagef("--times are for -o FILE.gif and FILE.npz, of points also .csv, .h5ad and .png, "+
				"got -o %q",
				o.path)
		}
	case kind == ".gif":
		if asked == nil {
			return evenTimes(gifFrames), nil
		}
	case kind != ".npz" && kind != ".png" && !slices.Contains(pointKinds, kind):
		return nil, flags.Usagef("-o takes FILE.png, .gif, .npz, .npy, .csv, .h5ad, or a DIR/ (with the slash, if it "+
			"is new), got %q", o.path)
	}
	return asked, checkTimes(asked)
}

func checkTimes(times []float64) error {
	for i, t := range times {
		if !(t >= 0 && t <= 1) || i > 0 && t <= times[i-1] {
			return flags.Usagef("--times must rise within [0, 1], got %v; t = 0 is the first time and 1 the last",
				times)
		}
	}
	return nil
}

// gifFrames is how many states an animation shows.
const gifFrames = 41

func evenTimes(n int) []float64 {
	times := make([]float64, n)
	for i := range times {
		times[i] = float64(i) / float64(n-1)
	}
	return times
}

// checkPlan refuses an output that n samples of a plan, of the run in dir, can't be written as.
func (o output) checkPlan(plan *run.Plan, dir string, n int, times []float64) error {
	if plan.Problem != nil {
		switch {
		case o.uint8:
			return flags.Usagef("--uint8 is for images, and %s was trained on points; leave it out", dir)
		case o.manyFiles():
			return flags.Usagef("-o %s: one picture per sample is for images; use FILE.png, .gif, .npz, .npy, "+
				".csv or .h5ad",
				o.path)
		case o.trajectories(times) && len(times) < 2:
			return flags.Usagef("--times %v is one time, and a trajectory needs two or more; add another", times)
		case o.cols != 0 || o.scale != 0:
			return flags.Usagef("--cols and --scale are for grids of images, and %s was trained on points; "+
				"leave them out",
				dir)
		}
		_, err := plane.Of(plan.Problem, o.axes)
		return err
	}
	switch {
	case o.axes != nil:
		return flags.Usagef("--axes are those of pictures of points, and %s was trained on images; leave it out", dir)
	case o.uint8 && times != nil:
		return flags.Usagef("--uint8 is for the samples alone, got --times %v; leave one of them out", times)
	case slices.Contains(pointKinds, o.kind()) && !o.manyFiles():
		return flags.Usagef("-o %s: %s is for points, and %s was trained on images; use .png, .gif, .npz or .npy",
			o.path, o.kind(), dir)
	case o.trajectories(times):
		return flags.Usagef("-o %s: a .png with --times shows trajectories of points, and %s was trained on images; "+
			"use .gif or .npz", o.path, dir)
	case o.manyFiles() || !o.pictures():
		return nil
	}
	if err := o.layout(0).CheckGrid(plan, n); err != nil {
		return flags.Usage(err)
	}
	return nil
}

// checkPlace checks that n samples can be written, and that this replaces nothing but what the user named.
func (o output) checkPlace(n int, cfg run.Config) error {
	if o.manyFiles() {
		return imaging.PictureFolder{Dir: o.path, N: n}.Check()
	}
	if o.stdout() {
		return nil
	}
	return files.CheckPlace(o.path, cfg)
}

// checkMemory is a usage error if n samples, with their states and pictures, don't fit into memory. It ends with
// advice.
func (o output) checkMemory(s *draw.Samples, n int, advice string) error {
	states := float64(1 + len(s.Times))
	bytes := 4 * states * float64(s.Size())
	if o.kind() == ".h5ad" {
		bytes += 200 * states // names and columns of obs
	}
	if o.kind() == ".npz" && !o.manyFiles() {
		bytes += 4 * (states - 1) * float64(s.Size()) // one array of them all is made
	}
	if o.pictures() && !o.manyFiles() {
		if scale := float64(cmp.Or(o.scale, draw.DefaultScale)); s.Source.Problem == nil {
			bytes += states * scale * scale * float64(s.Size())
		} else {
			bytes += 64 // a plane, and what is plotted of it, which grew
		}
	}
	return memory.Check(fmt.Sprintf("%d samples", n), n, bytes, advice)
}
