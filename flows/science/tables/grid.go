package tables

import (
	"fmt"
	"math"
)

// grid is what a file of points holds, before it is known which column is what.
type grid struct {
	file   string
	names  []string  // of the columns, as they are chosen by: "1", "2", … where the file has none
	named  bool      // the file names its columns
	values []float64 // [rows, width], NaN where a field is no number
	rows   int
	columns
	notes []string // what was done to the file
	// labels are the texts of a column, and categories those of a file in their order, nil for none.
	labels     func(column int) ([]string, error)
	categories func(column int) []string
	timeLabels map[string]float64 // of a column of times, as [Table] has them
	points     bool               // points by themselves, of which nobody chooses columns

	// place names a row and label a column, for errors.
	place func(row int) string
	label func(column int) string

	// cellNames are those that stand before the columns, nil for none; it is nil of files that can't have any.
	cellNames func() ([]string, error)
}

// columns are what is known of each column of a text; nil of arrays, which hold numbers alone.
type columns []column

// column counts what its fields are, and remembers the first of each kind.
type column struct {
	numbers, whole int // fields that are numbers, and those of them without a point or an exponent
	integers       int // numbers without a fraction, however written
	words, missing int
	word, gap      field
}

// field is one of a text.
type field struct {
	row  int
	text string
}

func (g *grid) width() int { return len(g.names) }

// isText tells whether a column has words alone, isEmpty whether it has nothing.
func (g *grid) isText(c int) bool {
	return g.columns != nil && g.columns[c].numbers == 0 && g.columns[c].words > 0
}

func (g *grid) isEmpty(c int) bool {
	return g.columns != nil && g.rows > 0 && g.columns[c].numbers == 0 && g.columns[c].words == 0
}

// hasNumbers tells whether a column may be used.
func (g *grid) hasNumbers(c int) bool {
	return g.columns == nil || g.columns[c].numbers > 0
}

// at names a field.
func (g *grid) at(row, c int) string { return g.place(row) + ", " + g.label(c) }

// column is the numbers of a column.
func (g *grid) column(c int) func(row int) float64 {
	width := g.width()
	return func(row int) float64 { return g.values[row*width+c] }
}

// What a column is to be, for errors.
const (
	aCoordinate = "to be used"
	theTime     = "the time"
	theWeights  = "the weights"
)

// check refuses a column that is to be used and doesn't hold numbers alone; is says what it is to be.
func (g *grid) check(c int, is string) error {
	if g.columns == nil {
		return nil
	}
	seen := g.columns[c]
	switch {
	case seen.words > 0:
		advice := "give numbers"
		if is == aCoordinate {
			advice += ", or leave the column out"
		}
		if how := written(seen.word.text); how != "" {
			advice = "that looks like " + how
		} else if seen.word.text == g.names[c] {
			advice = "that is its name again; remove the line"
		}
		return fmt.Errorf("science: %s: %s is %s, but %s has %.40q; %s", g.file, g.label(c), is, g.place(seen.word.row),
			seen.word.text, advice)
	case seen.missing > 0:
		return fmt.Errorf("science: %s: %s has %.40q; remove the row, or fill the gap", g.file, g.at(seen.gap.row, c),
			seen.gap.text)
	}
	return nil
}

// counts tells whether a column numbers the rows, from 0 or 1 on. Where again is set the count may begin anew, as that
// of tables that were set one below another, or be in any order.
func (g *grid) counts(c int, again bool) bool {
	if g.rows < 2 || !g.hasNumbers(c) {
		return false
	}
	value := g.column(c)
	start := value(0)
	straight := start == 0 || start == 1
	restarts := straight
	for i := 1; i < g.rows && (straight || restarts); i++ {
		v, before := value(i), value(i-1)
		straight = straight && v == before+1
		restarts = restarts && (v == before+1 || v == start)
	}
	if straight || !again {
		return straight
	}
	return restarts && value(1) == start+1 || g.distinctWhole(c)
}

// distinctWhole tells whether a column has a whole number of its own for each row, none below 0.
func (g *grid) distinctWhole(c int) bool {
	value := g.column(c)
	seen := make(map[float64]bool, g.rows)
	for i := range g.rows {
		v := value(i)
		if seen[v] || v != math.Trunc(v) || !(v >= 0) {
			return false
		}
		seen[v] = true
	}
	return true
}
