package imaging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/evenly"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/pixels"
)

// ErrUnknownDataset is wrapped by the error for a name that no data set has.
var ErrUnknownDataset = errors.New("unknown data set")

// Options say how a data set is found and brought to shape. The zero value is ready to use.
type Options struct {
	// Size is the wanted height and width. Data sets of the registry are padded symmetrically with
	// black (0) up to it, so that MNIST's 28×28 fills a 32×32 network; folder images are resized and
	// cropped, padded or stretched to it. 0 means the native size, and 32 for folders.
	Size int
	// Fit says how pictures of a folder become squares; "" means [fit.Crop]. It must be "" for other data sets.
	Fit fit.Fit
	// Strict refuses a folder with a file that can't be read as a picture; otherwise such files are skipped, see
	// [Found.Skipped].
	Strict bool
	// Channels is 1 (grey) or 3 (RGB) for image folders; 0 means 3. For other data sets it must be
	// 0 or what the set has.
	Channels int
	// Limit keeps only the first Limit images, or files of a folder; 0 keeps all.
	Limit int

	// Memory bounds the bytes that the images of a split take; 0 is no bound.
	Memory int64

	// Cache is amgen's cache folder. Empty means $AMGEN_CACHE, else amgen inside the
	// user's cache folder ($XDG_CACHE_HOME or its platform's equivalent).
	Cache string
	// Offline refuses every use of the network, as does the environment variable AMGEN_OFFLINE=1.
	Offline bool
	// Progress, if set, is called from time to time while files are fetched, from one goroutine.
	Progress func(Progress)
}

// Progress tells how far a fetch has come.
type Progress = fetch.Progress

// ErrOffline is wrapped when a data set is not in the cache and the network may not be used.
var ErrOffline = fetch.ErrOffline

// fetch are the options that concern the cache.
func (o Options) fetch() fetch.Options {
	return fetch.Options{Cache: o.Cache, Offline: o.Offline, Progress: o.Progress}
}

// Dataset is one split of an image data set, wholly in memory. It must not be changed once built.
type Dataset struct {
	Name  string
	Split Split
	// Images holds Len()·Height·Width·Channels values in NHWC order, 0 black and 255 white.
	Images []uint8
	// Labels holds one class index for each image, or is nil where the data have no classes.
	Labels []int32
	// Classes names the classes, in the order of their indices; nil where there are none.
	Classes []string
	// Found tells of the files of an image folder.
	Found Found

	Height, Width, Channels int
	// EmptyTiles is how many places at the end of a grid held no image and were left out.
	EmptyTiles int

	hash func() string
}

// New wraps images that are already in memory, NHWC, as a data set.
func New(name string, split Split, images []uint8, labels []int32, height, width, channels int) (*Dataset, error) {
	if height <= 0 || width <= 0 || channels <= 0 || height > maxSide || width > maxSide || channels > 4 {
		return nil, fmt.Errorf("imaging: images of %s, got %d×%d×%d; give positive sides up to %d and 1 to 4 channels",
			name, height, width, channels, maxSide)
	}
	size := height * width * channels
	if len(images) == 0 || len(images)%size != 0 {
		return nil, fmt.Errorf("imaging: images of %s, got %d bytes; give a positive multiple of %d×%d×%d",
			name, len(images), height, width, channels)
	}
	if labels != nil && len(labels) != len(images)/size {
		return nil, fmt.Errorf("imaging: labels of %s, got %d for %d images; give one for each",
			name, len(labels), len(images)/size)
	}
	d := &Dataset{
		Name: name, Split: split, Images: images, Labels: labels,
		Height: height, Width: width, Channels: channels,
	}
	d.hash = sync.OnceValue(d.computeHash)
	return d, nil
}

