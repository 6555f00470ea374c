package term

import "github.com/amgen/amgen/internal/terminal"

// mostShown is how many runes of a name or a value of a file are printed.
const mostShown = 100

// MostOfLine is how many runes of a line in a file are printed.
const MostOfLine = 1000

// Shown is a name or a value of a file as it is printed.
func Shown(s string) string { return terminal.Printable(s, mostShown) }
