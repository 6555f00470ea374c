package cli

import "github.com/amgen/amgen/internal/terminal"

// How many runes of a name or a value of a file's are printed, and of a line of its configuration; --json has all.
const mostShown, mostOfLine = 100, 1000

// shown is a name or a value of a file as it is printed.
func shown(s string) string { return terminal.Printable(s, mostShown) }
