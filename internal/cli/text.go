package cli

import "github.com/amgen/amgen/internal/terminal"

// oneLine is [terminal.OneLine].
func oneLine(s string) string { return terminal.OneLine(s) }

// printable is [terminal.Printable].
func printable(s string, limit int) string { return terminal.Printable(s, limit) }

// shellWord is [terminal.Word].
func shellWord(word string) string { return terminal.Word(word) }
