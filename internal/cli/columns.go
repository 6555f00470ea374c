package cli

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// columnNames is a flag of names of columns with commas between. A name with a comma in it is quoted as in CSV. Given twice, it adds.
type columnNames struct {
	list *[]string
	set  bool
}

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
		r.LazyQuotes = true
		record, err := r.Read()
		if err != nil {
			return fmt.Errorf("%q is no list of names with commas between", text)
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
	timeColumnHelp = "`NAME` of the snapshots' column of times (default: the one with a name such as time, day or samples)"
	columnsHelp    = "`NAMES` of the snapshots' coordinates with commas between, with PREFIX* and FIRST..LAST (default: all columns of numbers)"
	dropHelp       = "`NAMES` of the snapshots' columns to leave out, as for --columns"
)

// bindColumns registers the flags that choose the columns of snapshots.
func bindColumns(f *pflag.FlagSet, time *string, use, drop *[]string) {
	f.StringVar(time, "time-column", *time, timeColumnHelp)
	f.Var(&columnNames{list: use}, "columns", columnsHelp)
	f.Var(&columnNames{list: drop}, "drop", dropHelp)
}
