package models

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
)

// Open opens what a text names: a model that ships with amgen, one of [Names], else the file of a model. A file with
// such a name is written ./mnist.
func Open(text string) (*Model, error) {
	if slices.Contains(names, text) {
		return Named(text)
	}
	if _, err := os.Stat(text); err != nil {
		if filepath.Base(text) != text || filepath.Ext(text) != "" {
			return nil, mistake.New("no file of a model: %w", err)
		}
		return Named(text) // which lists the names
	}
	return ReadFile(text)
}

// Pretrained is [Open] that takes the directory of a run as well: then it is the newest checkpoint's average.
func Pretrained(text string, out run.Output) (run.Pretrained, error) {
	if info, err := os.Stat(text); err == nil && info.IsDir() && !slices.Contains(names, text) {
		if !run.Dir(text).HoldsRun() {
			return run.Pretrained{}, mistake.New("no run in %s; name a model (%s), a file of one, or the directory "+
				"of a run", text, strings.Join(names, ", "))
		}
		return run.Dir(text).Pretrained(run.Latest, false, out)
	}
	m, err := Open(text)
	if err != nil {
		return run.Pretrained{}, err
	}
	return m.Pretrained, nil
}
