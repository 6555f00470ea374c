// Package arrayfile opens files of NumPy arrays as sets of samples for package eval: images, points or statistics, with
// the weights that a file may have. What it can't read for certain it refuses: the order of axes, what is black and
// white, and arrays that may be weights under another name.
package arrayfile

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// Options say how a file is read. The zero value is ready to use.
type Options struct {
	// Limit takes so many of the samples, from all over the file; 0 are all.
	Limit int
	// Range are the numbers of black and white in images; nil is what the file says or its numbers tell for certain.
	Range *PixelRange
	// Memory is what there is of it, in bytes; 0 is any. Points that take more are refused.
	Memory int64
	// Labels reads the classes of images too, from an array labels, as [eval.Set] has them. Without one there are none.
	Labels bool
}

// arrayNames are the arrays of a .npz that may hold images or points, in the order that they are looked for.
var arrayNames = []string{"samples", "images", "arr_0", "x", "points", "features", "pool_3", "pcs"}

// arrayFile is an array in a file, with what stands beside it there.
type arrayFile struct {
	Options
	path    string
	hash    string         // of the file
	weights *sampleWeights // beside it, or nil
	archive *npy.Archive   // that it is in, nil of a .npy
	beside  []besideArray  // others beside it
	also    *eval.Gaussian // statistics beside it, or nil
	drawn   bool           // images that amgen drew, which may overshoot their range
	open    func() (*npy.Reader, io.Closer, error)
}

// Open reads a .npy or .npz of images, [n, height, width(, channels)] or [n, channels, height, width], or of points,
// [n, dim]; or a .npz of statistics, mu [dim] and sigma [dim, dim]. Beside samples a .npz may have weights or
// log_weights of them. What can't be read for certain is an error: a [RangeError] where it isn't clear what is black
// and white, an [eval.UnfitError] where the path is no regular file.
func Open(path string, o Options) (*eval.Set, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a FIFO would wait
		return nil, eval.Unfit("%s is %s, not a file; write it to one", path, replace.Kind(info.Mode()))
	}
	if o.Range != nil && !o.Range.sound() {
		return nil, eval.Unfit("a range of pixels from %s; give numbers of black and white that rise", *o.Range)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	a := arrayFile{Options: o, path: path}
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		return a.openArray(f, info.Size())
	}
	return a.openArchive(f, info.Size())
}

func (a arrayFile) openArray(f *os.File, size int64) (set *eval.Set, err error) {
	if err := wholeArray(f, size); err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	a.open = func() (*npy.Reader, io.Closer, error) {
		r, err := npy.NewReader(bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 1<<20))
		return r, io.NopCloser(nil), err
	}
	if a.hash, err = hashOf(f, size); err != nil {
		return nil, fmt.Errorf("read %s: %w", a.path, err)
	}
	return a.set()
}

