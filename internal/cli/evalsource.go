package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"

	"github.com/amgen/amgen/internal/replace"
)

// side is one of the two things that are compared: images, points, or statistics of features.
type side struct {
	name     string // for the report
	count    int
	images   eval.Images
	size     [3]int // height, width and channels of images
	points   *eval.Cloud
	gaussian *eval.Gaussian
	hash     string // of points, statistics and weighted images
	judged   bool   // the samples, not what they are compared with

	weights    []float64 // of the samples; nil are equal ones
	weightedBy string    // the array of the weights
	fileHash   string    // of the file that statistics and something else are in
	notes      []string  // what the user should know about how they were read
}

// home is the data set of a run, as it was brought to the network's shape.
type home struct {
	Dataset  string `json:"dataset"`
	Size     int    `json:"size"`
	Channels int    `json:"channels,omitempty"`

	run *run.Run // nil where shards are merged, whose reference has a hash
}

// openSide finds what a user's name stands for: train or test of the run's data set, another data set with :train or
// :test, a folder of images, a .npy or .npz of images or points, a .npz of statistics, or a .png with tiles.
func (o *evalOptions) openSide(ctx context.Context, name string, limit int, at *home, std streams) (*side, error) {
	set, named := imaging.CutSplit(name)
	split := cmp.Or(named, imaging.Train)
	if set == "" {
		if at == nil {
			return nil, usagef("%s is a part of a run's data set, and there is no run; name a data set, as in mnist:%s", name, name)
		}
		set = at.Dataset
	}
	if at != nil && name == at.Dataset { // it may say :all
		set, split = name, imaging.Train
	}
	folder := strings.HasPrefix(set, "folder:")
	if folder && at != nil && set == at.Dataset || !folder && imaging.Known(set) == nil {
		opts := imaging.Options{Offline: o.offline}
		if at != nil {
			opts.Size, opts.Channels = at.Size, at.Channels
		}
		if !folder {
			opts.Channels = 0
		}
		images, err := loadDataset(ctx, set, split, opts, std)
		if err != nil {
			return nil, err
		}
		if at != nil && set == at.Dataset && at.run != nil {
			run.WarnImages(images, at.run.DataHash, at.run.Step, loading(std))
		}
		return imagesSide(fmt.Sprintf("%s:%s", set, split), images, limit)
	}
	dir := strings.TrimPrefix(set, "folder:")
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return openFolder(ctx, dir, named, folder, limit, std)
	}
	return o.openPath(ctx, strings.TrimPrefix(name, "folder:"), limit)
}

// openPath opens a file.
func (o *evalOptions) openPath(ctx context.Context, path string, limit int) (*side, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, usagef("%s is no data set, folder or file; give one of %s (with :train or :test), a folder of images, or a .npz, .npy, "+
			".csv or .png file", path, strings.Join(imaging.Names(), ", "))
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npz", ".npy":
		return o.openArrays(path, limit)
	case ".csv":
		return openTable(path, limit)
	case ".png":
		return o.openGrid(path, limit)
	}
	return nil, usagef("%s has an ending that isn't known; give a folder of images, or a .npz, .npy, .csv or .png file", path)
}

// setImages are those of a data set.
type setImages struct{ *imaging.Dataset }

func (s setImages) Identity() string { return s.Hash() }

func (s setImages) Read(_ context.Context, from, to int) (*tensors.Tensor, error) {
	return s.Tensor(from, to)
}

// hashed is the hash of a side.
func (s *side) hashed() string {
	if s.images != nil && s.weights == nil {
		return s.images.Identity()
	}
	return s.hash
}

// imagesSide takes all images, or as many as limit says from all over the set.
func imagesSide(name string, images *imaging.Dataset, limit int) (*side, error) {
	if limit > 0 {
		var err error
		if images, err = images.Spread(limit); err != nil {
			return nil, err
		}
	}
	return &side{name: name, images: setImages{images}, size: [3]int{images.Height, images.Width, images.Channels}, count: images.Len()}, nil
}

// openGrid cuts a picture into its tiles.
func (o *evalOptions) openGrid(path string, limit int) (*side, error) {
	if len(o.tiles) == 0 {
		return nil, usagef("%s is one picture; pass --tiles SIZE, or SIZE,GAP,SCALE, to cut it into images (amgen's own grids have a gap of 2 "+
			"and a scale of 2)", path)
	}
	if len(o.tiles) > 3 || o.tiles[0] < 1 {
		return nil, usagef("--tiles takes SIZE, or SIZE,GAP,SCALE, got %v", o.tiles)
	}
	t := append(slices.Clone(o.tiles), 0, 0)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a FIFO would wait
		return nil, usagef("%s is %s, not a file; write it to one", path, replace.Kind(info.Mode()))
	}
	counted := map[role]int{samplesRole: o.n, referenceRole: o.referenceN}[o.role] // by the user
	images, err := imaging.LoadGrid(path, imaging.Tiles{Height: t[0], Width: t[0], Gap: t[1], Scale: t[2]}, counted)
	if err != nil {
		return nil, err
	}
	s, err := imagesSide(path, images, limit)
	if err == nil && images.EmptyTiles > 0 {
		s.notes = []string{fmt.Sprintf("empty places at the end of the grid are left out: %d", images.EmptyTiles)}
	}
	return s, err
}
