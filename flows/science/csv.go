package science

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// timeColumns are the names by which the column of times is known, whatever the case; without one it is the first.
var timeColumns = []string{"time", "t", "day", "stage"}

// readCSV reads a cell a row: its time and its coordinates, separated by commas. The first row names the columns, unless
// all of it is numbers. Lines that begin with # are comments.
func readCSV(name string, data []byte) (*table, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	r.Comment, r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = '#', -1, true, true
	p := csvTable{table: table{name: name, wide: name}}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("science: %s: %v", name, err)
		}
		line, _ := r.FieldPos(0)
		if p.width == 0 {
			err = p.head(record, line)
		} else {
			err = p.row(record, line)
		}
		if err != nil {
			return nil, err
		}
	}
	t := &p.table
	t.whenAt = func(row int) string {
		if row < 0 {
			return p.column(p.time)
		}
		return fmt.Sprintf("line %d, %s", p.lines[row], p.column(p.time))
	}
	t.where = func(row, column int) string {
		if column >= p.time {
			column++
		}
		return fmt.Sprintf("line %d, %s", p.lines[row], p.column(column))
	}
	return t, nil
}

// csvTable is a table on its way.
type csvTable struct {
	table
	names []string // of all columns, nil without a header
	width int      // columns; 0 before the first row
	time  int      // the column of times
	known bool     // by its name
	lines []int    // of the file, for each cell
}

// column names a column for an error.
func (p *csvTable) column(i int) string {
	if p.names == nil {
		return fmt.Sprintf("column %d", i+1)
	}
	return fmt.Sprintf("column %d (%.40q)", i+1, p.names[i])
}

// weightColumn is what samples that count differently have besides their coordinates.
const weightColumn = "log_weight"

// head takes the first row.
func (p *csvTable) head(record []string, line int) error {
	p.width = len(record)
	if p.width < 2 {
		return fmt.Errorf("science: %s: line %d has a single column; give a column of times and at least one more, with "+
			"commas between", p.name, line)
	}
	if !slices.ContainsFunc(record, func(s string) bool { _, err := number(s); return err != nil }) {
		p.dim = p.width - 1
		return p.row(record, line)
	}
	for i, field := range record {
		field = strings.Clone(strings.TrimSpace(field))
		if at := slices.Index(p.names, field); at >= 0 {
			p.names = append(p.names, field)
			return fmt.Errorf("science: %s: columns %d and %d are both named %.40q; rename one", p.name, at+1, i+1, field)
		}
		p.names = append(p.names, field)
		if field == weightColumn {
			return fmt.Errorf("science: %s: column %d is %s, as of samples of an unbalanced run, and snapshots have none; choose cells by "+
				"their weights, or remove the column", p.name, i+1, field)
		}
		if !slices.Contains(timeColumns, strings.ToLower(field)) {
			continue
		}
		if p.known {
			return fmt.Errorf("science: %s: %s and %s both name the time; keep one", p.name, p.column(p.time), p.column(i))
		}
		p.time, p.known = i, true
	}
	p.dim = p.width - 1
	p.columns = slices.Delete(slices.Clone(p.names), p.time, p.time+1)
	return nil
}

// row takes a cell.
func (p *csvTable) row(record []string, line int) error {
	if len(record) != p.width {
		return fmt.Errorf("science: %s: line %d has %d columns, those above %d; give every cell all of them", p.name, line,
			len(record), p.width)
	}
	if len(p.values)+p.dim > maxValues {
		return fmt.Errorf("science: %s: line %d is beyond the %d numbers that are read", p.name, line, maxValues)
	}
	for i, field := range record {
		v, err := number(field)
		switch {
		case err == nil && i == p.time:
			p.times = append(p.times, v)
		case err == nil:
			p.values = append(p.values, v)
		case i == p.time && !p.known && p.names != nil:
			return fmt.Errorf("science: %s: %s is taken for the time, as none is named %s, but line %d has %.40q; name the "+
				"column of times", p.name, p.column(i), strings.Join(timeColumns, ", "), line, field)
		case i == p.time:
			return fmt.Errorf("science: %s: %s is the time, but line %d has %.40q; give numbers", p.name, p.column(i), line, field)
		default:
			return fmt.Errorf("science: %s: line %d, %s has %.40q; give numbers, remove columns of names", p.name, line,
				p.column(i), field)
		}
	}
	p.lines = append(p.lines, line)
	return nil
}

// number parses a field. NaN and infinities are numbers here; [table.population] refuses them.
func number(field string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
	if errors.Is(err, strconv.ErrRange) {
		err = nil // ±Inf
	}
	return v, err
}
