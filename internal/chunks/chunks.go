// Package chunks keeps a long list of examples in directories, a .npz for so many of them: work that was interrupted
// goes on where it was, and shards of it can be done by processes that share a directory or have their own. A file that
// is damaged counts as missing.
package chunks

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// ErrMissing reports a chunk that isn't there, or is damaged.
var ErrMissing = errors.New("missing")

// Files are the chunks of a list.
type Files struct {
	// Dirs hold the files. The first is written to; the others are read where it lacks something.
	Dirs []string
	// Count is the number of examples, Len that of a chunk; the last may have fewer.
	Count, Len int
}

// Chunks is the number of files that all examples take.
func (f Files) Chunks() int { return (f.Count + f.Len - 1) / f.Len }

// First is the number of the first example of chunk c.
func (f Files) First(c int) int { return c * f.Len }

// Rows is the number of examples of chunk c.
func (f Files) Rows(c int) int { return min(f.Len, f.Count-f.First(c)) }

// Name is that of the file of chunk c: the number of its first example.
func (f Files) Name(c int) string { return fmt.Sprintf("%08d.npz", f.First(c)) }

var name = regexp.MustCompile(`^\d{8,}\.npz$`)

// IsName tells the names that [Files.Name] makes.
func IsName(file string) bool { return name.MatchString(file) }

// Read has take read chunk c in the first directory where that finds it whole; else it returns an error that wraps
// [ErrMissing]. A file of more than most bytes is damaged. The checksums of the archive are what tells damage.
func (f Files) Read(c int, most int64, take func(*npy.Archive) error) error {
	missing := ErrMissing
	for _, dir := range f.Dirs {
		switch err := readFile(filepath.Join(dir, f.Name(c)), most, take); {
		case !errors.Is(err, ErrMissing):
			return err
		case err != ErrMissing: // it tells why
			missing = err
		}
	}
	return missing
}

func readFile(path string, most int64, take func(*npy.Archive) error) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	case err != nil:
		return err
	case !info.Mode().IsRegular(): // opening a FIFO would wait
		return fmt.Errorf("%s is no regular file but %s; remove it", path, replace.Kind(info.Mode()))
	case info.Size() > most:
		return ErrMissing
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrMissing
	} else if err != nil {
		return err
	}
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return ErrMissing
	}
	return take(archive)
}

// Write keeps chunk c in the first directory.
func (f Files) Write(c int, arrays ...npy.Array) error {
	path := filepath.Join(f.Dirs[0], f.Name(c))
	if err := replace.File(path, func(w io.Writer) error { return npy.WriteArchive(w, arrays...) }); err != nil {
		return fmt.Errorf("%s: %w; check the space and the rights there", path, err)
	}
	return nil
}
