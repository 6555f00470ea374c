package hdf5

import (
	"bytes"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/damage"
)

// TestDamaged: a file with a flipped bit or a cut is refused in one line, or read, and takes little memory. Of a new
// file no bit makes other values but in the heap of texts, which alone has no checksum. An old file has none but those
// of packed data.
func TestDamaged(t *testing.T) {
	for name, data := range files(t) {
		if !strings.HasSuffix(name, ".h5") || strings.HasPrefix(name, "many") { // 32 bytes in memory for a chunk of 2
			continue
		}
		open := func(int) bool { return true }
		if strings.HasPrefix(name, "small") && !strings.Contains(name, "earliest") {
			heap := bytes.Index(data, []byte("GCOL"))
			const size = 4096
			open = func(at int) bool { return at >= heap && at < heap+size }
		}
		if strings.Contains(name, "v108") { // indices of chunks are of the old kind
			heap := open
			open = func(at int) bool { return heap(at) || inTree(data, at) }
		}
		trials := 500
		if strings.HasPrefix(name, "small") {
			trials = 0
		}
		r := damage.File{Name: name, Data: data, Trials: trials, Open: open, Read: func(data []byte) (any, error) {
			found, err := read(data)
			if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%s: more than one line: %v", name, err)
			}
			return found, err
		}}.Check(t)
		if r.Refused < r.Cuts {
			t.Errorf("%s: %d of %d cuts refused", name, r.Refused, r.Cuts)
		}
	}
}

// inTree tells whether a byte is near the start of a B-tree of version 1.
func inTree(data []byte, at int) bool {
	const near = 2100
	return bytes.LastIndex(data[max(0, at-near):min(len(data), at+4)], []byte("TREE")) >= 0
}

// FuzzRead: whatever a file holds, it is read or refused in one line.
func FuzzRead(f *testing.F) {
	for name, data := range files(f) {
		if strings.HasPrefix(name, "small") {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := read(data); err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Fatalf("%q", err)
		}
	})
}
