package tables

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/npy"
)

// Arrays of TrajectoryNet's schema.
const (
	npzCells  = "pcs"
	npzLabels = "sample_labels"
)

// readNPZ reads TrajectoryNet's schema: pcs, [cells, dim], and sample_labels, the time of each cell; or the arrays
// chosen. cells names that of the cells, "" where the choice of columns may.
func readNPZ(name string, data []byte, cells string, choice Columns) (*Table, error) {
	if choice.Order != nil {
		return nil, OptionErrorf("science: %s has numbers as times, and an order is for labels; leave it out", name)
	}
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("science: %s is %v", name, err)
	}
	keys := [2]string{npzCells, npzLabels}
	if choice.Time != "" {
		keys[1] = choice.Time
	}
	for _, token := range choice.Use {
		if array, _, _ := strings.Cut(token, "["); archive.Has(array) {
			keys[0] = array
		}
	}
	if cells != "" {
		keys[0] = cells
	}
	var read [2]array
	for i, key := range keys {
		if !archive.Has(key) {
			return nil, askArrays(name, archive, keys, key)
		}
		if read[i], err = readEntry(archive, key); err != nil {
			return nil, fmt.Errorf("science: %s has %v", name, err)
		}
	}
	return arrayTable(name, read[0], read[1], choice)
}

// askArrays is the error where an array isn't there. It names those that have the shapes of cells and times.
func askArrays(name string, archive *npy.Archive, keys [2]string, lacks string) error {
	const most = 100
	var cells, times []string
	rows := map[string]int{}
	for i, key := range archive.Names() {
		if i == most {
			break
		}
		r, entry, err := archive.Open(key)
		if err != nil {
			continue
		}
		entry.Close()
		switch n := len(r.Shape); {
		case n == 2 && r.Shape[1] > 1:
			cells = append(cells, key)
		case n == 1 || n == 2:
			times = append(times, key)
		default:
			continue
		}
		rows[key] = r.Shape[0]
	}
	var choice Columns
	best := func(list, known []string) string {
		for _, k := range known {
			if i := slices.IndexFunc(list, func(s string) bool { return strings.EqualFold(s, k) }); i >= 0 {
				return list[i]
			}
		}
		return ""
	}
	if lacks == npzLabels || keys[1] == npzLabels && !archive.Has(npzLabels) {
		choice.Time = best(times, append([]string{"t", "ts", "times", "labels", "label", "y"}, timeColumns...))
	}
	if !archive.Has(keys[0]) {
		choice.Use = []string{best(cells, []string{"x", "xs", "cells", "data", "points", "samples", "features",
			"arr_0"})}
		if choice.Use[0] == "" && len(cells) == 1 {
			choice.Use[0] = cells[0]
		}
	}
	if choice.Use != nil && choice.Time != "" && rows[choice.Use[0]] != rows[choice.Time] {
		choice.Time = ""
	}
	const some = "ARRAY"
	if choice.Use != nil {
		choice.Use[0] = cmp.Or(choice.Use[0], some)
	}
	if !archive.Has(keys[1]) {
		choice.Time = cmp.Or(choice.Time, some)
	}
	err := fmt.Errorf("science: %s has no array %q, but %s; save the cells as %q and their times as %q, or name the "+
		"arrays that have them", name, lacks, archive,
		npzCells, npzLabels)
	return ColumnsError{err, choice}
}

func readEntry(archive *npy.Archive, name string) (array, error) {
	r, entry, err := archive.Open(name)
	if err != nil {
		return array{}, err
	}
	defer entry.Close()
	a, err := finish(r)
	if err != nil {
		return array{}, fmt.Errorf("array %q with %v", name, err)
	}
	a.name = name
	return a, nil
}

// arrayTable makes a table of cells, [cells, dim], and their times, [cells] or [cells, 1].
func arrayTable(file string, cells, times array, choice Columns) (*Table, error) {
	if len(cells.shape) != 2 {
		return nil, fmt.Errorf("science: %s: %s has shape %v; give [cells, dimensions]", file, cells, cells.shape)
	}
	if n := len(times.shape); n != 1 && !(n == 2 && times.shape[1] == 1) {
		return nil, fmt.Errorf("science: %s: %s has shape %v; give one time for each cell", file, times, times.shape)
	}
	if cells.shape[0] != times.shape[0] {
		return nil, fmt.Errorf("science: %s: %s has %d cells, %s %d times; give one time for each cell", file, cells,
			cells.shape[0], times, times.shape[0])
	}
	if cells.shape[1] > MostColumns {
		return nil, fmt.Errorf("science: %s: %s has %d dimensions, beyond the %d that are learned in", file, cells,
			cells.shape[1], MostColumns)
	}
	g := &grid{file: file, values: cells.values, rows: cells.shape[0], names: make([]string, cells.shape[1]),
		place: func(row int) string { return fmt.Sprintf("%s, row %d", cells, row) },
		label: func(c int) string { return fmt.Sprintf("column %d", c) }}
	base := strings.TrimSuffix(cells.name, ".npy")
	for c := range g.names {
		g.names[c] = fmt.Sprintf("%s[%d]", base, c)
	}
	use, err := g.coordinates(choice, -1)
	if err != nil {
		return nil, err
	}
	t := g.table(use)
	t.Wide, t.Times, t.TimeName = cells.String(), times.values, times.name
	t.WhenAt = func(row int) string {
		if row < 0 {
			return times.String()
		}
		return fmt.Sprintf("%s, row %d", times, row)
	}
	return t, nil
}
