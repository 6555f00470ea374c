package cells

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// written is what a file can be written of.
type written interface {
	flat() []Column
	arrays() []npy.Array
}

// format is a form of files.
type format struct {
	ending string
	write  func(w io.Writer, t written) error
}

// formats are those that tables are written in.
var formats = []format{
	{".csv", func(w io.Writer, t written) error { return writeText(w, ',', t.flat()) }},
	{".tsv", func(w io.Writer, t written) error { return writeText(w, '\t', t.flat()) }},
	{".npz", func(w io.Writer, t written) error { return npy.WriteArchive(w, t.arrays()...) }},
}

// TableEndings are the endings of files that tables are written to.
func TableEndings() (endings []string) {
	for _, f := range formats {
		endings = append(endings, f.ending)
	}
	return endings
}

// write writes a table into a file, by its ending.
func write(path string, t written) error {
	ending := strings.ToLower(filepath.Ext(path))
	at := slices.IndexFunc(formats, func(f format) bool { return f.ending == ending })
	if at < 0 {
		return mistake.New("{output} %s has none of the endings of tables; use %s", path,
			strings.Join(TableEndings(), ", "))
	}
	return replace.Output(path, func(w io.Writer) error { return formats[at].write(w, t) })
}

// WriteCSV writes the table as the text that [Table.Write] makes a .csv of.
func (t *Table) WriteCSV(w io.Writer) error { return writeText(w, ',', t.flat()) }

// writeText writes columns, all of one length, under a line of their names.
func writeText(w io.Writer, comma rune, columns []Column) error {
	out := csv.NewWriter(w)
	out.Comma = comma
	record := make([]string, len(columns))
	for j, c := range columns {
		record[j] = c.Name
	}
	if err := out.Write(record); err != nil {
		return fmt.Errorf("cells: %w", err)
	}
	for i := range max(len(columns[0].Texts), len(columns[0].Numbers)) {
		for j, c := range columns {
			if c.Texts != nil {
				record[j] = c.Texts[i]
			} else {
				record[j] = formatted(c.Numbers[i])
			}
		}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("cells: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// formatted is a number as short as it can be to be read as the same; whole ones have no exponent.
func formatted(v float64) string {
	const most = 1e15
	if v == math.Trunc(v) && math.Abs(v) < most {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
