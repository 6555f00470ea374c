package tables

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// header is the names of the columns, nil for none, and whether the first row is a cell. A first row that may be either
// is refused.
func (t *csvText) header() (names []string, cell bool, err error) {
	words, numbers, over := 0, 0, false // over: a word stands over numbers
	for c, f := range t.first {
		_, isNumber := t.numeric(f)
		switch {
		case isNumber:
			numbers++
		case !missing[f]:
			words++
			over = over || t.rows == 0 || c >= t.width || t.columns[c].words == 0 || t.columns[c].numbers > 0
		}
	}
	hash, named := t.hashHeader()
	switch {
	case over || words > 0 && numbers == 0 && named == nil:
		names, err = t.aligned(t.first)
		return names, false, err
	case named != nil && (t.rows == 0 || len(t.first) == t.width):
		t.notes = append(t.notes, fmt.Sprintf("names of columns from line %d, which begins with #", hash))
		return named, true, nil
	case words > 0:
		return nil, false, fmt.Errorf("science: %s: line %d may name the columns or be a cell, %.40q over numbers; "+
			"write a line of names above it, of which none is "+
			"a number", t.file, t.line, strings.Join(t.first[:min(3, len(t.first))], ","))
	case numbers < len(t.first) && (t.rows > 0 && t.width != len(t.first) || t.first[0] == "" && t.counted(1)):
		// ,0,1,2
		names, err = t.aligned(t.first)
		return names, false, err
	}
	return nil, true, t.suspect()
}

// numeric is the number in a field of the first row, with a decimal comma too.
func (t *csvText) numeric(text string) (float64, bool) {
	v, ok := number(text)
	if !ok && t.comma != ',' {
		var d decimals
		v, ok = d.number(text, 0)
	}
	return v, ok
}

// hashHeader is the line before the first row that begins with # and has as many fields as the row, with those, nil
// where there is none; of several the last.
func (t *csvText) hashHeader() (line int, names []string) {
	for _, h := range t.hashes {
		if fields := h.fields(t.comma, len(t.first)); fields != nil {
			line, names = h.line, fields
		}
	}
	return line, names
}

// aligned fits names to rows of one more field: one that is empty in all rows, after a comma that ends them, or the
// name of the row, which R and pandas write before the first.
func (t *csvText) aligned(names []string) ([]string, error) {
	switch {
	case t.rows == 0 || len(names) == t.width:
		return names, nil
	case len(names) == t.width+1 && names[t.width] == "": // the names end with a comma
		return names[:t.width], nil
	case len(names) == t.width-1:
		if last := t.columns[t.width-1]; last.missing == t.rows {
			return append(names, ""), nil
		}
		if t.columns[0].numbers == 0 || t.rowNames() {
			t.notes = append(t.notes, "column 1, without a name, left out: it names the rows")
			t.cut()
			return names, nil
		}
		return nil, fmt.Errorf("science: %s: line %d names %d columns, and line %d has %d; name each, or none", t.file,
			t.line, len(names), t.lines[0], t.width)
	}
	return nil, fmt.Errorf("science: %s: line %d has %d columns, those above %d; give every cell all of them", t.file,
		t.lines[0], t.width, len(names))
}

// rowNames tells whether the first column may be the numbers of rows.
func (t *csvText) rowNames() bool {
	g := grid{names: make([]string, t.width), values: t.values, rows: t.rows, columns: t.columns}
	return g.counts(0, true)
}

// cut removes the first column.
func (t *csvText) cut() {
	values := t.values[:0]
	for i := range t.rows {
		values = append(values, t.values[i*t.width+1:(i+1)*t.width]...)
	}
	t.values, t.columns, t.width, t.before = values, t.columns[1:], t.width-1, 1
}

// counted tells whether the first row is consecutive whole numbers from a column on, as pandas and NumPy number
// columns. Those with a point begin at 0 or 1.
func (t *csvText) counted(from int) bool {
	for c := from; c < len(t.first); c++ {
		v, ok := t.numeric(t.first[c])
		first, _ := t.numeric(t.first[from])
		if !ok || v != math.Trunc(v) || v != first+float64(c-from) || !isDigits(t.first[c]) && first != 0 &&
			first != 1 {
			return false
		}
	}
	return len(t.first) > from
}

// isDigits tells whether a whole number is written without a point.
func isDigits(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}

// suspect refuses a first row of numbers that may number the columns: 0,1,2… or 1,2,3…, with a point or without, or
// whole numbers over columns that have none.
func (t *csvText) suspect() error {
	if t.rows == 0 {
		return nil
	}
	counted := t.counted(0)
	fractions := 0 // columns of which the first row alone is whole
	for c, f := range t.first {
		plain := isDigits(f)
		if !plain && !counted {
			return nil
		}
		if c < t.width && t.columns[c].numbers > 0 && (plain && t.columns[c].whole == 0 || !plain &&
			t.columns[c].integers == 0) {
			fractions++
		}
	}
	numbered := counted && len(t.first) > 2
	const least = 3 // rows that tell
	if !numbered && (t.rows < least || fractions == 0 || fractions < len(t.first)-1) {
		return nil
	}
	return fmt.Errorf("science: %s: line %d, %.40q, may number the columns or be a cell; write a line of names above "+
		"it if it is a cell, in its place "+
		"if not", t.file, t.line, strings.Join(t.first[:min(len(t.first), 8)], ","))
}

// name names the columns.
func (t *csvText) name(header []string) error {
	if t.columns == nil {
		t.columns, t.width = make(columns, len(header)), len(header)
	}
	t.names, t.named = make([]string, len(header)), true
	at := make(map[string]int, len(header))
	for c, name := range header {
		if len(name) > maxName {
			return fmt.Errorf("science: %s: column %d has a name of %d bytes, beyond the %d that are read", t.file, c+1,
				len(name), maxName)
		}
		if name == "" { // as pandas calls it
			name = fmt.Sprintf("%s%d", unnamed, c)
		}
		if before, twice := at[name]; twice {
			return fmt.Errorf("science: %s: columns %d and %d are both named %.40q; rename one", t.file, before+1, c+1,
				name)
		}
		t.names[c], at[name] = name, c
	}
	return nil
}

// unnamed begins the name of a column that has none.
const unnamed = "Unnamed: "
