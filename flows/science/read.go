package science

import "github.com/amgen/amgen/flows/science/tables"

// What package tables reads of files, and how it is told what.
type (
	// Columns choose what of a file is used.
	Columns = tables.Columns
	// ColumnsError says that a choice of columns is needed.
	ColumnsError = tables.ColumnsError
	// OptionError says that what was asked for makes no sense of a file that is in order, or that no such kind of file
	// is read.
	OptionError = tables.OptionError
	// Points are a set of points by themselves.
	Points = tables.Points
)

// optionErrorf makes an [OptionError].
var optionErrorf = tables.OptionErrorf

// ReadSnapshots reads a population from a file, or from a pair of files, see [tables.Read]. Whatever is wrong with it
// is an error of one line that names the row, column or array.
func ReadSnapshots(name string, choice Columns) (*Population, error) {
	t, err := tables.Read(name, choice)
	if err != nil {
		return nil, err
	}
	return population(t)
}

// ReadPoints reads a .csv of points, a row each, see [tables.ReadPoints].
func ReadPoints(name string) (*Points, error) { return tables.ReadPoints(name) }

// SplitSnapshots divides the files of "snapshots:FILES", see [tables.Split].
func SplitSnapshots(files string) (paths []string, inside string) { return tables.Split(files) }

// NamesTime tells whether a column of points is known by its name to have their times.
func NamesTime(name string) bool { return tables.NamesTime(name) }

// Listed is a list of names, shortened where it is long.
func Listed(names []string) string { return tables.Listed(names) }

// ReadNumbers reads a column of a file of snapshots, a number for each cell, see [tables.ReadNumbers].
func ReadNumbers(files, column string) ([]float64, error) { return tables.ReadNumbers(files, column) }

// ReadLabels reads a column of a file of snapshots, a text for each cell, see [tables.ReadLabels].
func ReadLabels(files, column string) ([]string, error) { return tables.ReadLabels(files, column) }

// ReadNames reads the names of the cells of a file of snapshots, see [tables.ReadNames].
func ReadNames(files string, used []string) ([]string, error) { return tables.ReadNames(files, used) }

// ChooseColumns returns which of the names, counted from 0, are chosen as [Columns] are, each once. A choice that none
// of them has is an [OptionError], in which what has the names is called file.
func ChooseColumns(file string, names, choice []string) ([]int, error) {
	return tables.Choose(file, names, choice)
}
