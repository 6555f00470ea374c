package science

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/sbinet/npyio/npy"
)

// array is a NumPy array of numbers.
type array struct {
	shape  []int
	values []float64 // row by row
}

// npyHeader is the dictionary as NumPy writes it.
var npyHeader = regexp.MustCompile(`^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n$`)

// npyTypes are the element types that are read, with their sizes in bytes.
var npyTypes = map[string]int{
	"|b1": 1, "|i1": 1, "|u1": 1,
	"<i2": 2, "<u2": 2, "<i4": 4, "<u4": 4, "<i8": 8, "<u8": 8, "<f4": 4, "<f8": 8,
	">i2": 2, ">u2": 2, ">i4": 4, ">u4": 4, ">i8": 8, ">u8": 8, ">f4": 4, ">f8": 8,
}

// readNPY reads an array of numbers of at most two dimensions.
//
// The npyio library does the reading, but takes a header at its word: it allocates what the shape says, indexes past a
// header that isn't as it expects, and leaves what is missing at the end 0. So the header is read and checked here
// first, and the data must be as long as it says.
func readNPY(data []byte) (array, error) {
	if len(data) < 12 || !bytes.HasPrefix(data, []byte("\x93NUMPY")) {
		return array{}, fmt.Errorf("no NumPy array, but %d bytes of something else", len(data))
	}
	start, size := 10, int(binary.LittleEndian.Uint16(data[8:]))
	switch data[6] {
	case 1:
	case 2:
		start, size = 12, int(binary.LittleEndian.Uint32(data[8:]))
	default:
		return array{}, fmt.Errorf("NumPy format %d; write it as format 1 or 2", data[6])
	}
	if size > len(data)-start {
		return array{}, fmt.Errorf("a header of %d bytes in a file of %d", size, len(data))
	}
	fields := npyHeader.FindSubmatch(data[start : start+size])
	if fields == nil {
		return array{}, fmt.Errorf("a header that isn't as NumPy writes it: %.60q", data[start:start+size])
	}
	width, ok := npyTypes[string(fields[1])]
	if !ok {
		return array{}, fmt.Errorf("elements of type %.20q; give integers or floats of 4 or 8 bytes", fields[1])
	}
	a, err := shapeFrom(string(fields[3]))
	if err != nil {
		return array{}, err
	}
	count := 1
	for _, d := range a.shape {
		count *= d
	}
	if body := len(data) - start - size; body != count*width {
		return array{}, fmt.Errorf("shape (%s) of %d-byte elements, but %d bytes of data", fields[3], width, body)
	}
	if count == 0 {
		return a, nil
	}
	if a.values, err = decodeNPY(bytes.NewReader(data), string(fields[1])[1:]); err != nil {
		return array{}, err
	}
	if string(fields[2]) == "True" && len(a.shape) == 2 {
		a.values = transposed(a.values, a.shape[0], a.shape[1])
	}
	return a, nil
}

// shapeFrom parses what is between the brackets of a shape.
func shapeFrom(text string) (array, error) {
	var a array
	count := 1
	for _, part := range strings.Split(strings.TrimSuffix(strings.TrimSpace(text), ","), ",") {
		if part = strings.TrimSpace(part); part == "" && text == "" {
			return array{shape: []int{}}, nil
		}
		d, err := strconv.Atoi(part)
		if err != nil || d > maxValues || count*max(1, d) > maxValues {
			return array{}, fmt.Errorf("shape (%.60s), beyond the %d numbers that are read", text, maxValues)
		}
		count *= max(1, d)
		a.shape = append(a.shape, d)
	}
	if len(a.shape) > 2 {
		return array{}, fmt.Errorf("shape (%.60s); give an array of one or two dimensions", text)
	}
	return a, nil
}

// decodeNPY reads a whole file of elements of a type, without its byte order.
func decodeNPY(r io.Reader, kind string) ([]float64, error) {
	switch kind {
	case "b1":
		var flags []bool
		if err := npy.Read(r, &flags); err != nil {
			return nil, err
		}
		values := make([]float64, len(flags))
		for i, f := range flags {
			if f {
				values[i] = 1
			}
		}
		return values, nil
	case "i1":
		return decodeAs[int8](r)
	case "u1":
		return decodeAs[uint8](r)
	case "i2":
		return decodeAs[int16](r)
	case "u2":
		return decodeAs[uint16](r)
	case "i4":
		return decodeAs[int32](r)
	case "u4":
		return decodeAs[uint32](r)
	case "i8":
		return decodeAs[int64](r)
	case "u8":
		return decodeAs[uint64](r)
	case "f4":
		return decodeAs[float32](r)
	}
	return decodeAs[float64](r)
}

func decodeAs[T int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64](r io.Reader) ([]float64, error) {
	var raw []T
	if err := npy.Read(r, &raw); err != nil {
		return nil, err
	}
	values := make([]float64, len(raw))
	for i, v := range raw {
		values[i] = float64(v)
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
