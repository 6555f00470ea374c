package cli

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Columns of help: as many as the terminal has, and these where it has more, or where there is none.
const (
	widestHelp = 120
	pipedHelp  = 80
)

// wrapHelp breaks the lines of help, of root and all commands below, between words and at the width of what it is written to.
func wrapHelp(root *cobra.Command, out io.Writer) {
	cobra.AddTemplateFunc("prose", func(text string) string { return wrap(text, helpWidth(out)) })
	cobra.AddTemplateFunc("helpWidth", func() int { return helpWidth(out) })
	root.SetHelpTemplate(strings.Replace(root.HelpTemplate(), "{{. | trim", "{{. | prose | trim", 1))
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "Flags.FlagUsages ", "Flags.FlagUsagesWrapped helpWidth "))
}

// wrap breaks a text into lines of at most width columns, but for longer words. It breaks no word, as libraries do at hyphens:
// "--" at the end of a line is no flag.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

func helpWidth(out io.Writer) int {
	if f, ok := out.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(width, widestHelp)
		}
	}
	return pipedHelp
}
