package imaging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"runtime"
	"strings"

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

// memory is shared by all that decode at the same time: a picture waits until enough is free. One that needs more
// than there is takes all of it. There is enough for ordinary photographs on every processor.
var (
	memoryBytes = max(512<<20, int64(runtime.GOMAXPROCS(0))*64<<20)
	memory      = semaphore.NewWeighted(memoryBytes)
)

// decodeFile reads one image.
func decodeFile(path string) (*picture, error) {
	var img *picture
	err := withPicture(context.Background(), path, nil, func(p *picture) error {
		img = p
		return nil
	})
	return img, err
}

// withPicture reads one image and hands it to use, within the memory that all share. The header is looked at before
// anything of the size that it claims is made. A panic of a decoder, or of what uses its pixels, is an error: the
// file is untrusted. ctx ends waiting and reading. scratch, if it isn't nil, tells how many bytes use takes beside.
func withPicture(ctx context.Context, path string, scratch func(image.Config) int64, use func(*picture) error) error {
	return withHeader(ctx, path, func(h *header) error {
		need := h.need()
		if scratch != nil {
			need += scratch(h.config)
		}
		need = min(need, memoryBytes)
		if err := memory.Acquire(ctx, need); err != nil {
			return err
		}
		defer memory.Release(need)
		img, err := h.decode(h.in, h.size)
		if err != nil {
			return h.undecodable(path, err)
		}
		o := h.metadata.orientation()
		p := &picture{turned: o != 1}
		if p.Image, p.transparent, err = opaque(img, h.toRGB); err != nil {
			return h.undecodable(path, err)
		}
		p.Image = upright(p.Image, o)
		return use(p)
	})
}

// header is what a picture file tells before its pixels.
type header struct {
	*format
	config   image.Config
	metadata metadata
	in       *interruptible
	size     int64 // of the file
}

// withHeader reads a header and hands it to use.
func withHeader(ctx context.Context, path string, use func(*header) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = unreadable(path, fmt.Sprintf("a decoder panic: %v", r), "remove or repair it")
		}
	}()
	f, size, err := openPicture(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := &header{in: &interruptible{ctx: ctx, r: f}, size: size}
	start := make([]byte, 512)
	n, err := h.in.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("imaging: image file %s, got %w; make it readable or remove it", path, cause(err))
	}
	if h.format, err = formatOf(start[:n]); err != nil {
		why, advice, _ := strings.Cut(err.Error(), "; ")
		return unreadable(path, why, advice)
	}
	if h.config, err = h.format.config(bufio.NewReader(io.NewSectionReader(h.in, 0, size))); err != nil {
		return h.undecodable(path, err)
	}
	if w, ht := h.config.Width, h.config.Height; w <= 0 || ht <= 0 || w > maxPixels/ht {
		return unreadable(path, fmt.Sprintf("%d×%d pixels", w, ht), fmt.Sprintf("scale it down to at most %d in all",
			maxPixels))
	}
	if h.about != nil {
		h.metadata = h.about(h.in, size)
	}
	return use(h)
}

// need is the memory in bytes that decoding takes at most, with the picture that comes of it.
func (h *header) need() int64 {
	perPixel := h.working + 4
	switch h.config.ColorModel {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		perPixel += 8
	}
	if h.metadata.progressive {
		perPixel += 12 // coefficients
	}
	if h.metadata.orientation() != 1 {
		perPixel += 4
	}
	return int64(h.config.Width) * int64(h.config.Height) * perPixel
}

// undecodable words the error of a decoder. Where the file couldn't be read, that is the error.
func (h *header) undecodable(path string, err error) error {
	if h.in.failed != nil {
		return fmt.Errorf("imaging: image file %s, got %w; make it readable or remove it", path, cause(h.in.failed))
	}
	why, advice := "can't be decoded", "save it anew, or remove it"
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		why, advice = "is cut off", "copy it again, or remove it"
	}
	why = fmt.Sprintf("a %s that %s", h.name, why)
	return &unreadableError{fmt.Errorf("imaging: image file %s, got %s (%w); %s", path, why, err, advice), why}
}
