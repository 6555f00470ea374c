package tables

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// readCSV reads a cell a row: its time and its coordinates.
func readCSV(name string, data []byte, choice Columns) (*Table, error) {
	g, err := csvGrid(name, data, 2)
	if err != nil {
		return nil, err
	}
	return g.snapshots(choice)
}

// maxName bounds the name of a column, in bytes.
const maxName = 1000

// csvText is a text of separated fields on its way to a grid.
type csvText struct {
	grid
	first    []string // the fields of the first row, which may be names
	line     int      // of it
	lines    []int    // of the rows after it
	width    int      // of these
	before   int      // columns that were cut off before the first
	comma    rune     // between fields
	decimals decimals
	hashes   []hashLine
	blank    []blankRow // rows since the last one that has something
}

// csvGrid reads a text of fields with commas, semicolons or tabs between, at least so many in a row, under a line of
// names or none.
func csvGrid(name string, data []byte, least int) (*grid, error) {
	text, note, err := decodeText(data)
	if err != nil {
		return nil, fmt.Errorf("science: %s is %v", name, err)
	}
	t := &csvText{grid: grid{file: name}}
	if note != "" {
		t.notes = append(t.notes, note)
	}
	text, skipped := t.separator(text)
	if t.hashes, err = hashLines(name, text, t.comma, skipped); err != nil {
		return nil, err
	}
	if err := t.spaced(text); err != nil {
		return nil, err
	}
	t.labels = func(c int) ([]string, error) { return t.texts(text, skipped, c) }
	t.cellNames = func() ([]string, error) {
		if t.before == 0 {
			return nil, nil
		}
		return t.texts(text, skipped, -1)
	}
	r := t.reader(text)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, t.misread(text, err)
		}
		line, _ := r.FieldPos(0)
		if err = t.take(record, line+skipped); err != nil {
			return nil, err
		}
	}
	if n := len(t.blank); n > 0 {
		t.notes = append(t.notes, fmt.Sprintf("empty rows at the end left out: %d", n))
	}
	if len(t.first) < least && t.width < least {
		return nil, t.narrow()
	}
	return t.finish()
}

// reader reads the fields of rows.
func (t *csvText) reader(text []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.Comment, r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = t.comma, '#', -1, true, t.comma != '\t'
	return r
}

// texts reads the fields of a column again, as they are.
func (t *csvText) texts(text []byte, skipped, c int) ([]string, error) {
	r, list := t.reader(text), make([]string, 0, t.rows)
	for len(list) < t.rows {
		record, err := r.Read()
		if err != nil {
			return nil, fmt.Errorf("science: %s: %v", t.file, err)
		}
		if line, _ := r.FieldPos(0); line+skipped == t.lines[len(list)] && c+t.before < len(record) {
			list = append(list, strings.Clone(strings.TrimSpace(record[c+t.before])))
		}
	}
	return list, nil
}

// row takes the fields of a row.
func (t *csvText) row(record []string, line int) error {
	if t.first == nil {
		for _, f := range record {
			t.first = append(t.first, strings.Clone(strings.TrimSpace(f)))
		}
		t.line = line
		return nil
	}
	if t.columns == nil {
		t.columns, t.width = make(columns, len(record)), len(record)
	}
	if len(record) != t.width {
		return fmt.Errorf("science: %s: line %d has %d columns, those above %d; give every cell all of them", t.file,
			line, len(record), t.width)
	}
	if len(t.values)+t.width > MaxValues {
		return fmt.Errorf("science: %s: line %d is beyond the %d numbers that are read", t.file, line, MaxValues)
	}
	for c, f := range record {
		t.values = append(t.values, t.field(&t.columns[c], strings.TrimSpace(f), t.rows))
	}
	t.lines = append(t.lines, line)
	t.rows++
	return nil
}

// finish decides what the first row is.
func (t *csvText) finish() (*grid, error) {
	header, cell, err := t.header()
	if err != nil {
		return nil, err
	}
	if cell {
		if err := t.prepend(); err != nil {
			return nil, err
		}
	}
	if header == nil {
		for c := range t.width {
			t.names = append(t.names, strconv.Itoa(c+1))
		}
	} else if err := t.name(header); err != nil {
		return nil, err
	}
	if err := t.decimals.check(t); err != nil {
		return nil, err
	}
	t.place = func(row int) string { return fmt.Sprintf("line %d", t.lines[row]) }
	t.label = func(c int) string {
		if !t.named {
			return fmt.Sprintf("column %d", c+1)
		}
		return fmt.Sprintf("column %d (%.40q)", c+1, t.names[c])
	}
	return &t.grid, nil
}

// narrow is the error for a text of fewer than two columns.
func (t *csvText) narrow() error {
	if t.first == nil {
		return fmt.Errorf("science: %s holds 0 cells of 0 dimensions; give at least two cells and one dimension",
			t.file)
	}
	advice := "with commas between"
	if parts := strings.Fields(t.first[0]); len(parts) > 1 {
		advice = "with commas between, not spaces"
	}
	return fmt.Errorf("science: %s: line %d has a single column; give a column of times and at least one more, %s",
		t.file, t.line, advice)
}

// prepend makes the first row a cell.
func (t *csvText) prepend() error {
	if t.columns == nil {
		t.columns, t.width = make(columns, len(t.first)), len(t.first)
	}
	if len(t.first) != t.width {
		return fmt.Errorf("science: %s: line %d has %d columns, that above %d; give every cell all of them", t.file,
			t.lines[0], t.width, len(t.first))
	}
	for c := range t.columns {
		t.columns[c].word.row++
		t.columns[c].gap.row++
	}
	t.decimals.field.row++
	values := make([]float64, 0, len(t.values)+t.width)
	for c, f := range t.first {
		values = append(values, t.field(&t.columns[c], f, 0))
	}
	t.values, t.lines, t.rows = append(values, t.values...), append([]int{t.line}, t.lines...), t.rows+1
	return nil
}

// field is the number in a field, NaN for none, and counts what it is.
func (t *csvText) field(c *column, text string, row int) float64 {
	v, ok := number(text)
	if !ok && t.comma != ',' {
		if v, ok = t.decimals.number(text, row); ok {
			c.add(v)
			return v
		}
	}
	switch {
	case ok:
		if c.add(v); !strings.ContainsAny(text, ".eE") {
			c.whole++
		} else if !t.decimals.point && strings.Contains(text, ".") {
			t.decimals.point = true
		}
		return v
	case missing[text]:
		if c.missing++; c.missing == 1 || row < c.gap.row {
			c.gap = field{row, strings.Clone(text)}
		}
	default:
		if c.words++; c.words == 1 || row < c.word.row {
			c.word = field{row, clipped(text)}
		}
	}
	return nan
}

// add counts a number.
func (c *column) add(v float64) {
	if c.numbers++; v == math.Trunc(v) {
		c.integers++
	}
}

// clipped is a copy of a text, or of the start of a long one.
func clipped(text string) string { return strings.Clone(text[:min(len(text), 100)]) }
