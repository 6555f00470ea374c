package cells

import (
	"cmp"
	"strconv"

	"github.com/amgen/amgen/internal/npy"
)

// Table is what is known of cells, a row each in the order of the file. It is made as AnnData's tables are: columns of
// one value a cell, as obs has, and matrices, as X, layers and obsm.
type Table struct {
	// Rows are the numbers of the cells in their file, counted from 1.
	Rows []int
	// Names are those that the file gives the cells, nil where it gives none.
	Names    []string
	Columns  []Column
	Matrices []Matrix
}

// Column has one value for each cell.
type Column struct {
	Name    string
	Numbers []float64 // nil of texts
	Texts   []string  // nil of numbers
}

// Matrix has a row of values for each cell.
type Matrix struct {
	Name    string
	Prefix  string    // of its columns in a text, so that their names differ from those of others
	Columns []string  // names
	Axis    string    // what their names are called in a .npz, "" for columns
	Values  []float64 // [cells, columns]
	// Embedding is set where the columns aren't those of the file, as principal components: obsm of AnnData.
	Embedding bool
	// NotInText leaves the matrix out of .csv and .tsv.
	NotInText bool
}

// table has the cells of some rows of the file with their times; nil rows are all.
func (c *Cells) table(rows []int) *Table {
	if rows == nil {
		rows = make([]int, c.Len())
		for i := range rows {
			rows[i] = i
		}
	}
	t := &Table{}
	time := Column{Name: c.TimeName()}
	for _, row := range rows {
		t.Rows = append(t.Rows, row+1)
		time.Numbers = append(time.Numbers, c.Time[row])
		if c.Names != nil {
			t.Names = append(t.Names, c.Names[row])
		}
	}
	t.Columns = append(t.Columns, time)
	return t
}

// Write writes the table into a file by its ending: .csv, .tsv, .npz or .h5ad. The file appears whole or not at all.
//
// A text begins with a column cell: the names of the cells, or their numbers in their file. A .npz has these as arrays
// row and, where there are names, names; an array for each column and each matrix, where that of the times is time; and
// the names of the columns as array columns. An .h5ad has the columns in obs, matrix X as X, others with the file's
// columns as layers, and the rest in obsm.
func (t *Table) Write(path string) error { return write(path, t, tableFormats()) }

// flat has all of the table as columns of a text. The names of the file's columns stay, and others that are like one of
// them, or like one before, are followed by _.
func (t *Table) flat() []Column {
	id := Column{Name: "cell", Texts: t.Names}
	if id.Texts == nil {
		for _, row := range t.Rows {
			id.Texts = append(id.Texts, strconv.Itoa(row))
		}
	}
	list := append([]Column{id}, t.Columns...)
	files := map[int]bool{1: true} // columns with names of the file; 1 is the time
	for _, m := range t.Matrices {
		if m.NotInText {
			continue
		}
		for j, name := range m.Columns {
			column := Column{Name: m.Prefix + name, Numbers: make([]float64, len(t.Rows))}
			for i := range column.Numbers {
				column.Numbers[i] = m.Values[i*len(m.Columns)+j]
			}
			files[len(list)] = m.Prefix == "" && !m.Embedding
			list = append(list, column)
		}
	}
	taken := map[string]bool{}
	for i, column := range list {
		if files[i] {
			taken[column.Name] = true
		}
	}
	for i := range list {
		if files[i] {
			continue
		}
		for taken[list[i].Name] {
			list[i].Name += "_"
		}
		taken[list[i].Name] = true
	}
	return list
}

// arrays has all of the table as those of NumPy.
func (t *Table) arrays() []npy.Array {
	n := len(t.Rows)
	rows := make([]int32, n)
	for i, row := range t.Rows {
		rows[i] = int32(row)
	}
	list := []npy.Array{{Name: "row", Shape: []int{n}, Values: rows}}
	if t.Names != nil {
		list = append(list, npy.Array{Name: "names", Shape: []int{n}, Values: t.Names})
	}
	for k, c := range t.Columns {
		a := npy.Array{Name: c.Name, Shape: []int{n}, Values: c.Numbers}
		if c.Texts != nil {
			a.Values = c.Texts
		}
		if k == 0 {
			a.Name = "time"
		}
		list = append(list, a)
	}
	named := map[string]bool{}
	for _, m := range t.Matrices {
		list = append(list, npy.Array{Name: m.Name, Shape: []int{n, len(m.Columns)}, Values: m.Values})
		axis := cmp.Or(m.Axis, "columns")
		if !m.Embedding && !named[axis] {
			named[axis] = true
			list = append(list, npy.Array{Name: axis, Shape: []int{len(m.Columns)}, Values: m.Columns})
		}
	}
	return list
}
