package imaging

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/image/draw"

	"github.com/amgen/amgen/imaging/fit"
)

// folderSize is the side of folder images where Options.Size is 0.
const folderSize = 32

// loadFolder reads the images of a split of a folder, in the sorted order of their paths. Folders right below the
// split's are its classes, if every image lies in one.
func loadFolder(ctx context.Context, name string, split Split, opts Options) (*Dataset, error) {
	size, channels := opts.Size, opts.Channels
	if size == 0 {
		size = folderSize
	}
	if channels == 0 {
		channels = 3
	}
	if channels != 1 && channels != 3 {
		return nil, fmt.Errorf("imaging: channels of %s, got %d; use 1 (grey) or 3 (RGB)", name, channels)
	}
	f, err := openFolder(ctx, name)
	if err != nil {
		return nil, err
	}
	root, w, err := f.pictures(ctx, split)
	if err != nil {
		return nil, err
	}
	paths := w.paths
	if opts.Limit > 0 {
		paths = paths[:min(opts.Limit, len(paths))]
	}
	if err := checkMemory(name, len(paths), size, channels, opts.Memory); err != nil {
		return nil, err
	}
	found := Found{PassedOver: w.passedOver()}
	sizes := make([]image.Point, len(paths))
	reading := reading{root: root, paths: paths, one: size * size * channels, strict: opts.Strict,
		scratch: func(c image.Config) int64 { return opts.Fit.Scratch(image.Pt(c.Width, c.Height), size) },
		into: func(i int, img image.Image, out []uint8) error {
			sizes[i] = img.Bounds().Size()
			fitInto(img, opts.Fit, size, channels, out)
			return nil
		}}
	pixels, kept, err := reading.read(ctx, &found)
	if err != nil {
		return nil, err
	}
	labels, classes := folderClasses(root, paths)
	if labels, err = labelsOf(kept, labels, classes, root); err != nil {
		return nil, err
	}
	found.Fitted = fit.Count(opts.Fit, size, pick(sizes, kept))
	d, err := New(name, split, pixels, labels, size, size, channels)
	if err != nil {
		return nil, err
	}
	d.Classes, d.Found = classes, found
	return d, nil
}

// labelsOf are the labels of the pictures that were kept. A class without any is an error: no sample of it could be
// learned.
func labelsOf(kept []int, labels []int32, classes []string, root string) ([]int32, error) {
	if labels == nil {
		return nil, nil
	}
	labels = pick(labels, kept)
	for i, class := range classes {
		if !slices.Contains(labels, int32(i)) {
			return nil, fmt.Errorf("imaging: class %s of image folder %s, got no picture that can be read; repair its "+
				"files, or remove its folder", class, root)
		}
	}
	return labels, nil
}

// pick are the elements at some places.
func pick[T any](all []T, places []int) []T {
	picked := make([]T, len(places))
	for i, at := range places {
		picked[i] = all[at]
	}
	return picked
}

// folder is what the name of an image folder stands for.
type folder struct {
	name   string // with the prefix
	dir    string
	named  Split   // by the name, or empty
	layout *layout // nil if all is one set
}

// openFolder reads a folder. If the folder DIR of "folder:DIR" has folders that are named like splits, these are the
// splits; otherwise everything is training data. "folder:DIR:all" is one set in any case, and "folder:DIR:train" has
// the folder train for a split where that might be a class.
func openFolder(ctx context.Context, name string) (*folder, error) {
	base, named := CutSplit(name)
	f := &folder{name: name, dir: strings.TrimPrefix(base, folderPrefix), named: named}
	if f.dir == "" {
		return nil, Known(folderPrefix)
	}
	st, err := os.Stat(f.dir)
	if err != nil {
		return nil, fmt.Errorf("imaging: image folder, got %w; name a folder that can be read", err)
	}
	if !st.IsDir() {
		return nil, fmt.Errorf("imaging: image folder, got the file %s; name the folder that holds it", f.dir)
	}
	if named == All {
		return f, nil
	}
	f.layout, err = newWalker(ctx).layoutOf(f.dir)
	if err == nil && named != "" {
		f.layout.unclear = false
	}
	return f, err
}

