package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// runData is the data set of a run, in the shape of its network.
type runData struct {
	Dataset  string `json:"dataset"`
	Size     int    `json:"size"`
	Channels int    `json:"channels,omitempty"`
	Fit      string `json:"fit,omitempty"`
	Strict   bool   `json:"strict,omitempty"`

	run *run.Run // nil where shards are merged, whose reference has a hash
}

// runDataOf is the data set of a run, loaded by its options.
func runDataOf(g *run.Run, opts imaging.Options) *runData {
	return &runData{g.Plan.Config.Dataset, opts.Size, opts.Channels, string(opts.Fit), opts.Strict, g}
}

// location is a set that was found but isn't opened yet.
type location struct {
	name string
	open func(ctx context.Context, std term.Streams) (*eval.Set, error)
}

// findSet finds the set that a name stands for: train or test of the run's data set, another data set with :train or
// :test, a folder of images, a .npy or .npz of images or points, a .npz of statistics, or a .png with tiles. It opens
// nothing yet.
func (e evaluation) findSet(r role, name string, limit int, at *runData) (location, error) {
	set, named := imaging.CutSplit(name)
	split := cmp.Or(named, imaging.Train)
	if set == "" {
		if at == nil {
			return location{}, flags.Usagef("%s is a split of a run's data set, and there is no run; name a data set, "+
				"as in mnist:%s", name, name)
		}
		set = at.Dataset
	}
	if at != nil && name == at.Dataset { // it may say :all
		set, split = name, imaging.Train
	}
	dir, folder := imaging.CutFolder(set)
	if folder && at != nil && set == at.Dataset || !folder && imaging.Known(set) == nil {
		opts := imaging.Options{}
		if at != nil {
			opts.Size, opts.Channels, opts.Fit, opts.Strict = at.Size, at.Channels, fit.Fit(at.Fit), at.Strict
		}
		if !folder {
			opts.Channels, opts.Fit = 0, ""
		}
		full := fmt.Sprintf("%s:%s", set, split)
		return location{full, func(ctx context.Context, std term.Streams) (*eval.Set, error) {
			images, err := run.LoadImages(ctx, set, split, opts, std.Loading())
			if err != nil {
				return nil, err
			}
			if at != nil && set == at.Dataset && at.run != nil {
				at.run.Plan.WarnImages(images, at.run.DataHash, at.run.Step, std.Loading())
			}
			return datasetSet(full, images, limit)
		}}, nil
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return location{name, func(ctx context.Context, std term.Streams) (*eval.Set, error) {
			return openFolder(ctx, dir, named, folder, limit, std)
		}}, nil
	}
	path, _ := imaging.CutFolder(name)
	return e.findFile(r, path, limit)
}

// findFile finds a file of a set.
func (e evaluation) findFile(r role, path string, limit int) (location, error) {
	if _, err := os.Stat(path); err != nil {
		return location{}, flags.Usagef("%s is no data set, folder or file; give one of %s (with :train or :test), a "+
			"folder of images, or a .npz, .npy, .csv or .png file", path, strings.Join(imaging.Names(), ", "))
	}
	open := e.openArrays
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npz", ".npy":
	case ".csv":
		open = openTable
	case ".png":
		open = e.openGrid
	default:
		return location{}, flags.Usagef("%s has an unknown ending; give a folder of images, or a .npz, .npy, .csv or "+
			".png file", path)
	}
	return location{path, func(context.Context, term.Streams) (*eval.Set, error) { return open(r, path, limit) }}, nil
}

// openGrid cuts a picture into its tiles.
func (e evaluation) openGrid(r role, path string, limit int) (*eval.Set, error) {
	if len(e.tiles) == 0 {
		return nil, flags.Usagef("%s is one picture; pass --tiles SIZE, or SIZE,GAP,SCALE, to cut it into images "+
			"(amgen's own grids have a gap of 2 and a scale of 2)", path)
	}
	if len(e.tiles) > 3 || e.tiles[0] < 1 {
		return nil, flags.Usagef("--tiles takes SIZE, or SIZE,GAP,SCALE, got %v", e.tiles)
	}
	t := append(slices.Clone(e.tiles), 0, 0)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a FIFO would wait
		return nil, flags.Usagef("%s is %s, not a file; write it to one", path, replace.Kind(info.Mode()))
	}
	images, err := imaging.LoadGrid(path, imaging.Tiles{Height: t[0], Width: t[0], Gap: t[1], Scale: t[2]},
		e.counted(r))
	if err != nil {
		return nil, err
	}
	set, err := datasetSet(path, images, limit)
	if err == nil && images.EmptyTiles > 0 {
		set.Notes = []string{fmt.Sprintf("empty places at the end of the grid are left out: %d", images.EmptyTiles)}
	}
	return set, err
}
