package anndata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/hdf5"
)

// Names of matrices.
const (
	matrixX = "X"
	rawX    = "raw/X"
	oldRawX = "raw.X" // before anndata 0.7
)

// mostColumns bounds the columns of a matrix.
const mostColumns = 1 << 22

// Matrix has a row for each cell.
type Matrix struct {
	Name  string
	Cells int
	Width int
	// Names are those of the columns: of genes, or of a table's columns; else NAME[0], NAME[1], …. Those that are there
	// twice end with -1, -2, …, as after anndata's var_names_make_unique.
	Names []string
	// Twice is the number of names that were changed.
	Twice int

	dense  *hdf5.Dataset
	sparse *sparse
	table  *frame
}

// Matrix opens one by its name, see [File.Arrays]. It reads the names of its columns, and no number yet.
func (f *File) Matrix(name string) (*Matrix, error) {
	m := &Matrix{Name: name}
	if err := f.open(m); err != nil {
		return nil, err
	}
	if m.Cells != f.Cells {
		return nil, fmt.Errorf("%d rows in %.80q for %d cells; write it again", m.Cells, name, f.Cells)
	}
	if m.Width > mostColumns {
		return nil, fmt.Errorf("%d columns in %.80q, beyond the %d that are read", m.Width, name, mostColumns)
	}
	if m.Names != nil {
		return m, nil
	}
	genes := map[string]string{rawX: "raw/var", oldRawX: "raw.var"}[name]
	if name == matrixX || strings.HasPrefix(name, "layers/") {
		genes = "var"
	}
	if genes == "" {
		_, base, _ := strings.Cut(name, "/")
		for k := range m.Width {
			m.Names = append(m.Names, fmt.Sprintf("%s[%d]", base, k))
		}
		return m, nil
	}
	table, err := f.frame(genes)
	if err != nil {
		return nil, err
	}
	if m.Names, err = table.indexNames(); err != nil {
		return nil, err
	}
	if len(m.Names) != m.Width {
		return nil, fmt.Errorf("%d names in %s for %d columns of %s; write it again", len(m.Names), genes, m.Width,
			name)
	}
	m.unique()
	return m, nil
}

// open finds what holds a matrix, and its shape.
func (f *File) open(m *Matrix) error {
	group, field, inside := strings.Cut(m.Name, "/")
	o, err := f.root.At(group)
	if err != nil {
		return err
	}
	var d *hdf5.Dataset
	if inside && o.IsDataset() {
		if d, err = o.Dataset(); err == nil {
			d, err = d.Field(field)
		}
	} else if inside {
		if o, err = o.At(field); err != nil {
			return err
		}
	}
	if d == nil && err == nil && o.IsDataset() {
		d, err = o.Dataset()
	}
	switch {
	case err != nil:
		return err
	case d != nil:
		m.dense = d
		switch len(d.Shape) {
		case 1: // a single column
			m.Cells, m.Width = d.Shape[0], 1
		case 2:
			m.Cells, m.Width = d.Shape[0], d.Shape[1]
		default:
			return fmt.Errorf("an array of shape %v in %.80q; give one of cells and columns", d.Shape, m.Name)
		}
		return nil
	}
	format, shape, err := sparseFormat(o)
	switch {
	case err != nil:
		return err
	case format != "":
		m.Cells, m.Width = shape[0], shape[1]
		m.sparse, err = openSparse(o, format == "csc", shape)
		return err
	}
	if m.table, err = f.frame(m.Name); err != nil {
		return fmt.Errorf("%w: %s is no matrix", err, m.Name)
	}
	m.Cells, m.Width, m.Names = m.table.rows, len(m.table.names), m.table.names
	return nil
}

// unique gives names that are there twice other ends.
func (m *Matrix) unique() {
	seen := make(map[string]bool, len(m.Names))
	for _, name := range m.Names {
		seen[name] = true
	}
	if len(seen) == len(m.Names) {
		return
	}
	m.Names = slices.Clone(m.Names)
	used := make(map[string]bool, len(m.Names))
	next := map[string]int{}
	for i, name := range m.Names {
		if !used[name] {
			used[name] = true
			continue
		}
		for {
			next[name]++
			other := fmt.Sprintf("%s-%d", name, next[name])
			if !seen[other] {
				m.Names[i], seen[other], used[other] = other, true, true
				break
			}
		}
		m.Twice++
	}
}

// Read reads the chosen columns of all cells: [cells, columns].
func (m *Matrix) Read(columns []int) ([]float64, error) {
	if m.sparse != nil {
		return m.sparse.read(columns)
	}
	if m.table != nil {
		return m.readTable(columns)
	}
	d := m.dense
	if !d.Type.Numbers() {
		return nil, fmt.Errorf("%s in place of numbers in %.80q", d.Type, m.Name)
	}
	var values []float64
	for first := 0; first < m.Cells; first += d.BandRows() {
		band, err := d.Floats(first, min(d.BandRows(), m.Cells-first))
		if err != nil {
			return nil, err
		}
		if values == nil { // only now is it known that the rows are there
			values = make([]float64, 0, m.Cells*len(columns))
		}
		for ; len(band) > 0; band = band[m.Width:] {
			for _, c := range columns {
				values = append(values, band[c])
			}
		}
	}
	return values, nil
}

// readTable reads columns of a table.
func (m *Matrix) readTable(columns []int) ([]float64, error) {
	values := make([]float64, m.Cells*len(columns))
	for k, c := range columns {
		column, err := m.table.column(m.Names[c])
		if err != nil {
			return nil, err
		}
		if column.Numbers == nil || column.Missing != nil || len(column.Numbers) != m.Cells {
			return nil, fmt.Errorf("no number for each cell in column %.80q of %s", m.Names[c], m.Name)
		}
		for i, v := range column.Numbers {
			values[i*len(columns)+k] = v
		}
	}
	return values, nil
}
