package tables

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/weighting"
)

// Columns choose what of a file is used; the zero value is all that can be.
//
// A column is chosen by its name; by its number, counted from 1, where no name is that; or with others by the start of
// their names and *, or by the first and the last of a row of them with .. between. In a .npz the name is that of an
// array, or ARRAY[K] for one of its columns.
type Columns struct {
	Time string   // the column of times
	Use  []string // the coordinates, in this order
	Drop []string // no coordinates
	// Order are the labels in the column of times, each once, in their order; nil where it has numbers, or labels with
	// numbers in them, see package timelabel.
	Order []string
}

// Any tells whether anything was chosen.
func (c Columns) Any() bool { return c.Time != "" || c.Use != nil || c.Drop != nil || c.Order != nil }

// OptionError says that what was asked for makes no sense of a file that is in order, or that no such kind of file is
// read.
type OptionError struct{ error }

// OptionErrorf makes an [OptionError] as [fmt.Errorf] makes an error.
func OptionErrorf(format string, args ...any) error { return OptionError{fmt.Errorf(format, args...)} }

// ColumnsError says that a choice of columns is needed, and holds one that may be meant, where there is one.
type ColumnsError struct {
	error
	Choice Columns
}

// Choose returns which of the names, counted from 0, are chosen as [Columns] are, each once. A choice that none of them
// has is an [OptionError], in which what has the names is called file.
func Choose(file string, names, choice []string) ([]int, error) { return resolve(file, names, choice) }

// resolve has the numbers of what the choices name, among names.
func resolve(file string, names []string, list []string) ([]int, error) {
	if len(list) == 0 {
		return nil, nil
	}
	index := make(map[string]int, len(names))
	for i, name := range names {
		index[name] = i
	}
	var chosen []int
	have := make(map[int]bool, len(list))
	for _, token := range list {
		found := find(index, names, token)
		if len(found) == 0 {
			return nil, OptionErrorf("science: %s has no column %.60q; it has %s", file, token, Listed(names))
		}
		for _, i := range found {
			if !have[i] {
				have[i] = true
				chosen = append(chosen, i)
			}
		}
	}
	return chosen, nil
}

// find is the columns that a token stands for.
func find(index map[string]int, names []string, token string) (found []int) {
	one := func(token string) (int, bool) {
		i, ok := index[token]
		if n, err := strconv.Atoi(token); !ok && err == nil && n >= 1 && n <= len(names) {
			i, ok = n-1, true
		}
		return i, ok
	}
	if i, ok := one(token); ok {
		return []int{i}
	}
	if first, last, ok := strings.Cut(token, ".."); ok {
		from, a := one(first)
		to, b := one(last)
		if a && b && from <= to {
			for i := from; i <= to; i++ {
				found = append(found, i)
			}
			return found
		}
	}
	start, starred := strings.CutSuffix(token, "*")
	if !starred {
		start = token + "[" // an array's columns
	}
	for i, name := range names {
		if strings.HasPrefix(name, start) {
			found = append(found, i)
		}
	}
	return found
}

// Listed is a list of names, shortened where it is long.
func Listed(names []string) string {
	const few = 12
	short := make([]string, 0, few+1)
	for i, name := range names {
		if len(names) > few && i == few-2 {
			short = append(short, "…")
		}
		if len(names) <= few || i < few-2 || i == len(names)-1 {
			short = append(short, Printed(name))
		}
	}
	return strings.Join(short, ", ")
}