// Load returns one split of the data set called name, fetching it into the cache if it is not there
// yet. It is safe to call from several processes at once: one fetches, the others wait for it.
//
// The names are those of [Names]; "folder:DIR" reads a folder of images. If DIR holds folders that are named like
// splits, in any case (train, training; test, testing, holdout; val, valid, validation, dev), these are its splits, and
// otherwise all is training data. What of its names isn't clear is an error that says what to do; "folder:DIR:all"
// takes all pictures as one set. An unknown name is an error
// that wraps [ErrUnknownDataset]; an absent set that may not be fetched wraps [ErrOffline].
func Load(ctx context.Context, name string, split Split, opts Options) (*Dataset, error) {
	dir := strings.HasPrefix(name, folderPrefix)
	if split != Train && split != Test && !(dir && split == Val) {
		return nil, fmt.Errorf("imaging: split of %s, got %q; use %q or %q", name, split, Train, Test)
	}
	if opts.Size < 0 || opts.Size > maxSide || opts.Limit < 0 {
		return nil, fmt.Errorf("imaging: options of %s, got size %d, limit %d; use a size of 0 to %d and a limit of "+
			"0 or more",
			name, opts.Size, opts.Limit, maxSide)
	}
	if err := opts.Fit.Check(name); err != nil {
		return nil, err
	}
	if dir {
		return loadFolder(ctx, name, split, opts)
	}
	if opts.Fit != "" {
		return nil, fmt.Errorf("imaging: fit of %s, got %q; leave it out, its images are padded with black", name,
			opts.Fit)
	}
	s, err := lookup(name)
	if err != nil {
		return nil, err
	}
	return s.load(ctx, split, opts)
}

// maxSide bounds the height and width of an image, so that sizes cannot overflow.
const maxSide = 1 << 14

// Len is the number of images.
func (d *Dataset) Len() int { return len(d.Images) / d.imageSize() }

// imageSize is the number of values in one image.
func (d *Dataset) imageSize() int { return d.Height * d.Width * d.Channels }

// Image is the i-th image, Height·Width·Channels values; it aliases the data set.
func (d *Dataset) Image(i int) []uint8 {
	size := d.imageSize()
	return d.Images[i*size : (i+1)*size : (i+1)*size]
}

// Hash identifies the content: SHA-256, in hex, of the shape, the pixels and the labels. Name and
// split don't enter, so the same images give the same hash wherever they came from.
func (d *Dataset) Hash() string {
	if d.hash == nil { // a Dataset literal, as tests write them
		return d.computeHash()
	}
	return d.hash()
}

func (d *Dataset) computeHash() string {
	return pixels.Hash(d.Images, d.Labels, d.Height, d.Width, d.Channels)
}

// Tensor is a copy of images from … to−1 as a uint8 tensor [to−from, Height, Width, Channels]. An empty range, and
// one outside the set, are errors.
func (d *Dataset) Tensor(from, to int) (*tensors.Tensor, error) {
	if from < 0 || to > d.Len() || from >= to {
		return nil, fmt.Errorf("imaging: images %d to %d of %s, got a set of %d; ask for a non-empty range inside it",
			from, to, d.Name, d.Len())
	}
	size := d.imageSize()
	return tensors.FromFlatDataAndDimensions(d.Images[from*size:to*size], to-from, d.Height, d.Width, d.Channels), nil
}

// gather copies the images at the given indices into a new uint8 tensor.
func (d *Dataset) gather(indices []int32) *tensors.Tensor {
	t := tensors.FromShape(shapes.Make(dtypes.Uint8, len(indices), d.Height, d.Width, d.Channels))
	size := d.imageSize()
	tensors.MustMutableFlatData(t, func(flat []uint8) {
		for j, i := range indices {
			copy(flat[j*size:(j+1)*size], d.Image(int(i)))
		}
	})
	return t
}

// limit keeps the first n images; 0 keeps all.
func (d *Dataset) limit(n int) (*Dataset, error) {
	if n == 0 || n >= d.Len() {
		return d, nil
	}
	labels := d.Labels
	if labels != nil {
		labels = slices.Clone(labels[:n])
	}
	out, err := New(d.Name, d.Split, slices.Clone(d.Images[:n*d.imageSize()]), labels, d.Height, d.Width, d.Channels)
	if err == nil {
		out.Classes = d.Classes
	}
	return out, err
}

