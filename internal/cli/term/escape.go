package term

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/amgen/amgen/internal/terminal"
)

// Escaping writes texts as [terminal.Printable] makes them, with their line breaks and tabs, so that no name of a file
// or run, and nothing in an untrusted file, controls the terminal.
type Escaping struct{ io.Writer }

// Write implements [io.Writer]. A call has whole characters.
func (w Escaping) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, escaped(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escaped is a text whose lines are printable.
func escaped(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexAny(s, "\n\t")
		if at < 0 {
			b.WriteString(terminal.Printable(s, math.MaxInt))
			return b.String()
		}
		b.WriteString(terminal.Printable(s[:at], math.MaxInt))
		b.WriteByte(s[at])
		s = s[at+1:]
	}
}

// PrintLine prints a text, such as the path of what a command made.
func PrintLine(w io.Writer, text string) error {
	_, err := fmt.Fprintln(w, escaped(text))
	return err
}

// unescaped is the stream behind one that escapes, on which a progress bar moves the cursor.
func unescaped(w io.Writer) io.Writer {
	if e, ok := w.(Escaping); ok {
		return e.Writer
	}
	return w
}

// PrintJSON prints a JSON text with control characters escaped as in JSON, so that it decodes to the same.
func PrintJSON(w io.Writer, text []byte) error {
	var b strings.Builder
	for _, r := range string(text) {
		if r == '\n' || strconv.IsPrint(r) {
			b.WriteRune(r)
		} else if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}
