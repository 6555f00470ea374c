package imaging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/amgen/amgen/internal/replace"
)

// maxPictureBytes bounds a file: [maxPixels] of 16-bit RGBA take half of it uncompressed.
const maxPictureBytes = 1 << 30

// openPicture opens a regular file, and nothing that waits for another process or never ends.
func openPicture(path string) (*os.File, int64, error) {
	st, err := os.Stat(path)
	var f *os.File
	if err == nil && st.Mode().IsRegular() {
		if f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			st, err = f.Stat()
		}
	}
	switch {
	case errors.Is(err, os.ErrNotExist) && isLink(path):
		err = fmt.Errorf("imaging: image file %s, got a link to a file that isn't there; bring that file here, or "+
			"remove the link", path)
	case errors.Is(err, os.ErrNotExist):
		err = &missingError{path, err}
	case err != nil:
		err = fmt.Errorf("imaging: image file %s, got %w; make it readable or remove it", path, cause(err))
	case !st.Mode().IsRegular():
		err = fmt.Errorf("imaging: image file %s, got %s; give a regular file", path, replace.Kind(st.Mode()))
	case st.Size() > maxPictureBytes:
		err = unreadable(path, fmt.Sprintf("%d bytes", st.Size()), fmt.Sprintf("a picture takes at most %d",
			maxPictureBytes))
	default:
		return f, st.Size(), nil
	}
	if f != nil {
		f.Close()
	}
	return nil, 0, err
}

// missingError says plainly that a file isn't there.
type missingError struct {
	path string
	err  error
}

func (e *missingError) Error() string {
	return "imaging: there is no image file " + e.path + "; name one"
}
func (e *missingError) Unwrap() error { return e.err }

// cause is the cause of an error about a file, whose name its text has.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func isLink(path string) bool {
	st, err := os.Lstat(path)
	return err == nil && st.Mode()&os.ModeSymlink != 0
}

// interruptible is a file whose reading ends with ctx: a picture of few bytes may take long to decode.
type interruptible struct {
	ctx    context.Context
	r      io.ReaderAt
	failed error // of reading, but for the file's end
}

func (i *interruptible) ReadAt(p []byte, at int64) (n int, err error) {
	if i.ctx.Err() != nil {
		err = context.Cause(i.ctx)
	} else {
		n, err = i.r.ReadAt(p, at)
	}
	if err != nil && err != io.EOF && i.failed == nil {
		i.failed = err
	}
	return n, err
}