// Spread keeps n images from all over the set, at equal distances: sets may be in an order, such as that of classes.
// It is the set itself where that has no more. An n below 1 is an error.
func (d *Dataset) Spread(n int) (*Dataset, error) {
	if n < 1 {
		return nil, fmt.Errorf("imaging: %d images of %s; ask for at least one", n, d.Name)
	}
	if n >= d.Len() {
		return d, nil
	}
	var pixels []uint8
	var labels []int32
	for i := range n {
		at := evenly.Index(i, n, d.Len())
		pixels = append(pixels, d.Image(at)...)
		if d.Labels != nil {
			labels = append(labels, d.Labels[at])
		}
	}
	out, err := New(d.Name, d.Split, pixels, labels, d.Height, d.Width, d.Channels)
	if err == nil {
		out.Classes = d.Classes
	}
	return out, err
}

// pad surrounds every image by black up to size×size; the odd pixel goes to the right and below.
func (d *Dataset) pad(size int, most int64) (*Dataset, error) {
	if size == 0 || (size == d.Height && size == d.Width) {
		return d, nil
	}
	if size < d.Height || size < d.Width {
		return nil, fmt.Errorf("imaging: size of %s, got %d; use %d or more, its images are %d×%d",
			d.Name, size, max(d.Height, d.Width), d.Height, d.Width)
	}
	n, row := d.Len(), d.Width*d.Channels
	if err := checkMemory(d.Name, n, size, d.Channels, most); err != nil {
		return nil, err
	}
	top, left := (size-d.Height)/2, (size-d.Width)/2
	out := make([]uint8, n*size*size*d.Channels)
	for i := range n {
		img := d.Image(i)
		for y := range d.Height {
			at := ((i*size+top+y)*size + left) * d.Channels
			copy(out[at:at+row], img[y*row:(y+1)*row])
		}
	}
	padded, err := New(d.Name, d.Split, out, d.Labels, size, size, d.Channels)
	if err == nil {
		padded.Classes = d.Classes
	}
	return padded, err
}

// WriteSummary prints counts, shape, pixel statistics and hash, one "key: value" a line, and what was done to the
// files of a folder. Its errors are w's.
func (d *Dataset) WriteSummary(w io.Writer) error {
	mean, std := d.ChannelStats()
	_, err := fmt.Fprintf(w, "name: %s\nsplit: %s\nimages: %d\nshape: %d×%d×%d\nmean: %.4f\nstd: %.4f\nhash: %s\n",
		d.Name, d.Split, d.Len(), d.Height, d.Width, d.Channels, mean, std, d.Hash())
	if err == nil && d.Labels != nil {
		_, err = fmt.Fprintf(w, "per class: %d\n", d.ClassCounts())
	}
	for _, line := range d.Found.Remarks() {
		if err == nil {
			_, err = fmt.Fprintln(w, line)
		}
	}
	return err
}

// ChannelStats are the mean and standard deviation of each channel, in units of the full range
// (pixel/255), as they are usually quoted.
func (d *Dataset) ChannelStats() (mean, std []float64) {
	hist := make([][256]int, d.Channels)
	for i, v := range d.Images {
		hist[i%d.Channels][v]++
	}
	n := float64(len(d.Images) / d.Channels)
	mean, std = make([]float64, d.Channels), make([]float64, d.Channels)
	for c := range hist {
		mean[c], std[c] = histogramStats(&hist[c], n)
	}
	return mean, std
}

// ClassCounts is the number of images of each class; nil where there are no labels.
func (d *Dataset) ClassCounts() []int {
	if d.Labels == nil {
		return nil
	}
	counts := make([]int, max(len(d.Classes), int(slices.Max(d.Labels))+1))
	for _, l := range d.Labels {
		counts[l]++
	}
	return counts
}