// Printed is a name on one line, quoted where it would do harm.
func Printed(name string) string {
	name = fmt.Sprintf("%.60s", name)
	if strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// coordinates are the columns to use as such, besides the time, −1 for none.
func (g *grid) coordinates(choice Columns, time int) (use []int, err error) {
	dropped, err := resolve(g.file, g.names, choice.Drop)
	if err != nil {
		return nil, err
	}
	chosen, err := resolve(g.file, g.names, choice.Use)
	if err != nil {
		return nil, err
	}
	out := make(map[int]bool, len(dropped))
	for _, c := range dropped {
		out[c] = true
	}
	if chosen != nil {
		for _, c := range chosen {
			if c != time && !out[c] {
				if err := g.check(c, aCoordinate); err != nil {
					return nil, err
				}
				use = append(use, c)
			}
		}
		g.sayOthers(use, time)
		return use, nil
	}
	var text, empty []string
	var suspect error
	for c := range g.names {
		switch {
		case c == time || out[c]:
			continue
		case g.isText(c) && written(g.columns[c].word.text) == "":
			text = append(text, g.names[c])
			continue
		case g.isEmpty(c):
			empty = append(empty, g.names[c])
			continue
		}
		if err := g.suspects(c); err != nil {
			suspect = also(suspect, err)
			continue
		}
		if err := g.check(c, aCoordinate); err != nil && suspect == nil {
			return nil, err
		}
		use = append(use, c)
	}
	if suspect != nil {
		return nil, suspect
	}
	for kind, list := range map[string][]string{"text": text, "empty": empty} {
		if len(list) > 0 {
			g.notes = append(g.notes, fmt.Sprintf("left out, %s: %s", kind, Listed(list)))
		}
	}
	g.sayKinds(use)
	g.sayTimes(use)
	slices.Sort(g.notes)
	return use, nil
}

// sayOthers notes which columns were not chosen.
func (g *grid) sayOthers(use []int, time int) {
	used := map[int]bool{time: true}
	for _, c := range use {
		used[c] = true
	}
	var others []string
	for c, name := range g.names {
		if !used[c] {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		g.notes = append(g.notes, "left out, not chosen: "+Listed(others))
	}
}

// also is the first error, with what settles the second, too.
func also(first, second error) error {
	var a, b ColumnsError
	if first == nil {
		return second
	}
	if errors.As(first, &a) && errors.As(second, &b) {
		a.Choice.Drop = append(a.Choice.Drop, b.Choice.Drop...)
		return a
	}
	return first
}

// orDrop makes an error one that leaving out a column settles, where the file names it.
func (g *grid) orDrop(err error, c int) error {
	return ColumnsError{fmt.Errorf("%w, or leave it out", err), Columns{Drop: []string{g.names[c]}}}
}

// weightColumn is what amgen's samples that count differently have besides their coordinates, and bodyWeight a name
// that coordinates have, too.
const (
	weightColumn = "log_weight"
	bodyWeight   = "weight"
)

// indexNames are those that pandas, R and others give to numbers of rows, in small letters.
var indexNames = map[string]bool{"index": true, "level_0": true, "level_1": true, "cell_id": true, "cellid": true,
	"cell": true, "cells": true, "id": true,
	"row": true, "rownames": true, "row_names": true, "rowname": true, "row_id": true, "rn": true, "obs": true,
	"obs_id": true, "observation": true, "idx": true, "no": true, "no.": true,
	"nr": true, "number": true, "n": true, "#": true, "num": true, "sample_id": true, "sampleid": true, "barcode": true}

// leastCount is the number of rows from which on a count by any name is one of rows.
const leastCount = 10

// suspects refuses a column that is no coordinate by all that can be seen.
func (g *grid) suspects(c int) error {
	name, why := g.names[c], ""
	_, weighs := weighting.Name(name)
	nameless := strings.HasPrefix(name, unnamed) && g.named
	switch {
	case g.named && name == weightColumn:
		return fmt.Errorf("science: %s: %s has the weights of samples of an unbalanced run, and snapshots have none; "+
			"choose cells by them, or leave it out", g.file,
			g.label(c))
	case g.named && weighs && !strings.EqualFold(name, bodyWeight):
		why = "has weights by its name, and snapshots have none; choose the columns by name if it is a coordinate"
	case g.isLabel(c) && !g.points:
		why = "has whole numbers and a name that labels have; choose the columns by name if it is a coordinate"
	case nameless && g.counts(c, true):
		why = "has no name and numbers the rows, as the index of a table does; name it if it is a coordinate"
	case nameless:
		why = "has no name, as the index of a table that pandas or R wrote; name it if it is a coordinate"
	// R calls it X
	case g.named && g.rows > 2 && (indexNames[strings.ToLower(name)] && g.counts(c, true) || name == "X" &&
		g.counts(c, false)),
		g.rows >= leastCount && g.counts(c, false):
		why = "numbers the rows, as the index of a table does; choose the columns by name if it is a coordinate"
	default:
		return nil
	}
	return g.orDrop(fmt.Errorf("science: %s: %s %s", g.file, g.label(c), why), c)
}
