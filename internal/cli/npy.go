package cli

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/renameio/v2"
)

// array is a named array in row-major order; values is a []float32 or []float64 of as many elements as shape says.
type array struct {
	name   string
	shape  []int
	values any
}

// writeNPY creates or replaces a NumPy file in one rename.
func writeNPY(path string, a array) error {
	return replaceFile(path, a.encode)
}

// writeNPZ creates or replaces an archive of NumPy arrays, which numpy.load reads by their names, in one rename.
func writeNPZ(path string, arrays []array) error {
	return replaceFile(path, func(w io.Writer) error {
		archive := zip.NewWriter(w)
		for _, a := range arrays {
			entry, err := archive.Create(a.name + ".npy")
			if err != nil {
				return err
			}
			if err := a.encode(entry); err != nil {
				return err
			}
		}
		return archive.Close()
	})
}

// encode writes the array in NumPy's format 1.0; the npyio package, which reads it, writes no more than two dimensions.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func (a array) encode(w io.Writer) error {
	kind := "<f8"
	if _, narrow := a.values.([]float32); narrow {
		kind = "<f4"
	}
	var shape strings.Builder
	for _, n := range a.shape {
		fmt.Fprintf(&shape, "%d, ", n)
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, shape.String())
	const preamble, alignment = 10, 64
	padding := alignment - (preamble+len(header)+1)%alignment
	header += strings.Repeat(" ", padding%alignment) + "\n"

	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00")
	if err := binary.Write(&b, binary.LittleEndian, uint16(len(header))); err != nil {
		return err
	}
	b.WriteString(header)
	if err := binary.Write(&b, binary.LittleEndian, a.values); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// replaceFile creates or replaces a file by what write produces, in one rename.
func replaceFile(path string, write func(io.Writer) error) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return fmt.Errorf("output file: %w", err)
	}
	if err = write(f); err == nil {
		err = f.CloseAtomicallyReplace()
	}
	if err != nil {
		return fmt.Errorf("output file %s: %w", path, errors.Join(err, f.Cleanup()))
	}
	return nil
}
