// Package npy reads and writes NumPy's arrays of numbers: .npy files and the .npz archives of them.
//
// Its errors complete the phrase "FILE has …", for a caller who knows which file or array it is.
//
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package npy

import (
	"bytes"
	"fmt"
	"io"
	"slices"
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

// Read fills dst with the next numbers. Asking for more than there are is an error. An array in Fortran's order is taken into
// memory first, as it lies in the file.
func (a *Reader) Read(dst []float64) error {
	if len(dst) > a.left {
		return fmt.Errorf("%d more numbers, not the %d asked for", a.left, len(dst))
	}
	if a.columns {
		return a.readColumns(dst)
	}
	const most = 1 << 13 // numbers at a time
	if a.room == nil {
		a.room = make([]byte, most*a.kind.width)
	}
	for len(dst) > 0 {
		n := min(len(dst), most)
		raw := a.room[:n*a.kind.width]
		if got, err := io.ReadFull(a.r, raw); err != nil {
			a.left -= got / a.kind.width
			return a.tooFew(err)
		}
		if a.kind.check != nil {
			if err := a.kind.check(raw); err != nil {
				return err
			}
		}
		a.kind.decode(dst[:n], raw)
		dst, a.left = dst[n:], a.left-n
	}
	return nil
}

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

// All reads the rest of the array to the end. Where the header promises more than there is, it takes no more memory than is there;
// of an array that is packed in an archive it takes 16 MB, or 64 times what it is packed into, and an error where that isn't
// enough.
func (a *Reader) All() ([]float64, error) {
	if !a.there && a.packed > 0 && bomb(8*uint64(a.left), a.packed) {
		return nil, fmt.Errorf("%d numbers packed into %d bytes; save it with numpy.savez, unpacked", a.left, a.packed)
	}
	if a.columns && a.rows == nil { // before the room for the numbers
		if err := a.takeColumns(); err != nil {
			return nil, err
		}
	}
	step := 1 << 16
	if a.there || a.columns {
		step = a.left
	}
	values := make([]float64, 0, min(a.left, step))
	for a.left > 0 {
		n := min(a.left, max(step, len(values)))
		values = slices.Grow(values, n)[:len(values)+n]
		if err := a.Read(values[len(values)-n:]); err != nil {
			return nil, err
		}
	}
	return values, a.End()
}

// Parse reads a whole array from the bytes of a .npy.
func Parse(data []byte) (shape []int, values []float64, err error) {
	rest := bytes.NewReader(data)
	a, err := NewReader(rest)
	if err != nil {
		return nil, nil, err
	}
	a.there = a.left*a.kind.width <= rest.Len()
	if values, err = a.All(); err != nil {
		return nil, nil, err
	}
	return a.Shape, values, nil
}