// pictures lists the pictures of a split, which lie below root.
func (f *folder) pictures(ctx context.Context, split Split) (root string, w *walker, err error) {
	w = newWalker(ctx)
	switch {
	case f.named == All && split != Train:
		return "", nil, fmt.Errorf("imaging: split %q of %s, got a folder that is taken as one set; name it without "+
			":%s "+
			"to have its splits", split, f.name, All)
	case f.named == All:
		w.whole, root = true, f.dir
	case f.named != "" && f.named != split && f.named != Train:
		return "", nil, fmt.Errorf("imaging: split %q of %s, got a name for the split %q; name the folder of that "+
			"split "+
			"to take it as a set of its own", split, f.name, f.named)
	default:
		if root, err = f.layout.root(split); err != nil {
			return "", nil, err
		}
		if root != f.dir {
			for _, name := range f.layout.beside {
				w.passed["folder "+name+" beside the splits"]++
			}
			if f.layout.loose > 0 {
				w.passed["picture beside the folders of splits"] = f.layout.loose
			}
		}
	}
	return root, w, w.walk(root)
}

// splits lists the splits that there are, in the order of [Splits].
func (f *folder) splits() []Split {
	if f.layout == nil || len(f.layout.splits) == 0 {
		return []Split{Train}
	}
	return f.layout.has()
}

// FolderSplits lists the splits of "folder:DIR", in the order of [Splits]. A folder that isn't divided has training
// data alone. What can't be read, and folders named like splits that aren't understood, are errors.
func FolderSplits(ctx context.Context, name string) ([]Split, error) {
	f, err := openFolder(ctx, name)
	if err != nil {
		return nil, err
	}
	return f.splits(), nil
}

// reading is how the files of a folder are read.
type reading struct {
	root   string // the folder
	paths  []string
	one    int  // values of each
	strict bool // refuse a file that can't be read
	// scratch is that of withPicture.
	scratch func(image.Config) int64
	// into writes the values of the picture at a place in paths.
	into func(i int, img image.Image, out []uint8) error
}

// read decodes the files in parallel. It returns the values of those that can be read, in the order of paths, and their
// places there. Of several errors the first by name is reported, whatever the timing. found counts what was done.
func (r reading) read(ctx context.Context, found *Found) (pixels []uint8, kept []int, err error) {
	pixels = make([]uint8, len(r.paths)*r.one)
	errs := make([]error, len(r.paths))
	next := make(chan int)
	var transparent, turned atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				errs[i] = withPicture(ctx, r.paths[i], r.scratch, func(p *picture) error {
					if p.transparent {
						transparent.Add(1)
					}
					if p.turned {
						turned.Add(1)
					}
					return r.into(i, p.Image, pixels[i*r.one:(i+1)*r.one])
				})
			}
		})
	}
	for i := range r.paths {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	found.Transparent, found.Turned = int(transparent.Load()), int(turned.Load())
	if ctx.Err() != nil {
		return nil, nil, fmt.Errorf("imaging: reading %d images, got %w; run it again", len(r.paths),
			context.Cause(ctx))
	}
	if kept, err = skipUnreadable(r.root, r.paths, errs, r.strict, found); err != nil {
		return nil, nil, err
	}
	for to, from := range kept {
		copy(pixels[to*r.one:(to+1)*r.one], pixels[from*r.one:(from+1)*r.one])
	}
	return pixels[:len(kept)*r.one], kept, nil
}

// fitInto brings a picture to size×size, and writes NHWC values. It scales with the Catmull–Rom kernel, which widens
// when it shrinks, so that nothing aliases. What a fit cuts off is cut off before.
func fitInto(img image.Image, how fit.Fit, size, channels int, out []uint8) {
	from, to := how.Areas(img.Bounds(), size)
	scaled := image.NewRGBA(image.Rect(0, 0, size, size))
	if from.Size() == to.Size() { // the kernel is the identity
		draw.Draw(scaled, to, img, from.Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(scaled, to, img, from, draw.Src, nil)
	}
	for p := range size * size {
		px := scaled.Pix[4*p : 4*p+3]
		if channels == 3 {
			copy(out[3*p:], px)
			continue
		}
		grey := color.GrayModel.Convert(color.RGBA{R: px[0], G: px[1], B: px[2], A: 255}).(color.Gray)
		out[p] = grey.Y
	}
}

// folderClasses makes classes of the folders right below root, if every image lies in one.
func folderClasses(root string, paths []string) (labels []int32, classes []string) {
	index := map[string]int32{}
	for _, path := range paths {
		rel, err := filepath.Rel(root, path)
		name, _, ok := strings.Cut(rel, string(filepath.Separator))
		if err != nil || !ok {
			return nil, nil
		}
		if _, seen := index[name]; !seen { // paths are sorted, so classes come out sorted
			index[name] = int32(len(classes))
			classes = append(classes, name)
		}
		labels = append(labels, index[name])
	}
	return labels, classes
}
