// Package npy reads and writes NumPy's arrays of numbers: .npy files and the .npz archives of them.
//
// Its errors complete the phrase "FILE has …", for a caller who knows which file or array it is.
//
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxValues bounds the numbers of an array that is read, 8 GiB of them: what says more lies, or is no work for this.
const MaxValues = 1 << 30

const magic = "\x93NUMPY"

// header is the dictionary as NumPy writes it.
var header = regexp.MustCompile(`^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n$`)

// maxHeader is far more than any array of numbers needs; format 2 would allow 4 GiB.
const maxHeader = 1 << 16

// Reader reads the numbers of one array from front to back.
type Reader struct {
	// Shape of the array; none is a single number.
	Shape []int
	// Columns tells that the numbers come in Fortran's order, the first index fastest.
	Columns bool

	r    io.Reader
	kind kind
	left int // numbers still to read
	room []byte

	there  bool   // all of it, as far as is known
	packed uint64 // bytes that it takes in an archive where it is packed
}

// NewReader reads the header of an array of numbers, and checks it: what it says about sizes isn't believed before the
// data has come.
func NewReader(r io.Reader) (*Reader, error) {
	var start [12]byte
	n, err := io.ReadFull(r, start[:10])
	if err != nil || string(start[:6]) != magic {
		return nil, fmt.Errorf("no NumPy array, but %q", start[:n])
	}
	size := int(binary.LittleEndian.Uint16(start[8:]))
	switch start[6] {
	case 1:
	case 2:
		if _, err := io.ReadFull(r, start[10:]); err != nil {
			return nil, fmt.Errorf("a header that is cut off")
		}
		size = int(binary.LittleEndian.Uint32(start[8:]))
	default:
		return nil, fmt.Errorf("NumPy format %d; write it as format 1 or 2", start[6])
	}
	if size > maxHeader {
		return nil, fmt.Errorf("a header of %d bytes; that of an array of numbers is shorter", size)
	}
	text := make([]byte, size)
	if n, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("a header of %d bytes, of which %d are there", size, n)
	}
	fields := header.FindSubmatch(text)
	if fields == nil {
		return nil, fmt.Errorf("a header that isn't as NumPy writes it: %.60q", text)
	}
	k, ok := kinds[string(fields[1])]
	if !ok {
		return nil, fmt.Errorf("elements of type %.20q; give integers or floats of 4 or 8 bytes", fields[1])
	}
	a := &Reader{r: r, kind: k, Columns: string(fields[2]) == "True"}
	if a.Shape, a.left, err = shapeFrom(string(fields[3])); err != nil {
		return nil, err
	}
	return a, nil
}

// shapeFrom parses what is between the brackets of a shape, and multiplies it.
func shapeFrom(text string) (shape []int, count int, err error) {
	shape, count = []int{}, 1
	if text == "" { // a single number
		return shape, 1, nil
	}
	most := 1
	for _, part := range strings.Split(strings.TrimSuffix(strings.TrimSpace(text), ","), ",") {
		d, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || d > MaxValues || most*max(1, d) > MaxValues { // zeros don't excuse the others
			return nil, 0, fmt.Errorf("shape (%.60s), beyond the %d numbers that are read", text, MaxValues)
		}
		most *= max(1, d)
		count *= d
		shape = append(shape, d)
	}
	return shape, count, nil
}

// Len is the number of numbers that haven't been read yet.
func (a *Reader) Len() int { return a.left }

// Read fills dst with the next numbers, in the order of the file. Asking for more than there are is an error.
func (a *Reader) Read(dst []float64) error {
	if len(dst) > a.left {
		return fmt.Errorf("%d more numbers, not the %d asked for", a.left, len(dst))
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
			return fmt.Errorf("%d numbers too few for shape %v%s", a.left, a.Shape, unlessEnd(err))
		}
		a.kind.decode(dst[:n], raw)
		dst, a.left = dst[n:], a.left-n
	}
	return nil
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

// All reads the rest of the array to the end, and puts what has two axes or fewer into row-major order. Where the
// header promises more than there is, it takes no more memory than is there; of an array that is packed in an archive it
// takes 16 MB, or 64 times what it is packed into, and an error where that isn't enough.
func (a *Reader) All() ([]float64, error) {
	if a.Columns && len(a.Shape) > 2 {
		return nil, fmt.Errorf("shape %v in Fortran's order; save it with numpy.ascontiguousarray", a.Shape)
	}
	if !a.there && a.packed > 0 && bomb(8*uint64(a.left), a.packed) {
		return nil, fmt.Errorf("%d numbers packed into %d bytes; save it with numpy.savez, unpacked", a.left, a.packed)
	}
	step := 1 << 16
	if a.there {
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
	if err := a.End(); err != nil {
		return nil, err
	}
	if a.Columns && len(a.Shape) == 2 {
		values = transposed(values, a.Shape[0], a.Shape[1])
	}
	return values, nil
}

// transposed makes rows of a matrix that is stored column by column.
func transposed(columns []float64, rows, cols int) []float64 {
	out := make([]float64, len(columns))
	for i := range rows {
		for j := range cols {
			out[i*cols+j] = columns[j*rows+i]
		}
	}
	return out
}

// Parse reads a whole array from the bytes of a .npy.
func Parse(data []byte) (shape []int, values []float64, err error) {
	rest := bytes.NewReader(data)
	a, err := NewReader(rest)
	if err != nil {
		return nil, nil, err
	}
	a.there = a.left*a.kind.width <= rest.Len()
	values, err = a.All()
	return a.Shape, values, err
}

// kind is a type of element: its size in bytes, and how a row of them is read.
type kind struct {
	width  int
	decode func(dst []float64, raw []byte)
}

// kinds are the types that are read. A bool is 0 or 1; integers beyond 2⁵³ are rounded.
var kinds = func() map[string]kind {
	k := map[string]kind{
		"|b1": {1, func(dst []float64, raw []byte) {
			for i, b := range raw {
				dst[i] = float64(min(b, 1))
			}
		}},
		"|u1": {1, func(dst []float64, raw []byte) {
			for i, b := range raw {
				dst[i] = float64(b)
			}
		}},
		"|i1": {1, func(dst []float64, raw []byte) {
			for i, b := range raw {
				dst[i] = float64(int8(b))
			}
		}},
	}
	for mark, order := range map[string]binary.ByteOrder{"<": binary.LittleEndian, ">": binary.BigEndian} {
		k[mark+"u2"] = each(2, func(b []byte) float64 { return float64(order.Uint16(b)) })
		k[mark+"i2"] = each(2, func(b []byte) float64 { return float64(int16(order.Uint16(b))) })
		k[mark+"u4"] = each(4, func(b []byte) float64 { return float64(order.Uint32(b)) })
		k[mark+"i4"] = each(4, func(b []byte) float64 { return float64(int32(order.Uint32(b))) })
		k[mark+"u8"] = each(8, func(b []byte) float64 { return float64(order.Uint64(b)) })
		k[mark+"i8"] = each(8, func(b []byte) float64 { return float64(int64(order.Uint64(b))) })
		k[mark+"f4"] = each(4, func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) })
		k[mark+"f8"] = each(8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) })
	}
	return k
}()

func each(width int, one func([]byte) float64) kind {
	return kind{width, func(dst []float64, raw []byte) {
		for i := range dst {
			dst[i] = one(raw[i*width:])
		}
	}}
}
