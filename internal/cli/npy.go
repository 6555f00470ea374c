package cli

import (
	"io"

	"github.com/amgen/amgen/internal/npy"
)

// writeNPY creates or replaces a NumPy file in one rename.
func writeNPY(path string, a npy.Array) error { return replaceFile(path, a.Write) }

// writeNPZ creates or replaces an archive of NumPy arrays in one rename.
func writeNPZ(path string, arrays []npy.Array) error {
	return replaceFile(path, func(w io.Writer) error { return npy.WriteArchive(w, arrays...) })
}
