package npy

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Array is a named array in row-major order; Values is a []float32, []float64, []int32, []uint8 or []string of as many
// elements as Shape says. NumPy pads texts to the longest of an array, and reads them without zeros at their ends.
type Array struct {
	Name   string
	Shape  []int
	Values any
}

// Write writes the array as a .npy of format 1.
func (a Array) Write(w io.Writer) error {
	descr := ""
	switch a.Values.(type) {
	case []float32:
		descr = "<f4"
	case []float64:
		descr = "<f8"
	case []int32:
		descr = "<i4"
	case []uint8:
		descr = "|u1"
	case []string:
		descr = fmt.Sprintf("<U%d", longest(a.Values.([]string)))
	default:
		return fmt.Errorf("npy: array %q of %T; give float32, float64, int32, uint8 or texts", a.Name, a.Values)
	}
	var axes []string
	for _, n := range a.Shape {
		axes = append(axes, strconv.Itoa(n))
	}
	shape := strings.Join(axes, ", ")
	if len(axes) == 1 {
		shape += "," // a tuple of one, in Python
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape)
	const preamble, alignment = 10, 64
	padding := alignment - (preamble+len(head)+1)%alignment
	head += strings.Repeat(" ", padding%alignment) + "\n"
	start := binary.LittleEndian.AppendUint16([]byte(magic+"\x01\x00"), uint16(len(head)))
	if _, err := w.Write(append(start, head...)); err != nil {
		return err
	}
	switch values := a.Values.(type) {
	case []float32:
		return writeNumbers(w, values)
	case []float64:
		return writeNumbers(w, values)
	case []int32:
		return writeNumbers(w, values)
	case []uint8:
		_, err := w.Write(values)
		return err
	case []string:
		return writeTexts(w, values)
	}
	return nil
}

// longest is the number of letters of the longest text, at least 1.
func longest(texts []string) int {
	most := 1
	for _, text := range texts {
		most = max(most, utf8.RuneCountInString(text))
	}
	return most
}

// writeTexts writes texts as NumPy does, 4 bytes a letter.
func writeTexts(w io.Writer, texts []string) error {
	row := make([]byte, 4*longest(texts))
	for _, text := range texts {
		clear(row)
		at := 0
		for _, letter := range text {
			binary.LittleEndian.PutUint32(row[at:], uint32(letter))
			at += 4
		}
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func writeNumbers[T float32 | float64 | int32](w io.Writer, values []T) error {
	const most = 1 << 13 // numbers at a time
	for len(values) > 0 {
		n := min(len(values), most)
		if err := binary.Write(w, binary.LittleEndian, values[:n]); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// WriteArchive writes a .npz, which numpy.load reads by the arrays' names.
func WriteArchive(w io.Writer, arrays ...Array) error { return WriteCommented(w, "", arrays...) }

// WriteCommented writes a .npz with a comment, which [Archive.Comment] reads and NumPy passes over.
func WriteCommented(w io.Writer, comment string, arrays ...Array) error {
	archive := zip.NewWriter(w)
	if err := archive.SetComment(comment); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	for _, a := range arrays {
		entry, err := archive.Create(a.Name + ".npy")
		if err != nil {
			return err
		}
		if err := a.Write(entry); err != nil {
			return err
		}
	}
	return archive.Close()
}
