package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/amgen/amgen/internal/replace"
)

// replaceFile is [replace.File].
func replaceFile(path string, write func(io.Writer) error) error {
	if err := replace.File(path, write); err != nil {
		return fmt.Errorf("output file %s: %w; check the space and the rights there", path, err)
	}
	return nil
}

// replaceText is replaceFile by a text.
func replaceText(path string, text []byte) error {
	return replaceFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// isSpecial tells whether a path is of what is no regular file and no directory, such as a device or a FIFO.
func isSpecial(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// checkReplaceable is a usage error for an output file that mustn't be replaced: one that is write-protected.
func checkReplaceable(path string) error {
	if err := replace.Check(path); err != nil {
		return usagef("-o %s: %w", path, err)
	}
	return nil
}
