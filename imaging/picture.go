package imaging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"runtime"

	"golang.org/x/sync/semaphore"
)

// maxPixels bounds what is decoded from one file: a few bytes may claim any size.
const maxPixels = 1 << 26

// picture is a decoded file: *image.Gray, *image.Gray16, *image.RGBA or *image.RGBA64, upright and opaque.
type picture struct {
	image.Image
	transparent bool // the file has pixels that aren't opaque
	turned      bool // by the orientation that the file tells
}

// memory is shared by all that decode at the same time: a picture waits until there is room for it. One that needs more
// than there is takes all of it. There is room for ordinary photographs on every processor.
var (
	memoryBytes = max(512<<20, int64(runtime.GOMAXPROCS(0))*64<<20)
	memory      = semaphore.NewWeighted(memoryBytes)
)

// decodeFile reads one image.
func decodeFile(path string) (*picture, error) {
	var img *picture
	err := withPicture(context.Background(), path, func(p *picture) error {
		img = p
		return nil
	})
	return img, err
}

// withPicture reads one image and hands it to use, within the memory that all share. The header is looked at before
// anything of the size that it claims is made. A panic of a decoder, or of what looks at its pixels, is an error: the
// file is a stranger's. ctx ends waiting and reading.
func withPicture(ctx context.Context, path string, use func(*picture) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("imaging: image file %s, got a decoder panic: %v; remove or repair it", path, r)
		}
	}()
	f, size, err := openPicture(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := interruptible{ctx, f}
	head := make([]byte, 512)
	n, err := in.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("imaging: image file %s, got %w; make it readable or remove it", path, err)
	}
	kind, err := formatOf(head[:n])
	if err != nil {
		return fmt.Errorf("imaging: image file %s, got %w", path, err)
	}
	config, err := kind.config(bufio.NewReader(io.NewSectionReader(in, 0, size)))
	if err != nil {
		return undecodable(path, kind, err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		return fmt.Errorf("imaging: image file %s, got %d×%d pixels; scale it down to at most %d in all", path, config.Width, config.Height, maxPixels)
	}
	var about metadata
	if kind.metadata != nil {
		about = kind.metadata(in, size)
	}
	need := min(kind.need(config, about), memoryBytes)
	if err := memory.Acquire(ctx, need); err != nil {
		return err
	}
	defer memory.Release(need)
	img, err := kind.decode(in, size)
	if err != nil {
		return undecodable(path, kind, err)
	}
	p := &picture{turned: about.orientation() != 1}
	if p.Image, p.transparent, err = opaque(img, kind.toRGB); err != nil {
		return undecodable(path, kind, err)
	}
	p.Image = upright(p.Image, about.orientation())
	return use(p)
}

// undecodable words the error of a decoder.
func undecodable(path string, kind *format, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("imaging: image file %s, got a %s that is cut off (%w); copy it again, or remove it", path, kind.name, err)
	}
	return fmt.Errorf("imaging: image file %s, got a %s that can't be decoded (%w); save it anew, or remove it", path, kind.name, err)
}