func (a arrayFile) openArchive(f *os.File, size int64) (*eval.Set, error) {
	archive, err := npy.OpenArchive(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	if a.hash, err = hashOf(f, size); err != nil {
		return nil, fmt.Errorf("read %s: %w", a.path, err)
	}
	if archive.Has(npzMean) && archive.Has(npzCovariance) {
		g, err := ReadGaussian(a.path)
		if err != nil {
			return nil, err
		}
		a.also = &g
	}
	i := slices.IndexFunc(arrayNames, archive.Has)
	if i < 0 && a.also != nil {
		s := eval.StatisticsSet(a.path, *a.also)
		s.Hash = a.hash
		return s, nil
	} else if i < 0 {
		return nil, fmt.Errorf("%s has %s; call an array of images or points %s, or give statistics as mu and sigma",
			a.path,
			archive,
			strings.Join(arrayNames, " or "))
	}
	a.open = func() (*npy.Reader, io.Closer, error) { return archive.Open(arrayNames[i]) }
	if a.weights, err = readWeights(archive); err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	a.archive = archive
	a.beside = arraysBeside(archive, arrayNames[i])
	if text, ok := strings.CutPrefix(archive.Comment(), PixelComment); ok && a.Range == nil {
		if r, err := ParsePixelRange(text); err == nil { // what can't be read says nothing
			a.Range, a.drawn = &r, true
		}
	}
	return a.set()
}

// wholeArray compares the length of a .npy with what its header says, before it is read.
func wholeArray(f io.ReaderAt, size int64) error {
	section := io.NewSectionReader(f, 0, size)
	r, err := npy.NewReader(section)
	if err != nil {
		return err
	}
	at, err := section.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	switch end := at + r.Bytes(); {
	case end > size:
		return fmt.Errorf("%d bytes of numbers, and shape %v takes %d; copy it again", size-at, r.Shape, r.Bytes())
	case end < size:
		if _, err := npy.NewReader(io.NewSectionReader(f, end, size-end)); err == nil {
			return fmt.Errorf("another array after that of shape %v; save one in a file, or name them in a .npz",
				r.Shape)
		}
		return fmt.Errorf("%d bytes more than shape %v takes; save it again", size-end, r.Shape)
	}
	return nil
}

func hashOf(f io.ReaderAt, size int64) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(f, 0, size)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// set makes images of an array with three or four axes, points of one with two.
func (a arrayFile) set() (*eval.Set, error) {
	r, closer, err := a.open()
	if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	defer closer.Close()
	shape := r.Shape
	if len(shape) < 2 || len(shape) > 4 || slices.Contains(shape, 0) {
		return nil, fmt.Errorf("%s has an array of shape %v; give images, [n, height, width(, channels)], or points, "+
			"[n, "+
			"dim]", a.path, shape)
	}
	if len(shape) == 2 {
		return a.points(r)
	}
	l, err := layoutOf(shape)
	if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	levels, notes, err := readPixels(a.open, l.numbers(), a.Range, a.drawn)
	if unclear := (*RangeError)(nil); errors.As(err, &unclear) {
		unclear.Name = a.path
		const fewCoordinates = 8
		if len(shape) == 3 && shape[2] <= fewCoordinates {
			unclear.Hint = "; an array of three axes is taken for images, [n, height, width], and points are [n, dim]"
		}
		return nil, unclear
	} else if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	l.interleave(levels)
	s, err := eval.ArraySet(a.path, &eval.ImageArray{Pixels: levels, Height: l.height, Width: l.width,
		Channels: l.channels},
		a.Limit)
	if err != nil {
		return nil, err
	}
	s.Notes, s.Gaussian, s.GaussianHash = append(notes, l.note()...), a.also, a.hash
	if err := a.label(s, l.n); err != nil {
		return nil, err
	}
	return s, a.weigh(s, l.n)
}

// points takes all of an array with two axes.
func (a arrayFile) points(r *npy.Reader) (*eval.Set, error) {
	const copies = 2 // of float64, while they are read
	if need := int64(r.Len()) * copies * 8; a.Memory > 0 && need > a.Memory {
		return nil, eval.Unfit("the points of %s need %s of memory, and there are %s; save fewer", a.path,
			humanize.SIWithDigits(float64(need), 1, "B"),
			humanize.SIWithDigits(float64(a.Memory), 1, "B"))
	}
	n, dim := r.Shape[0], r.Shape[1]
	values, err := npy.All[float64](r)
	if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	points := eval.Cloud{Dim: dim, X: values}
	if err := points.Check(); err != nil {
		return nil, fmt.Errorf("%s: %s", a.path, strings.TrimPrefix(err.Error(), "eval: "))
	}
	s := eval.PointSet(a.path, points, 0)
	s.Hash, s.GaussianHash, s.Gaussian = a.hash, a.hash, a.also
	if err := a.weigh(s, n); err != nil {
		return nil, err
	}
	s.Points.Weights = s.Weights
	if a.Limit > 0 {
		*s.Points = s.Points.Spread(a.Limit)
		s.Count, s.Weights = s.Points.Len(), s.Points.Weights
	}
	return s, nil
}
