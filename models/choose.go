package models

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
)

// Open opens what a text names: a model that ships with amgen, one of [Names], else the file of a model. A file with
// such a name is written ./mnist.
func Open(text string) (*Model, error) { return open(text, "model", "a file of a model") }

// open is Open; kinds are what a text may name, and others what it may be that is none of the names.
func open(text, kinds, others string) (*Model, error) {
	if slices.Contains(names, text) {
		return Named(text)
	}
	if _, err := os.Stat(text); err == nil {
		return ReadFile(text)
	} else if filepath.Base(text) != text || filepath.Ext(text) != "" {
		return nil, mistake.New("no %s %q: %w; name one of %s, or %s", kinds, text, cause(err),
			strings.Join(Here(), ", "), others)
	}
	return nil, unknown(kinds, text, others)
}

// cause is an error without the path of the file, which a message has already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Pretrained is [Open] that takes the directory of a run as well: then it is the newest checkpoint's average.
func Pretrained(text string, out run.Output) (run.Pretrained, error) {
	if info, err := os.Stat(text); err == nil && info.IsDir() && !slices.Contains(names, text) {
		if !run.Dir(text).HoldsRun() {
			return run.Pretrained{}, mistake.New("no run in %q; name one of %s, a file of a model, or the directory "+
				"of a run", text, strings.Join(Here(), ", "))
		}
		return run.Dir(text).Pretrained(run.Latest, false, out)
	}
	m, err := open(text, "model or run", "a file of a model, or the directory of a run")
	if err != nil {
		return run.Pretrained{}, err
	}
	return m.Pretrained, nil
}
