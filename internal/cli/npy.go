package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/google/renameio/v2"

	"github.com/amgen/amgen/internal/npy"
)

// writeNPY creates or replaces a NumPy file in one rename.
func writeNPY(path string, a npy.Array) error { return replaceFile(path, a.Write) }

// writeNPZ creates or replaces an archive of NumPy arrays in one rename.
func writeNPZ(path string, arrays []npy.Array) error {
	return replaceFile(path, func(w io.Writer) error { return npy.WriteArchive(w, arrays...) })
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
