package npy

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/sniff"
)

// Archive is a .npz: arrays by name.
type Archive struct {
	zip  *zip.Reader
	size uint64 // bytes of all of it
}

// OpenArchive reads the list of an archive's arrays, which may take an eighth of the archive: an entry takes ten times
// its length in memory.
func OpenArchive(r io.ReaderAt, size int64) (*Archive, error) {
	const free = 128 << 10 // half of it to find the list
	list := &rationed{ReaderAt: r, left: free + size/8}
	archive, err := zip.NewReader(list, size)
	if err != nil {
		head := make([]byte, min(size, sniff.Length))
		n, _ := r.ReadAt(head, 0)
		if bytes.HasPrefix(head[:n], []byte("PK")) && list.left >= 0 {
			return nil, fmt.Errorf("the beginning of a .npz, which is damaged or cut off (%v); copy it again", err)
		}
		if what := named(head[:n]); what != nil && list.left >= 0 {
			return nil, what
		}
		return nil, fmt.Errorf("no .npz: %v", err)
	}
	list.left = math.MaxInt64
	return &Archive{archive, uint64(size)}, nil
}

// rationed lets no more than so many bytes be read.
type rationed struct {
	io.ReaderAt
	left int64
}

func (r *rationed) ReadAt(p []byte, at int64) (int, error) {
	if r.left == math.MaxInt64 {
		return r.ReaderAt.ReadAt(p, at)
	}
	if r.left -= int64(len(p)); r.left < 0 {
		return 0, errors.New("a list of arrays that is too long for it")
	}
	return r.ReaderAt.ReadAt(p, at)
}

// Names are those of the arrays, in the order of the archive.
func (a *Archive) Names() []string {
	var names []string
	for _, f := range a.zip.File {
		if name, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Comment is that of the archive, "" where it has none.
func (a *Archive) Comment() string { return a.zip.Comment }

// Has tells whether there is an array of that name.
func (a *Archive) Has(name string) bool { return slices.Contains(a.Names(), name) }

// String lists the first few names, or says that there are none.
func (a *Archive) String() string {
	const few = 8
	var quoted []string
	for _, name := range a.Names() {
		if len(quoted) == few {
			quoted = append(quoted, "…")
			break
		}
		quoted = append(quoted, fmt.Sprintf("%.40q", name))
	}
	if len(quoted) == 0 && len(a.zip.File) > 0 {
		return fmt.Sprintf("no array at all (%d files, the first %.40q)", len(a.zip.File), a.zip.File[0].Name)
	} else if len(quoted) == 0 {
		return "nothing"
	}
	return strings.Join(quoted, ", ")
}

// Arrays pack well at times, a mask to a thousandth; yet a file of kilobytes may not become gigabytes: beyond bombSize
// bytes, 2 million numbers, an array that is packed is at most bombRatio times what it takes in the archive, as it lies
// there and, where it is read as a whole, as float64.
const (
	bombSize  = 16 << 20
	bombRatio = 64
)

// bomb tells that a packed array becomes too many bytes.
func bomb(bytes, packed uint64) bool { return bytes > bombSize && bytes/bombRatio > packed }

// Open begins to read an array; close what it returns. Its errors name the array. What the array claims to hold is
// compared with what the archive says is there.
func (a *Archive) Open(name string) (*Reader, io.Closer, error) {
	is := func(f *zip.File) bool { return f.Name == name+".npy" }
	at := slices.IndexFunc(a.zip.File, is)
	if at < 0 {
		return nil, nil, fmt.Errorf("no array %q, but %s", name, a)
	}
	if slices.ContainsFunc(a.zip.File[at+1:], is) { // NumPy would take the last
		return nil, nil, fmt.Errorf("two arrays %q; save it again", name)
	}
	file := a.zip.File[at]
	if file.CompressedSize64 > a.size {
		return nil, nil, fmt.Errorf("array %q of %d bytes in an archive of %d", name, file.CompressedSize64, a.size)
	}
	if n := file.UncompressedSize64; bomb(n, file.CompressedSize64) {
		return nil, nil, fmt.Errorf("array %q of %d bytes packed into %d; save it with numpy.savez, unpacked", name, n,
			file.CompressedSize64)
	}
	entry, err := file.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("a damaged array %q: %v", name, err)
	}
	r, err := NewReader(entry)
	if err != nil {
		entry.Close()
		return nil, nil, fmt.Errorf("array %q with %v", name, err)
	}
	if n := file.UncompressedSize64; uint64(r.Bytes()) > n {
		entry.Close()
		return nil, nil, fmt.Errorf("array %q with %d bytes, too few for shape %v", name, n, r.Shape)
	}
	r.there = file.Method == zip.Store
	if !r.there {
		r.packed = file.CompressedSize64
	}
	return r, entry, nil
}
