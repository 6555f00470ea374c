package tables

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// blankRow is a row of empty fields, as Excel writes below a table.
type blankRow struct{ line, fields int }

// take takes the fields of a row. Those of which all are empty wait for one that isn't: at the end of a table they are
// none of it.
func (t *csvText) take(record []string, line int) error {
	if t.first != nil && len(record) > 1 && strings.TrimSpace(strings.Join(record, "")) == "" {
		t.blank = append(t.blank, blankRow{line, len(record)})
		return nil
	}
	for _, b := range t.blank {
		if err := t.row(make([]string, b.fields), b.line); err != nil {
			return err
		}
	}
	t.blank = t.blank[:0]
	return t.row(record, line)
}

// spaced refuses a text of fields with blanks between, as write.table of R writes it.
func (t *csvText) spaced(text []byte) error {
	const most = 20 // lines that are looked at
	numbers := 0
	first := true
	for lines := 0; len(text) > 0 && lines < most; lines++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		for i := range separators {
			if outsideQuotes(line, separators[i]) > 0 {
				return nil
			}
		}
		fields := strings.Fields(string(line))
		if first {
			first = false
			continue // it may be a name of several words
		}
		if _, ok := number(fields[len(fields)-1]); !ok || len(fields) < 2 {
			return nil
		}
		numbers++
	}
	if numbers == 0 {
		return nil
	}
	return t.blanksBetween()
}

// blanksBetween is the error for such a text.
func (t *csvText) blanksBetween() error {
	return fmt.Errorf("science: %s has fields with blanks between; write it with commas between, not spaces: "+
		"write.csv in R, or sep=\",\"", t.file)
}

// afterQuotes is a quoted field with a blank and another field after it.
var afterQuotes = regexp.MustCompile(`(?:^| )"[^"]*" +[^\s,;|]`)

// misread is the error for a row that can't be read. A text of quoted fields with blanks between is told by the first
// two: it may have separators elsewhere, such as decimal commas.
func (t *csvText) misread(text []byte, err error) error {
	var parse *csv.ParseError
	if t.rows == 0 && errors.As(err, &parse) {
		line := []byte(nil)
		for range parse.Line {
			line, text, _ = bytes.Cut(text, []byte("\n"))
		}
		if afterQuotes.Match(line) {
			return t.blanksBetween()
		}
	}
	return fmt.Errorf("science: %s: %v", t.file, err)
}
