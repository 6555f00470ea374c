// Package tables reads files of cells or of other points: tables of text, AnnData, NumPy's arrays. It finds which
// column has the times and which are coordinates, and refuses what can't be known.
//
// Its errors begin with "science: ", after the package that makes populations of the tables.
package tables

import (
	"fmt"
	"math"
)

// Table is what a file of cells holds: their times and coordinates, not yet checked.
type Table struct {
	Name    string
	Columns []string // names of the file's own, nil for none
	Labels  []string // what columns are chosen by
	Notes   []string // what was done to the file

	Dim      int
	Values   []float64 // [cells, dim]
	TimeName string
	Times    []float64 // [cells]
	// TimeLabels are the labels in the column of times, with the times that they stand for; nil of numbers.
	TimeLabels map[string]float64

	// Where names the place of a coordinate and WhenAt that of a time, for errors. Rows and columns count from 0.
	Where  func(row, column int) string
	WhenAt func(row int) string
	// Wide names what has too many dimensions.
	Wide string
	// otherTime is the column that looks more like times, "" for none; nil where there is no choice.
	otherTime func() string
}

// Limits of what is read. They are far above what training can use, and keep a lying file from taking all memory.
const (
	maxFile   = 1 << 30 // bytes, unpacked
	MaxValues = 1 << 27 // numbers of a table, 1 GiB
)

// maxCoordinate is the greatest of a coordinate: the square of a difference, a sum of which is the cost of transport,
// stays finite.
const maxCoordinate = 1e150

// CheckCoordinate refuses what is no coordinate: NaN, infinities, and numbers of which the square isn't finite.
func CheckCoordinate(v float64) error {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Errorf("is %g; remove the row, or fill the gap", v)
	case math.Abs(v) > maxCoordinate:
		return fmt.Errorf("is %g, beyond the ±%g of which squares are finite; give it in another unit", v,
			maxCoordinate)
	}
	return nil
}

// MostColumns bounds the dimensions that a population can have.
const MostColumns = 1 << 22
