// Package numbered makes the folders of runs that nobody named: runs/00001-mnist-am and on.
package numbered

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/replace"
)

var runPattern = regexp.MustCompile(`^(\d{5,9})-`)

// Next creates the next numbered run folder in base, such as runs/00001-mnist-am. Two processes never get the
// same one, and its name is on the disk. A data set "folder:/pictures/cats" becomes "cats". Its errors are those of
// the disk.
func Next(base, dataset, objective string) (string, error) {
	_, err := os.Stat(base)
	isNew := errors.Is(err, os.ErrNotExist)
	if err := os.MkdirAll(base, 0o755); err != nil {
		return "", fmt.Errorf("run: folder of runs, got %w; choose one that can be written", err)
	}
	if isNew {
		if err := syncDir(filepath.Dir(base)); err != nil {
			return "", fmt.Errorf("run: folder of runs %s, got %w; check the disk", base, err)
		}
	}
	entries, err := os.ReadDir(base)
	if err != nil {
		return "", fmt.Errorf("run: folder of runs, got %w; make it readable", err)
	}
	next := 1
	for _, e := range entries {
		if match := runPattern.FindStringSubmatch(e.Name()); match != nil {
			if n, err := strconv.Atoi(match[1]); err == nil {
				next = max(next, n+1)
			}
		}
	}
	suffix := slug(dataset) + "-" + slug(objective)
	for ; ; next++ {
		path := filepath.Join(base, fmt.Sprintf("%05d-%s", next, suffix))
		err := os.Mkdir(path, 0o755)
		if err == nil {
			if err := syncDir(base); err != nil {
				return "", fmt.Errorf("run: run folder %s, got %w; check the disk", path, err)
			}
			return path, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return "", fmt.Errorf("run: run folder, got %w; choose a folder that can be written", err)
		}
	}
}

var unsafeInNames = regexp.MustCompile(`[^A-Za-z0-9._]+`)

// slug makes a file name of a data set's: of a path after a colon only the last part counts.
func slug(name string) string {
	if _, path, ok := strings.Cut(name, ":"); ok {
		name = filepath.Base(path)
	}
	name = strings.Trim(unsafeInNames.ReplaceAllString(name, "-"), "-.")
	if name == "" {
		return "run"
	}
	return name
}

// syncDir is replaced by tests, which want to know what was synced.
var syncDir = replace.SyncDir
