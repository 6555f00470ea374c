package points

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cells"
)

// output says where a result is written.
type output struct {
	paths   []string
	endings []string // that can be written
}

// table is a result as it is written.
type table interface {
	Write(path string) error
	WriteCSV(w io.Writer) error
}

// bind registers the flag. tables are the endings of tables; picture says what a picture shows, "" for none.
func (o *output) bind(f *pflag.FlagSet, tables []string, picture string) {
	o.endings = tables
	help := "`FILE` output: " + strings.Join(tables, ", ") + " (a table)"
	if picture != "" {
		o.endings = slices.Concat(tables, cells.PictureEndings())
		help += ", or " + strings.Join(cells.PictureEndings(), ", ") + " (" + picture + ")"
	}
	f.StringArrayVarP(&o.paths, "output", "o", nil, help+"; several by several -o (default, and for -: CSV on stdout, "+
		"a summary on a terminal)")
}

// isPicture tells whether a picture is written to a path.
func isPicture(path string) bool {
	return slices.Contains(cells.PictureEndings(), strings.ToLower(filepath.Ext(path)))
}

// check is a usage error for names that say nothing that can be written.
func (o output) check() error {
	if path, ok := twice(o.paths); ok {
		return flags.Usagef("-o names the file %s twice; give each once", path)
	}
	for _, path := range o.paths {
		if path != files.Stdout && !slices.Contains(o.endings, strings.ToLower(filepath.Ext(path))) {
			return flags.Usagef("-o takes FILE%s, got %q", strings.Join(o.endings, ", "), path)
		}
	}
	return nil
}

// twice is the first path that names what one before it names, if there is one.
func twice(paths []string) (path string, ok bool) {
	seen := map[string]bool{}
	for _, path := range paths {
		whole, err := filepath.Abs(path)
		if err != nil || path == files.Stdout {
			whole = path
		}
		if seen[whole] {
			return path, true
		}
		seen[whole] = true
	}
	return "", false
}

// checkPlaces is a usage error for files that can't be written, or mustn't be replaced.
func (o output) checkPlaces(cfg run.Config) error {
	for _, path := range o.paths {
		if path == files.Stdout {
			continue
		}
		if err := files.CheckPlace(path, cfg); err != nil {
			return err
		}
	}
	return nil
}

// stdout tells whether the table goes to stdout.
func (o output) stdout(std term.Streams) bool {
	return slices.Contains(o.paths, files.Stdout) || len(o.paths) == 0 && !term.IsTerminal(std.Out)
}

// write writes a table, and a picture to the paths of pictures. The summary goes to stdout unless the table does.
func (o output) write(t table, picture func(path string) error, summary string, std term.Streams) error {
	for _, path := range o.paths {
		err := error(nil)
		switch {
		case path == files.Stdout:
		case isPicture(path):
			err = picture(path)
		default:
			err = t.Write(path)
		}
		if err != nil {
			return err
		}
	}
	to := std.Out
	if o.stdout(std) {
		to = std.Err
		if err := t.WriteCSV(std.Out); err != nil {
			return err
		}
	}
	if len(o.paths) == 0 && to == std.Out {
		summary += "-o FILE.csv writes the table\n"
	}
	_, err := fmt.Fprint(to, summary)
	return err
}
