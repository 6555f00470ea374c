package cli

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/npy"

	"github.com/amgen/amgen/internal/replace"
)

// arrayNames are the arrays of a .npz that may hold images or points, in the order that they are looked for.
var arrayNames = []string{"samples", "images", "arr_0", "x", "points", "features", "pool_3", "pcs"}

// arrayFile is an array in a file, with what stands beside it there.
type arrayFile struct {
	path    string
	hash    string // of the file
	role    role
	limit   int
	given   *pixelRange    // that the user typed, or the file says
	weights *sampleWeights // beside it, or nil
	also    *eval.Gaussian // statistics beside it, or nil
	open    func() (*npy.Reader, io.Closer, error)
}

// openArrays reads images, [n, height, width(, channels)] or [n, channels, height, width], points, [n, dim], or statistics.
func (o *evalOptions) openArrays(path string, limit int) (*side, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a FIFO would wait
		return nil, usagef("%s is %s, not a file; write it to one", path, replace.Kind(info.Mode()))
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
	a := arrayFile{path: path, role: o.role, limit: limit, given: o.ranges[o.role]}
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		if err := wholeArray(f, info.Size()); err != nil {
			return nil, fmt.Errorf("%s has %w", path, err)
		}
		a.open = func() (*npy.Reader, io.Closer, error) {
			r, err := npy.NewReader(bufio.NewReaderSize(io.NewSectionReader(f, 0, info.Size()), 1<<20))
			return r, io.NopCloser(nil), err
		}
		if a.hash, err = hashOf(f, info.Size()); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		return a.side()
	}
	archive, err := npy.OpenArchive(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s has %w", path, err)
	}
	if a.hash, err = hashOf(f, info.Size()); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if archive.Has("mu") && archive.Has("sigma") {
		g, err := eval.ReadGaussian(path)
		if err != nil {
			return nil, err
		}
		a.also = &g
	}
	i := slices.IndexFunc(arrayNames, archive.Has)
	if i < 0 && a.also != nil {
		return &side{name: path, gaussian: a.also, hash: a.hash, count: a.also.Count}, nil
	} else if i < 0 {
		return nil, fmt.Errorf("%s has %s; call an array of images or points %s, or give statistics as mu and sigma", path, archive,
			strings.Join(arrayNames, " or "))
	}
	a.open = func() (*npy.Reader, io.Closer, error) { return archive.Open(arrayNames[i]) }
	if a.weights, err = readWeights(archive); err != nil {
		return nil, fmt.Errorf("%s has %w", path, err)
	}
	if text, ok := strings.CutPrefix(archive.Comment(), pixelComment); ok && a.given == nil {
		a.given, _ = parsePixelRange("", text) // what can't be read says nothing
	}
	return a.side()
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
			return fmt.Errorf("another array after that of shape %v; save one in a file, or name them in a .npz", r.Shape)
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

// side makes images of an array with three or four axes, points of one with two.
func (a arrayFile) side() (*side, error) {
	r, closer, err := a.open()
	if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	defer closer.Close()
	shape := r.Shape
	if len(shape) < 2 || len(shape) > 4 || slices.Contains(shape, 0) {
		return nil, fmt.Errorf("%s has an array of shape %v; give images, [n, height, width(, channels)], or points, [n, dim]", a.path, shape)
	}
	if len(shape) == 2 {
		return a.points(r)
	}
	l, err := layoutOf(shape)
	if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	pixels, notes, err := readPixels(a.open, l.numbers(), a.given, a.role.rangeFlag())
	if err != nil {
		return nil, fmt.Errorf("%s has %w", a.path, err)
	}
	l.interleave(pixels)
	images, err := imaging.New(a.path, imaging.Train, pixels, nil, l.height, l.width, l.channels)
	if err != nil {
		return nil, err
	}
	s, err := imagesSide(a.path, images, a.limit)
	if err != nil {
		return nil, err
	}
	s.notes, s.gaussian, s.fileHash = append(notes, l.note()...), a.also, a.hash
	return s, a.weigh(s, l.n)
}

// points takes all of an array with two axes.
func (a arrayFile) points(r *npy.Reader) (*side, error) {
	const copies = 2 // of float64, while they are read
	if err := checkMemory("the points of "+a.path, r.Len(), copies*8, "save fewer"); err != nil {
		return nil, err
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
	s := &side{name: a.path, points: &points, hash: a.hash, count: n, gaussian: a.also, fileHash: a.hash}
	if err := a.weigh(s, n); err != nil {
		return nil, err
	}
	points.Weights = s.weights
	if a.limit > 0 {
		points = points.Spread(a.limit)
		s.count, s.weights = points.Len(), points.Weights
	}
	return s, nil
}

// layout tells what the axes of an array of images are.
type layout struct {
	n, height, width, channels int
	planar                     bool // channels before height and width
}

// layoutOf reads [n, height, width], [n, height, width, channels] and, as PyTorch has it, [n, channels, height, width], where
// there are one or three channels. An array with one or three at either end has them at the last.
func layoutOf(shape []int) (layout, error) {
	isChannels := func(d int) bool { return d == 1 || d == 3 }
	if len(shape) == 3 {
		if shape[2] <= 3 && shape[0] > 3 && shape[1] > 3 {
			return layout{}, fmt.Errorf("an array of shape %v, which looks like a single image; give [n, height, width(, channels)]", shape)
		}
		return layout{n: shape[0], height: shape[1], width: shape[2], channels: 1}, nil
	}
	switch {
	case !isChannels(shape[3]) && isChannels(shape[1]):
		return layout{n: shape[0], channels: shape[1], height: shape[2], width: shape[3], planar: true}, nil
	case shape[3] > 4:
		return layout{}, fmt.Errorf("an array of shape %v, with no axis of 1 or 3 channels; give [n, height, width, channels]", shape)
	}
	return layout{n: shape[0], height: shape[1], width: shape[2], channels: shape[3]}, nil
}

func (l layout) numbers() int { return l.n * l.height * l.width * l.channels }

// interleave brings planes of channels into the order of pixels, image by image.
func (l layout) interleave(pixels []uint8) {
	if !l.planar || l.channels == 1 {
		return
	}
	area := l.height * l.width
	image := make([]uint8, area*l.channels)
	for at := 0; at < len(pixels); at += len(image) {
		copy(image, pixels[at:])
		for c := range l.channels {
			for p, v := range image[c*area : (c+1)*area] {
				pixels[at+p*l.channels+c] = v
			}
		}
	}
}

// note tells of axes that were taken in another order.
func (l layout) note() []string {
	if !l.planar {
		return nil
	}
	return []string{fmt.Sprintf("taken for %d images of %d×%d with %d channels before height and width", l.n, l.height, l.width, l.channels)}
}
