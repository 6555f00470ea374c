package cli

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/npy"
)

// side is one of the two things that are compared: images, points, or statistics of features.
type side struct {
	name     string // for the report
	count    int
	images   eval.Images
	size     [3]int // height, width and channels of images
	points   *eval.Cloud
	gaussian *eval.Gaussian
	hash     string // of points and statistics
	judged   bool   // the samples, not what they are compared with
}

// home is the data set of a run, as it was brought to the network's shape.
type home struct {
	Dataset  string `json:"dataset"`
	Size     int    `json:"size"`
	Channels int    `json:"channels,omitempty"`
}

// arrayNames are the arrays of a .npz that may hold images or points, in the order that they are looked for.
var arrayNames = []string{"samples", "images", "arr_0", "x", "points", "features", "pool_3", "pcs"}

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
		return nil, usagef("%s is no data set, folder or file; give one of %s (with :train or :test), a folder of images, or a .npz, .npy or "+
			".png file", path, strings.Join(datasetNames(), ", "))
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npz", ".npy":
		return o.openArrays(path, limit)
	case ".png":
		return o.openGrid(path, limit)
	}
	return nil, usagef("%s has an ending that isn't known; give a folder of images, or a .npz, .npy or .png file", path)
}

// setImages are those of a data set.
type setImages struct{ *imaging.Dataset }

func (s setImages) Identity() string { return s.Hash() }

func (s setImages) Read(_ context.Context, from, to int) (*tensors.Tensor, error) {
	return s.Tensor(from, to)
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
	images, err := imaging.LoadGrid(path, imaging.Tiles{Height: t[0], Width: t[0], Gap: t[1], Scale: t[2]}, limit)
	if err != nil {
		return nil, err
	}
	return imagesSide(path, images, limit)
}

// openArrays reads images, [n, height, width] or [n, height, width, channels], points, [n, dim], or statistics.
func (o *evalOptions) openArrays(path string, limit int) (*side, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		return openArray(path, sum, limit, func() (*npy.Reader, io.Closer, error) {
			r, err := npy.NewReader(bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 1<<20))
			return r, io.NopCloser(nil), err
		})
	}
	archive, err := npy.OpenArchive(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s has %w", path, err)
	}
	if archive.Has("mu") && archive.Has("sigma") {
		g, err := eval.ReadGaussian(path)
		if err != nil {
			return nil, err
		}
		return &side{name: path, gaussian: &g, hash: sum, count: g.Count}, nil
	}
	i := slices.IndexFunc(arrayNames, archive.Has)
	if i < 0 {
		return nil, fmt.Errorf("%s has the arrays %s; call one of them %s, or give statistics as mu and sigma", path, archive,
			strings.Join(arrayNames, " or "))
	}
	return openArray(path, sum, limit, func() (*npy.Reader, io.Closer, error) { return archive.Open(arrayNames[i]) })
}

// openArray makes images of an array with three or four axes, points of one with two.
func openArray(path, hash string, limit int, open func() (*npy.Reader, io.Closer, error)) (*side, error) {
	r, closer, err := open()
	if err != nil {
		return nil, fmt.Errorf("%s has %w", path, err)
	}
	defer closer.Close()
	shape := slices.Clone(r.Shape)
	if len(shape) < 2 || len(shape) > 4 || slices.Contains(shape, 0) {
		return nil, fmt.Errorf("%s has an array of shape %v; give images, [n, height, width(, channels)], or points, [n, dim]", path, shape)
	}
	n := shape[0]
	if len(shape) == 2 {
		values, err := r.All()
		if err != nil {
			return nil, fmt.Errorf("%s has %w", path, err)
		}
		points := eval.Cloud{Dim: shape[1], X: values}
		if limit > 0 {
			points = points.Spread(limit)
		}
		return &side{name: path, points: &points, hash: hash, count: points.Len()}, nil
	}
	shape = append(shape, 1)[:4]
	pixels, err := readPixels(open, n*shape[1]*shape[2]*shape[3])
	if err != nil {
		return nil, fmt.Errorf("%s has %w", path, err)
	}
	images, err := imaging.New(path, imaging.Train, pixels, nil, shape[1], shape[2], shape[3])
	if err != nil {
		return nil, err
	}
	return imagesSide(path, images, limit)
}

// readPixels are the first n 8-bit values of images that are given as such, 0 to 255, or as numbers in [-1, 1], where
// samples may overshoot. It reads the array twice, so as not to hold it as numbers.
func readPixels(open func() (*npy.Reader, io.Closer, error), n int) ([]uint8, error) {
	whole, low, high := true, math.Inf(1), math.Inf(-1)
	err := eachBlock(open, n, func(values []float64) {
		for _, v := range values {
			whole = whole && v == math.Trunc(v)
			low, high = min(low, v), max(high, v)
		}
	})
	if err != nil {
		return nil, err
	}
	bytes := whole && low >= 0 && high <= 255
	const overshoot = 8                                                 // of samples of a poor model
	if !bytes && !(low < 0 && low >= -overshoot && high <= overshoot) { // nor NaN
		return nil, fmt.Errorf("pixels from %g to %g; give integers from 0 to 255, or numbers from -1 to 1", low, high)
	}
	pixels := make([]uint8, 0, n)
	err = eachBlock(open, n, func(values []float64) {
		if bytes {
			for _, v := range values {
				pixels = append(pixels, uint8(v))
			}
			return
		}
		narrow := make([]float32, len(values))
		for i, v := range values {
			narrow[i] = float32(v)
		}
		pixels = pixels[:len(pixels)+len(values)]
		imaging.Quantize(pixels[len(pixels)-len(values):], narrow)
	})
	return pixels, err
}

// eachBlock calls f with the first n numbers of an array, some at a time.
func eachBlock(open func() (*npy.Reader, io.Closer, error), n int, f func([]float64)) error {
	r, closer, err := open()
	if err != nil {
		return err
	}
	defer closer.Close()
	block := make([]float64, 1<<16)
	for n > 0 {
		block = block[:min(n, len(block))]
		if err := r.Read(block); err != nil {
			return err
		}
		f(block)
		n -= len(block)
	}
	return nil
}
