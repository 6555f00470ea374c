package tables

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/npy"
)

// Wanted is what [ReadCells] looks for in a file.
type Wanted struct {
	Columns []string // by the labels of a [Table]
	Time    string   // a column that need not be there
	// TimeLabels are those that the column of times may have, with their times; nil of numbers.
	TimeLabels map[string]float64
}

// Cells are cells of a file whose columns were chosen by name.
type Cells struct {
	Name   string
	N      int
	Values []float64 // [cells, columns], finite
	Times  []float64 // [cells], nil where the file has none
}

// ReadCells reads cells from a .csv, .tsv, .txt, .h5ad or .npz, see [Read]. Columns that aren't wanted are passed over,
// and the file need have no times. In a .npz the columns are those of one array.
func ReadCells(name string, want Wanted) (*Cells, error) {
	paths, inside := Split(name)
	path := paths[0]
	if len(paths) > 1 {
		return nil, unknownEnding(name)
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".h5ad":
		return h5adCells(path, inside, want)
	case ".csv", ".tsv", ".txt", ".npz":
	default:
		return nil, unknownEnding(path)
	}
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	var g *grid
	if name = filepath.Base(path); strings.EqualFold(filepath.Ext(path), ".npz") {
		g, err = npzCellGrid(name, data, inside, want)
	} else {
		g, err = csvGrid(name, data, 1)
	}
	if err != nil {
		return nil, err
	}
	use, err := exactly(name, g.names, want.Columns)
	if err != nil {
		return nil, err
	}
	for _, c := range use {
		if err := g.check(c, aCoordinate); err != nil {
			return nil, err
		}
	}
	t := g.table(use)
	c := &Cells{Name: name, N: g.rows, Values: t.Values}
	if time := slices.Index(g.names, want.Time); time >= 0 {
		if c.Times, err = g.knownTimes(time, want.TimeLabels); err != nil {
			return nil, err
		}
	}
	return c, c.check(t.Where, len(use))
}

// check refuses a file without cells, and numbers that are no coordinates.
func (c *Cells) check(where func(row, column int) string, width int) error {
	if c.N == 0 {
		return fmt.Errorf("science: %s holds 0 cells; give at least one", c.Name)
	}
	for i, v := range c.Values {
		if err := CheckCoordinate(v); err != nil {
			return fmt.Errorf("science: %s: %s %w", c.Name, where(i/width, i%width), err)
		}
	}
	return nil
}

// exactly are the numbers of columns of those names.
func exactly(where string, names, want []string) ([]int, error) {
	index := make(map[string]int, len(names))
	for i, name := range names {
		index[name] = i
	}
	var use []int
	var lacks []string
	for _, name := range want {
		if i, ok := index[name]; ok {
			use = append(use, i)
		} else {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) > 0 {
		return nil, OptionErrorf("science: %s lacks %d of %d columns: %s; it has %s", where, len(lacks), len(want),
			Listed(lacks), Listed(names))
	}
	return use, nil
}

// knownTimes are the times in a column: its numbers, or those that its labels are known to stand for.
func (g *grid) knownTimes(c int, known map[string]float64) ([]float64, error) {
	if !g.isText(c) || known == nil {
		return g.numericTimes(c)
	}
	labels, err := g.labels(c)
	if err != nil {
		return nil, err
	}
	times := make([]float64, g.rows)
	for i, label := range labels {
		time, ok := known[label]
		if !ok {
			return nil, OptionErrorf("science: %s: %s has %.40q, which is none of the times that were learned; leave "+
				"the column or the row out", g.file, g.at(i, c), label)
		}
		times[i] = time
	}
	return times, nil
}

// npzCellGrid has the columns of an array of a .npz, the one that the first wanted column is of unless it is named, and
// the times, if there are any.
func npzCellGrid(name string, data []byte, cells string, want Wanted) (*grid, error) {
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("science: %s is %v", name, err)
	}
	if cells == "" && len(want.Columns) > 0 {
		cells, _, _ = strings.Cut(want.Columns[0], "[")
	}
	if !archive.Has(cells) {
		return nil, OptionErrorf("science: %s has no array %.60q, but %s", name, cells, archive)
	}
	a, err := readEntry(archive, cells)
	if err != nil {
		return nil, fmt.Errorf("science: %s has %v", name, err)
	}
	if len(a.shape) != 2 {
		return nil, fmt.Errorf("science: %s: %s has shape %v; give [cells, dimensions]", name, a, a.shape)
	}
	times := array{shape: []int{-1}}
	if want.Time != cells && archive.Has(want.Time) {
		if times, err = readEntry(archive, want.Time); err != nil {
			return nil, fmt.Errorf("science: %s has %v", name, err)
		}
		if len(times.values) != a.shape[0] {
			return nil, fmt.Errorf("science: %s: %s has shape %v for %d cells; give one time for each", name, times,
				times.shape, a.shape[0])
		}
	}
	g := &grid{file: name, rows: a.shape[0], place: func(row int) string { return fmt.Sprintf("%s, row %d", a, row) }}
	g.label = func(c int) string { return "column " + Printed(g.names[c]) }
	for c := range a.shape[1] {
		g.names = append(g.names, fmt.Sprintf("%s[%d]", cells, c))
	}
	if g.values = a.values; times.values != nil {
		g.names, g.values = append(g.names, want.Time), nil
		for i, time := range times.values {
			g.values = append(append(g.values, a.values[i*a.shape[1]:(i+1)*a.shape[1]]...), time)
		}
	}
	return g, nil
}

// h5adCells reads columns of a matrix of an AnnData file, X unless it is named.
func h5adCells(path, matrix string, want Wanted) (*Cells, error) {
	h, closer, err := openH5AD(path)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	matrix, _, err = h.matrix(matrix, Columns{})
	if err != nil {
		return nil, err
	}
	m, err := h.file.Matrix(matrix)
	if err != nil {
		return nil, h.wrong(err)
	}
	if _, err := exactly(fmt.Sprintf("%s, matrix %s", h.name, matrix), m.Names, want.Columns); err != nil {
		return nil, err
	}
	t, err := h.cells(matrix, Columns{Use: want.Columns})
	if err != nil {
		return nil, err
	}
	c := &Cells{Name: h.name, N: h.file.Cells, Values: t.Values}
	if slices.Contains(h.file.Columns(), want.Time) {
		obs, err := h.obs([]string{want.Time}, true)
		if err != nil {
			return nil, err
		}
		if c.Times, err = obs.knownTimes(0, want.TimeLabels); err != nil {
			return nil, err
		}
	}
	return c, c.check(t.Where, t.Dim)
}
