package numbered

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/amgen/amgen/weights"
)

// Newest is the run in base that was written to last: of those with a checkpoint, the one whose checkpoints changed
// last. checkpoints is the folder of a run's checkpoints. Numbers do not decide, since a run may have any name. With no
// run the error wraps [weights.ErrNoCheckpoint].
func Newest(base string, checkpoints func(run string) string) (string, error) {
	entries, err := os.ReadDir(base)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("run: folder of runs, got %w; make it readable", err)
	}
	var newest string
	var when time.Time
	for _, e := range entries { // in the order of names, so the last of equals wins
		path := filepath.Join(base, e.Name())
		changed, ok := lastChange(checkpoints(path))
		if ok && !changed.Before(when) {
			newest, when = path, changed
		}
	}
	if newest == "" {
		return "", fmt.Errorf("run: %w in any run of %s; train first, or name a run", weights.ErrNoCheckpoint, base)
	}
	return newest, nil
}

// lastChange is when the newest checkpoint in a folder appeared; ok is false without any.
func lastChange(folder string) (when time.Time, ok bool) {
	list, err := weights.List(folder)
	if err != nil || len(list) == 0 {
		return time.Time{}, false
	}
	st, err := os.Stat(folder) // changes when a checkpoint is renamed into it
	if err != nil {
		return time.Time{}, false
	}
	return st.ModTime(), true
}
