// Package terminal makes texts that a terminal can show and a shell can read: strangers' files and names hold anything.
package terminal

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// OneLine joins the lines of a message, so that an error is one line on the terminal and in a log. What a stranger's
// file has in it can't control the terminal.
func OneLine(s string) string {
	return Printable(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), "; "),
		4000)
}

// Printable is a text of which each rune that isn't seen, such as the beginning of a terminal's command, is written
// as in Go. It has some limit runes at most, and then an ellipsis.
func Printable(s string, limit int) string {
	var b strings.Builder
	for at := 0; at < len(s); {
		if limit <= 0 {
			b.WriteRune('…')
			break
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		if visible := strconv.IsPrint(r) && (r != utf8.RuneError || size > 1); visible {
			b.WriteRune(r)
			limit--
		} else {
			quoted := strconv.QuoteToASCII(s[at : at+size])
			b.WriteString(quoted[1 : len(quoted)-1])
			limit -= len(quoted) - 2
		}
		at += size
	}
	return b.String()
}
