// Package columns words what to write where a table of cells leaves its columns open.
package columns

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
)

// Advise adds to an error that a choice of columns settles what to type, or to write into the run's
// configuration, of file. Labels whose order isn't known are named, but no order of them is proposed.
func Advise(err error, file string) error {
	var ask science.ColumnsError
	if !errors.As(err, &ask) {
		return err
	}
	use, drop := ask.Choice.Use, ask.Choice.Drop
	switch order := ask.Choice.Order; {
	case len(order) > 0 && file != "":
		return mistake.New("%w; write time_order = [LABELS] into %s, the earliest first; in the file they come as %s",
			err, file, tomlList(order))
	case len(order) > 0:
		return mistake.New("%w; pass {time_order} LABELS, the earliest first; in the file they come as %s", err,
			terminal.Word(Line(order)))
	}
	var words []string
	args := []any{err}
	add := func(key, value, text string) {
		if file != "" {
			words, args = append(words, key+" = %s"), append(args, text)
		} else {
			words, args = append(words, "{"+key+"} %s"), append(args, terminal.Word(value))
		}
	}
	if len(use) == 0 && len(drop) == 0 || ask.Choice.Time != "" {
		name := ask.Choice.Time
		if name == "" {
			name = "NAME"
		}
		add("time_column", name, fmt.Sprintf("%q", name))
	}
	for _, l := range []struct {
		name string
		list []string
	}{{"columns", use}, {"drop", drop}} {
		if len(l.list) > 0 {
			add(l.name, Line(l.list), tomlList(l.list))
		}
	}
	if file != "" {
		return mistake.New("%w; write "+strings.Join(words, " and ")+" into %s", append(args, file)...)
	}
	return mistake.New("%w; pass "+strings.Join(words, " "), args...)
}

// tomlList is a list of texts as a configuration has it.
func tomlList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Line is a line of CSV, "" for no names.
func Line(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(names) // a buffer takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}
