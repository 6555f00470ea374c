package train

import (
	"fmt"
	"io"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/terminal"
)

// replaceOwn writes a file of a run directory, see [replace.Own].
func replaceOwn(path string, text []byte) error {
	err := replace.Own(path, func(w io.Writer) error { _, err := w.Write(text); return err })
	if err != nil {
		return fmt.Errorf("output file %s: %w; check the space and the rights there", path, err)
	}
	return nil
}

// shown is a name or a value of a file as it is printed.
func shown(s string) string { return terminal.Printable(s, 100) }
