package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/weights"
)

// EventFiles is the pattern of the names of files that are written for TensorBoard.
const EventFiles = "events.out.tfevents.*.amgen"

// clear removes what a run wrote, and nothing else that may be in its directory. The configuration goes last: as long
// as anything is left, the directory holds a run.
func (d Dir) clear(ownReport func(path string) bool) error {
	files := []string{StatsName, LossCurveName}
	previews, err := d.ownPreviews()
	if err != nil {
		return err
	}
	files = append(files, previews...)
	if ownReport != nil {
		reports, err := d.ownFiles(EvalName, ownReport)
		if err != nil {
			return err
		}
		files = append(files, reports...)
	}
	events, err := d.ownFiles(TensorBoardName, func(path string) bool {
		own, _ := filepath.Match(EventFiles, filepath.Base(path))
		return own
	})
	if err != nil {
		return err
	}
	for _, name := range append(files, events...) {
		if err := removeOwn(d.File(name)); err != nil {
			return err
		}
	}
	if err := weights.Clear(d.Checkpoints()); err != nil {
		return err
	}
	return removeOwn(d.File(ConfigName))
}

// removeOwn removes a regular file, if it is there.
func removeOwn(path string) error {
	if replace.Regular(path) != nil {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("overwrite run: %w; check the rights there", err)
	}
	return nil
}

// ownPreviews are the files with the names of a run's previews, by their names from the directory.
func (d Dir) ownPreviews() ([]string, error) {
	return d.ownFiles(SamplesName, func(path string) bool { return previewName.MatchString(filepath.Base(path)) })
}

// ownFiles are the regular files in a folder that are the run's, by their names from the directory.
func (d Dir) ownFiles(folder string, own func(path string) bool) ([]string, error) {
	entries, err := os.ReadDir(d.File(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run directory: %w; make it readable", err)
	}
	var found []string
	for _, e := range entries {
		if name := filepath.Join(folder, e.Name()); e.Type().IsRegular() && own(d.File(name)) {
			found = append(found, name)
		}
	}
	return found, nil
}

// unfinished are the names that files have while a run is writing them, see [replace.File].
var unfinished = regexp.MustCompile(`^\.(config\.toml|stats\.jsonl|loss\.png|step-\d+\.png)\d+$`)

// ClearUnfinished removes what a process that was killed left in the directory; only the holder of its lock may.
func (d Dir) ClearUnfinished() error {
	for _, dir := range []string{string(d), d.File(SamplesName)} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("run directory: %w; make it readable", err)
		}
		for _, e := range entries {
			if !unfinished.MatchString(e.Name()) || !e.Type().IsRegular() {
				continue
			}
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("unfinished file of the run: %w; check the rights there", err)
			}
		}
	}
	return nil
}
