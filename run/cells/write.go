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

	"github.com/amgen/amgen/internal/anndata"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// written is what any file can be written of.
type written interface {
	flat() []Column
	arrays() []npy.Array
}

// format is a form of files of T.
type format[T any] struct {
	ending string
	write  func(w io.Writer, t T) error
}

// anyFormats are the forms of files of anything.
func anyFormats[T written]() []format[T] {
	return []format[T]{
		{".csv", func(w io.Writer, t T) error { return writeText(w, ',', t.flat()) }},
		{".tsv", func(w io.Writer, t T) error { return writeText(w, '\t', t.flat()) }},
		{".npz", func(w io.Writer, t T) error { return npy.WriteArchive(w, t.arrays()...) }},
	}
}

// tableFormats are the forms of files of tables, which have a row for each cell.
func tableFormats() []format[*Table] {
	return append(anyFormats[*Table](), format[*Table]{".h5ad", func(w io.Writer, t *Table) error {
		return anndata.Write(w, t.annotated())
	}})
}

// TableEndings are the endings of files that tables are written to.
func TableEndings() []string { return endingsOf(tableFormats()) }

// TrendEndings are the endings of files that trends are written to.
func TrendEndings() []string { return endingsOf(anyFormats[*Trend]()) }

func endingsOf[T any](formats []format[T]) (endings []string) {
	for _, f := range formats {
		endings = append(endings, f.ending)
	}
	return endings
}

// write writes into a file, by its ending.
func write[T any](path string, t T, formats []format[T]) error {
	ending := strings.ToLower(filepath.Ext(path))
	at := slices.IndexFunc(formats, func(f format[T]) bool { return f.ending == ending })
	if at < 0 {
		return mistake.New("{output} %s has none of the endings that can be written; use %s", path,
			strings.Join(endingsOf(formats), ", "))
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
