package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/sniff"
)

const magic = "\x93NUMPY"

// maxHeader is far more than any array of numbers needs; formats 2 and 3 would allow 4 GiB.
const maxHeader = 1 << 16

// header is what the dictionary before the numbers says.
type header struct {
	kind    kind
	columns bool // Fortran's order
	shape   []int
	count   int // of the numbers
}

// readHeader reads what comes before the numbers, in format 1, 2 or 3.
func readHeader(r io.Reader) (header, error) {
	var start [12]byte
	n, err := io.ReadFull(r, start[:10])
	if err != nil || string(start[:6]) != magic {
		return header{}, foreign(start[:n], r)
	}
	size := int(binary.LittleEndian.Uint16(start[8:]))
	switch start[6] {
	case 1:
	case 2, 3: // 3 is 2 in UTF-8, which only names of fields need
		if _, err := io.ReadFull(r, start[10:]); err != nil {
			return header{}, errors.New("a header that is cut off")
		}
		size = int(binary.LittleEndian.Uint32(start[8:]))
	default:
		return header{}, fmt.Errorf("NumPy format %d; write it as format 1, 2 or 3", start[6])
	}
	if size > maxHeader {
		return header{}, fmt.Errorf("a header of %d bytes; that of an array of numbers is shorter", size)
	}
	text := make([]byte, size)
	if n, err := io.ReadFull(r, text); err != nil {
		return header{}, fmt.Errorf("a header of %d bytes, of which %d are there", size, n)
	}
	return parseHeader(text)
}

// foreign names what begins like no array.
func foreign(start []byte, r io.Reader) error {
	rest, _ := io.ReadAll(io.LimitReader(r, sniff.Length)) // an error shortens what is named
	head := append(bytes.Clone(start), rest...)
	if err := named(head); err != nil {
		return err
	}
	return fmt.Errorf("no NumPy array, but %.10q", head)
}

// named is the error that names what a file begins like, nil where that isn't known.
func named(head []byte) error {
	switch what, do := sniff.Name(head); {
	case what == "":
		return nil
	case do == "":
		return fmt.Errorf("no NumPy array, but the content of %s", what)
	default:
		return fmt.Errorf("no NumPy array, but the content of %s; %s", what, do)
	}
}

// parseHeader reads the dictionary as any writer may put it: keys in any order, either quotes, space or none, a comma
// at the end or none, the long integers of Python 2.
func parseHeader(text []byte) (header, error) {
	l := literal{rest: string(text)}
	entries, err := l.dictionary()
	if err != nil {
		return header{}, fmt.Errorf("a header that isn't as NumPy writes it (%w): %.60q", err, text)
	}
	for key := range entries {
		if key != "descr" && key != "fortran_order" && key != "shape" {
			return header{}, fmt.Errorf("a header that isn't as NumPy writes it (key %.20q): %.60q", key, text)
		}
	}
	var h header
	descr, ok := entries["descr"].(string)
	if !ok && entries["descr"] != nil {
		return h, fmt.Errorf("a structured array; save one of its fields, as x[%q]", "name")
	}
	order, isBool := entries["fortran_order"].(bool)
	shape, isTuple := entries["shape"].([]any)
	if !ok || !isBool || !isTuple {
		return h, fmt.Errorf("a header that isn't as NumPy writes it (no descr, fortran_order or shape): %.60q", text)
	}
	h.columns = order
	if h.kind, err = kindOf(descr); err != nil {
		return h, err
	}
	h.shape, h.count, err = shapeFrom(shape)
	return h, err
}

// shapeFrom checks the axes, and multiplies them.
func shapeFrom(axes []any) (shape []int, count int, err error) {
	shape, count = []int{}, 1
	most := 1
	for _, axis := range axes {
		text, ok := axis.(number)
		d, err := strconv.Atoi(string(text))
		if !ok || err != nil || d < 0 || d > MaxValues || most*max(1, d) > MaxValues { // zeros don't excuse the others
			return nil, 0, fmt.Errorf("shape (%.60s), beyond the %d numbers that are read", listed(axes), MaxValues)
		}
		most *= max(1, d)
		count *= d
		shape = append(shape, d)
	}
	return shape, count, nil
}

func listed(axes []any) string {
	var parts []string
	for _, a := range axes {
		parts = append(parts, fmt.Sprint(a))
	}
	return strings.Join(parts, ", ")
}
