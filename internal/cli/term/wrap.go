package term

import (
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// widestHelp is the largest number of columns of help on a terminal.
const widestHelp = 120

// PipedHelp is the number of columns of help where the output is no terminal.
const PipedHelp = 80

// Wrap breaks a text into lines of at most width columns, except for longer words. An empty line in the text begins a
// paragraph. It breaks no word, as libraries do at hyphens: "--" at the end of a line is no flag.
func Wrap(text string, width int) string {
	var paragraphs []string
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		paragraphs = append(paragraphs, strings.Join(WrapLines(paragraph, width), "\n"))
	}
	return strings.Join(paragraphs, "\n\n")
}

// WrapLines breaks a paragraph into lines.
func WrapLines(text string, width int) (lines []string) {
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if last := len(lines) - 1; last >= 0 && column+1+n <= width {
			lines[last] += " " + word
			column += 1 + n
			continue
		}
		lines, column = append(lines, word), n
	}
	return lines
}

// HelpWidth is the number of columns of help on a stream.
func HelpWidth(out io.Writer) int {
	if f, ok := fileOf(out); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(width, widestHelp)
		}
	}
	return PipedHelp
}
