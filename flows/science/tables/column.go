package tables

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/anndata"
	"github.com/amgen/amgen/internal/npy"
)

// ReadNumbers reads a column of a file of cells, a number for each in the order of the file: a column of a text, a
// column of obs in a .h5ad, or an array of a .npz; see [Read] for files. A pair of arrays has no further columns.
//
// A column that isn't there is an [OptionError]; a cell without a number in it is an error that names the row.
func ReadNumbers(files, column string) ([]float64, error) {
	g, c, err := readColumn(files, column)
	if err != nil {
		return nil, err
	}
	if err := g.check(c, aColumn); err != nil {
		return nil, err
	}
	numbers, value := make([]float64, g.rows), g.column(c)
	for i := range numbers {
		numbers[i] = value(i)
		if err := CheckCoordinate(numbers[i]); err != nil {
			return nil, fmt.Errorf("science: %s: %s %w", g.file, g.at(i, c), err)
		}
	}
	return numbers, nil
}

// ReadLabels reads a column of a file of cells, a text for each in the order of the file, see [ReadNumbers]. Numbers
// are as they are written. A cell without a label has "".
func ReadLabels(files, column string) ([]string, error) {
	g, c, err := readColumn(files, column)
	if err != nil {
		return nil, err
	}
	labels, err := g.textsOf(c)
	for i, label := range labels {
		if missing[label] {
			labels[i] = ""
		}
	}
	return labels, err
}

// aColumn is what a column by itself is to be, for errors.
const aColumn = "to be numbers"

// readColumn finds a column of a file.
func readColumn(files, column string) (g *grid, c int, err error) {
	paths, _ := Split(files)
	if len(paths) > 1 {
		return nil, 0, OptionErrorf("science: a pair of arrays has no column %.60q; give a file that has it", column)
	}
	switch strings.ToLower(filepath.Ext(paths[0])) {
	case ".h5ad":
		err = withH5AD(paths[0], func(h *h5ad) error {
			found, err := one(h.name+", obs", h.file.Columns(), column)
			if err == nil {
				g, err = h.obs([]string{h.file.Columns()[found]}, true)
			}
			return err
		})
	case ".npz":
		g, err = readArray(paths[0], column)
	case ".csv", ".tsv", ".txt":
		if g, err = readGrid(paths[0]); err == nil {
			c, err = one(g.file, g.names, column)
		}
	default:
		err = unknownEnding(paths[0])
	}
	return g, c, err
}

// one is the number of the column that a name stands for.
func one(file string, names []string, column string) (int, error) {
	found, err := resolve(file, names, []string{column})
	if err == nil && len(found) > 1 {
		err = OptionErrorf("science: %s: %.60q stands for %d columns; name one", file, column, len(found))
	}
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

// readGrid reads a text.
func readGrid(path string) (*grid, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return csvGrid(filepath.Base(path), data, 1)
}

// readArray reads an array of a .npz that has a number for each cell.
func readArray(path, name string) (*grid, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	file := filepath.Base(path)
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("science: %s is %v", file, err)
	}
	if !archive.Has(name) {
		return nil, OptionErrorf("science: %s has no array %.60q, but %s", file, name, archive)
	}
	a, err := readEntry(archive, name)
	if err != nil {
		return nil, fmt.Errorf("science: %s has %v", file, err)
	}
	if n := len(a.shape); n != 1 && !(n == 2 && a.shape[1] == 1) {
		return nil, fmt.Errorf("science: %s: %s has shape %v; give one number for each cell", file, a, a.shape)
	}
	return &grid{file: file, names: []string{name}, values: a.values, rows: a.shape[0],
		place: func(row int) string { return fmt.Sprintf("row %d", row) },
		label: func(int) string { return a.String() }}, nil
}

// textsOf are the texts of a column, of numbers as short as they can be to be read as the same.
func (g *grid) textsOf(c int) ([]string, error) {
	if g.labels != nil {
		if texts, err := g.labels(c); texts != nil || err != nil {
			return texts, err
		}
	}
	texts, value := make([]string, g.rows), g.column(c)
	for i := range texts {
		if v := value(i); v == v { // not NaN, which is a gap
			texts[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	return texts, nil
}

// withH5AD opens an AnnData file for as long as use takes.
func withH5AD(path string, use func(h *h5ad) error) error {
	f, size, err := openFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := h5ad{name: filepath.Base(path)}
	if h.file, err = anndata.Open(f, size); err != nil {
		return h.wrong(err)
	}
	return use(&h)
}
