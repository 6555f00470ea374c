package term

import (
	"fmt"
	"io"
	"os"
)

// Results is the standard output of a command. It keeps the first error of writing, so that a command whose results are
// lost fails even if its code ignores the error.
type Results struct {
	io.Writer
	Err error
}

// Write implements io.Writer.
func (r *Results) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if err != nil && r.Err == nil {
		r.Err = fmt.Errorf("write to the standard output: %w", err)
	}
	return n, err
}

// fileOf is the file that a stream is, if it is one.
func fileOf(w io.Writer) (*os.File, bool) {
	switch wrapped := w.(type) {
	case *Results:
		w = wrapped.Writer
	case Escaping:
		w = wrapped.Writer
	}
	f, ok := w.(*os.File)
	return f, ok
}
