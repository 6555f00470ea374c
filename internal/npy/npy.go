// Package npy reads and writes NumPy's arrays of numbers: .npy files and the .npz archives of them.
//
// Its errors complete the phrase "FILE has …", for a caller who knows which file or array it is.
//
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package npy

import (
	"fmt"
	"io"
)

// MaxValues bounds the numbers of an array that is read, 8 GiB of them: what says more lies, or is no work for this.
const MaxValues = 1 << 30

// Reader reads the numbers of one array from front to back, in row-major order whatever the order of the file.
type Reader struct {
	// Shape of the array; none is a single number.
	Shape []int
	// Type is NumPy's name of the elements' type: bool, uint8, float32, ….
	Type string

	r       io.Reader
	kind    kind
	columns bool // Fortran's order, the first index fastest, in which more than one axis is long
	left    int  // numbers still to read
	room    []byte
	rows    *rowMajor // of an array of columns, once one was read

	there  bool   // all of it, as far as is known
	packed uint64 // bytes that it takes in an archive where it is packed
}

// NewReader reads the header of an array of numbers, and checks it: what it says about sizes isn't believed before the
// data has come.
func NewReader(r io.Reader) (*Reader, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	a := &Reader{Shape: h.shape, Type: h.kind.name, r: r, kind: h.kind, left: h.count}
	long := 0
	for _, d := range h.shape {
		if d > 1 {
			long++
		}
	}
	a.columns = h.columns && long > 1
	return a, nil
}

// Bytes is what the numbers that haven't been read yet take in the file.
func (a *Reader) Bytes() int64 { return int64(a.left) * int64(a.kind.width) }

// Len is the number of numbers that haven't been read yet.
func (a *Reader) Len() int { return a.left }

func (a *Reader) tooFew(err error) error {
	return fmt.Errorf("%d numbers too few for shape %v%s", a.left, a.Shape, unlessEnd(err))
}

// unlessEnd adds an error that isn't the end of the data.
func unlessEnd(err error) string {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ""
	}
	return ": " + err.Error()
}

// End returns an error unless the array has been read to the end and nothing follows it.
func (a *Reader) End() error {
	if a.left > 0 {
		return fmt.Errorf("%d more numbers of shape %v", a.left, a.Shape)
	}
	var one [1]byte
	switch _, err := io.ReadFull(a.r, one[:]); err {
	case io.EOF:
		return nil
	case nil:
		return fmt.Errorf("more data than shape %v takes", a.Shape)
	default:
		return fmt.Errorf("a damaged end: %v", err)
	}
}
