package imaging

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	_ "image/gif"  // the first frame
	_ "image/jpeg" // registers the decoder
	_ "image/png"  // registers the decoder

	_ "golang.org/x/image/bmp" // registers the decoder
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // registers the decoder
)

const (
	// folderSize is the side of folder images where Options.Size is 0.
	folderSize = 32
	// maxPixels bounds what is decoded from one file: a few bytes may claim any size.
	maxPixels = 1 << 26
)

// folderExtensions are the files that count as images; others in the folder are passed over.
var folderExtensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"}

// loadFolder reads every image under dir, in the sorted order of their paths. Where dir has the
// subfolders train and test, these are the splits; otherwise everything is training data. Folders
// right below the split's are its classes, if every image lies in one.
func loadFolder(ctx context.Context, dir string, split Split, opts Options) (*Dataset, error) {
	if dir == "" {
		return nil, Known(folderPrefix)
	}
	size, channels := opts.Size, opts.Channels
	if size == 0 {
		size = folderSize
	}
	if channels == 0 {
		channels = 3
	}
	if channels != 1 && channels != 3 {
		return nil, fmt.Errorf("imaging: channels of folder %s, got %d; use 1 (grey) or 3 (RGB)", dir, channels)
	}
	root, err := splitFolder(dir, split)
	if err != nil {
		return nil, err
	}
	paths, err := imagePaths(root)
	if err != nil {
		return nil, err
	}
	if opts.Limit > 0 {
		paths = paths[:min(opts.Limit, len(paths))]
	}
	pixels, err := readImages(ctx, paths, size*size*channels, func(img image.Image, _ string, out []uint8) error {
		squareInto(img, size, channels, out)
		return nil
	})
	if err != nil {
		return nil, err
	}
	labels, classes := folderClasses(root, paths)
	d, err := New(folderPrefix+dir, split, pixels, labels, size, size, channels)
	if err != nil {
		return nil, err
	}
	d.Classes = classes
	return d, nil
}

// splitFolder finds the folder of a split.
func splitFolder(dir string, split Split) (string, error) {
	st, err := os.Stat(dir)
	if err != nil {
		return "", fmt.Errorf("imaging: image folder, got %w; name a folder that can be read", err)
	}
	if !st.IsDir() {
		return "", fmt.Errorf("imaging: image folder, got the file %s; name the folder that holds it", dir)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // a walk does not follow a link, even as its root
		return "", fmt.Errorf("imaging: image folder, got %w; name a folder that can be read", err)
	}
	isDir := func(name string) bool {
		st, err := os.Stat(filepath.Join(dir, name))
		return err == nil && st.IsDir()
	}
	if isDir(string(Train)) && isDir(string(Test)) {
		return filepath.Join(dir, string(split)), nil
	}
	if split != Train {
		return "", fmt.Errorf("imaging: split %q of folder %s, got no subfolders train and test; make them, or use the split %q", split, dir, Train)
	}
	return dir, nil
}

// imagePaths lists the image files under root, recursively, sorted by path.
func imagePaths(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && slices.Contains(folderExtensions, strings.ToLower(filepath.Ext(path))) {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("imaging: image folder, got %w; make all of it readable", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("imaging: image folder %s, got no image; it should hold files of %s", root, strings.Join(folderExtensions, ", "))
	}
	slices.Sort(paths)
	return paths, nil
}

// readImages decodes the files in parallel; into writes the one values of each to its place in the result. Of several bad
// files the first by name is reported, whatever the timing.
func readImages(ctx context.Context, paths []string, one int, into func(img image.Image, path string, out []uint8) error) ([]uint8, error) {
	pixels := make([]uint8, len(paths)*one)
	errs := make([]error, len(paths))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				img, err := decodeFile(paths[i])
				if err == nil {
					err = into(img, paths[i], pixels[i*one:(i+1)*one])
				}
				errs[i] = err
			}
		})
	}
	for i := range paths {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("imaging: reading %d images, got %w; run it again", len(paths), context.Cause(ctx))
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return pixels, nil
}

// decodeFile reads one image.
func decodeFile(path string) (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil { // a decoder's panic on a stranger's file is that file's fault
			err = fmt.Errorf("imaging: image file %s, got a decoder panic: %v; remove or repair it", path, r)
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("imaging: image file, got %w; make it readable or remove it", err)
	}
	defer f.Close()
	config, _, err := image.DecodeConfig(f)
	if err != nil {
		return nil, fmt.Errorf("imaging: image file %s, got %w; remove or repair it", path, err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		return nil, fmt.Errorf("imaging: image file %s, got %d×%d pixels; scale it down to at most %d in all", path, config.Width, config.Height, maxPixels)
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, fmt.Errorf("imaging: image file %s, got %w; give a regular file", path, err)
	}
	if img, _, err = image.Decode(f); err != nil {
		return nil, fmt.Errorf("imaging: image file %s, got %w; remove or repair it", path, err)
	}
	return img, nil
}

// squareInto scales the shorter side of img to size with the Catmull–Rom kernel (which widens when
// shrinking, so nothing aliases), crops the centre, and writes NHWC values. Scaling the central square
// alone is the same thing. Transparent parts become black; EXIF orientation is ignored.
func squareInto(img image.Image, size, channels int, out []uint8) {
	b := img.Bounds()
	side := min(b.Dx(), b.Dy())
	corner := b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	square := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}
	scaled := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), img, square, draw.Src, nil)
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
