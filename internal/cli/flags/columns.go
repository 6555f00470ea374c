package flags

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/science"
)

// columnNames is a flag that takes names of columns, separated by commas. A name with a comma in it is quoted as in
// CSV. A flag given twice adds names.
type columnNames struct {
	list *[]string
	set  bool
}

// Texts is a flag for a list of texts, separated by commas.
func Texts(list *[]string) pflag.Value { return &columnNames{list: list} }

// String implements pflag.Value.
func (c *columnNames) String() string {
	if c == nil || c.list == nil || len(*c.list) == 0 {
		return ""
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(*c.list) // a buffer takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// Set implements pflag.Value.
func (c *columnNames) Set(text string) error {
	var names []string
	if text != "" {
		r := csv.NewReader(strings.NewReader(text))
		r.LazyQuotes, r.TrimLeadingSpace = true, true
		record, err := r.Read()
		if err != nil {
			return fmt.Errorf("%q is no list of names separated by commas", text)
		}
		names = record
	}
	if c.set {
		names = append(*c.list, names...)
	}
	*c.list, c.set = names, true
	return nil
}

// Type implements pflag.Value.
func (c *columnNames) Type() string { return "names" }

const (
	timeColumnHelp = "`NAME` column with the times of snapshots (in a .h5ad a column of obs), as numbers or as " +
		"labels with a number in each (default: the one called time, day, hour, stage, age or the like)"
	timeOrderHelp = "`LABELS` labels in the column of times, in their order and separated by commas, for times 0, 1, " +
		"2, … (default: the numbers in the labels)"
	columnsHelp = "`NAMES` columns of snapshots to learn, separated by commas; PREFIX* and FIRST..LAST select " +
		"several (default: all numeric columns but the time)"
	dropHelp = "`NAMES` columns of snapshots to ignore, in the syntax of --columns (default: none)"
)

// BindNames registers a flag that takes names separated by commas, in the syntax of --columns.
func BindNames(f *pflag.FlagSet, list *[]string, name, help string) {
	f.Var(&columnNames{list: list}, name, help)
}

// BindColumns registers the flags that choose the columns of snapshots.
func BindColumns(f *pflag.FlagSet, choice *science.Columns) {
	f.StringVar(&choice.Time, "time-column", choice.Time, timeColumnHelp)
	f.Var(&columnNames{list: &choice.Order}, "time-order", timeOrderHelp)
	f.Var(&columnNames{list: &choice.Use}, "columns", columnsHelp)
	f.Var(&columnNames{list: &choice.Drop}, "drop", dropHelp)
}
