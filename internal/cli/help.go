package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Columns of help: those of the terminal, at most widestHelp, and pipedHelp if the output is no terminal.
const (
	widestHelp = 120
	pipedHelp  = 80
)

// wrapHelp sets the help of root and of all commands below it: lines end between words, at the width of the output. It
// is written in Go and not as cobra's templates, which would keep each method of each type in the program: 6 MB of it.
func wrapHelp(root *cobra.Command) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		out := cmd.OutOrStdout()
		width := helpWidth(out)
		about := cmd.Long
		if about == "" {
			about = cmd.Short
		}
		fmt.Fprintf(out, "%s\n\n%s", wrap(about, width), usage(cmd, width))
	})
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		out := cmd.OutOrStderr()
		_, err := io.WriteString(out, usage(cmd, helpWidth(out)))
		return err
	})
}

// usage is a command's help without its description.
func usage(cmd *cobra.Command, width int) string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.Runnable() {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s [command]\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasAvailableLocalFlags() {
		b.WriteString(flagUsage(cmd.LocalFlags(), width))
	}
	if cmd.HasAvailableInheritedFlags() {
		fmt.Fprintf(&b, "\nGlobal flags:\n%s", flagTable(listed(cmd.InheritedFlags()), width))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nUse \"%s [command] --help\" for more information about a command.\n", cmd.CommandPath())
	}
	return b.String()
}

// wrap breaks a text into lines of at most width columns, except for longer words. An empty line in the text begins a
// paragraph. It breaks no word, as libraries do at hyphens: "--" at the end of a line is no flag.
func wrap(text string, width int) string {
	var paragraphs []string
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		paragraphs = append(paragraphs, strings.Join(wrapLines(paragraph, width), "\n"))
	}
	return strings.Join(paragraphs, "\n\n")
}

// wrapLines breaks a paragraph into lines.
func wrapLines(text string, width int) (lines []string) {
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

func helpWidth(out io.Writer) int {
	if f, ok := fileOf(out); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(width, widestHelp)
		}
	}
	return pipedHelp
}
