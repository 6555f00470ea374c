package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/science"
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

// bindColumns registers the flags that choose the columns of snapshots.
func bindColumns(f *pflag.FlagSet, time *string, use, drop *[]string) {
	f.StringVar(time, "time-column", *time, "`NAME` of the snapshots' column of times (default: the one with a name such as time, day or samples)")
	f.Var(&columnNames{list: use}, "columns", "`NAMES` of the snapshots' coordinates with commas between, with PREFIX* and FIRST..LAST (default: all columns of numbers)")
	f.Var(&columnNames{list: drop}, "drop", "`NAMES` of the snapshots' columns to leave out, as for --columns")
}

// chosenColumns are those of the configuration.
func (c Config) chosenColumns() science.Columns {
	return science.Columns{Time: c.TimeColumn, Use: c.Columns, Drop: c.Drop}
}

// adviseColumns adds to an error that a choice of columns settles what to type, or to write into the run's configuration, of file.
func adviseColumns(err error, file string) error {
	var ask science.ColumnsError
	if !errors.As(err, &ask) {
		return err
	}
	use, drop := ask.Choice.Use, ask.Choice.Drop
	var words []string
	add := func(flag, key, value, text string) {
		if file != "" {
			words = append(words, key+" = "+text)
		} else {
			words = append(words, "--"+flag+" "+typedWord(value))
		}
	}
	if len(use) == 0 && len(drop) == 0 || ask.Choice.Time != "" {
		name := ask.Choice.Time
		if name == "" {
			name = "NAME"
		}
		add("time-column", "time_column", name, fmt.Sprintf("%q", name))
	}
	for _, l := range []struct {
		name string
		list []string
	}{{"columns", use}, {"drop", drop}} {
		if len(l.list) > 0 {
			add(l.name, l.name, (&columnNames{list: &l.list}).String(), fmt.Sprintf("[%q]", strings.Join(l.list, `", "`)))
		}
	}
	if file != "" {
		return usagef("%w; write %s into %s", err, strings.Join(words, " and "), file)
	}
	return usagef("%w; pass %s", err, strings.Join(words, " "))
}

var plainColumn = regexp.MustCompile(`^[\pL\pN_%+./:=@,-]+$`)

// typedWord is a word as it is typed in a shell.
func typedWord(word string) string {
	if plainColumn.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// describeColumns says which columns of a file were taken for what.
func describeColumns(p *science.Population) []string {
	plural := "s"
	if p.Dim == 1 {
		plural = ""
	}
	lines := []string{fmt.Sprintf("time from %s, %d coordinate%s: %s", science.Listed([]string{p.Time}), p.Dim, plural, science.Listed(p.Labels))}
	return append(lines, p.Notes...)
}
