package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/weights"
)

var runPattern = regexp.MustCompile(`^(\d{5,9})-`)

// NewDir creates the next numbered run folder in base, such as runs/00001-mnist-am. Two processes never get the
// same one, and its name is on the disk. A data set "folder:/pictures/cats" becomes "cats". Its errors are those of
// the disk.
func NewDir(base, dataset, objective string) (Dir, error) {
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
			return Dir(path), nil
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

// Newest is the run in base that was written to last: of those with a checkpoint, the one whose
// checkpoints changed last. Numbers do not decide, since a run may have any name. With no run the
// error wraps [weights.ErrNoCheckpoint].
func Newest(base string) (Dir, error) {
	entries, err := os.ReadDir(base)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("run: folder of runs, got %w; make it readable", err)
	}
	var newest Dir
	var when time.Time
	for _, e := range entries { // in the order of names, so the last of equals wins
		path := filepath.Join(base, e.Name())
		changed, ok := lastChange(path)
		if ok && !changed.Before(when) {
			newest, when = Dir(path), changed
		}
	}
	if newest == "" {
		return "", fmt.Errorf("run: %w in any run of %s; train first, or name a run", weights.ErrNoCheckpoint, base)
	}
	return newest, nil
}

// lastChange is when the newest checkpoint of a run appeared; ok is false without any.
func lastChange(run string) (when time.Time, ok bool) {
	list, err := weights.List(Dir(run).Checkpoints())
	if err != nil || len(list) == 0 {
		return time.Time{}, false
	}
	st, err := os.Stat(Dir(run).Checkpoints()) // changes when a checkpoint is renamed into it
	if err != nil {
		return time.Time{}, false
	}
	return st.ModTime(), true
}

// syncDir is replaced by tests, which want to know what was synced.
var syncDir = replace.SyncDir
