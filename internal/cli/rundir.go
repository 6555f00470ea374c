package cli

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

// runsDir holds the runs that were given no directory of their own.
const runsDir = "runs"

// What a run directory holds besides its checkpoints, see ARCHITECTURE.md.
const (
	configName    = "config.toml"
	statsName     = "stats.jsonl"
	lossCurveName = "loss.png"
	samplesDir    = "samples"
	evalDir       = "eval"
)

// previewName matches the names of previews in samples/; what has another name there isn't the run's.
var previewName = regexp.MustCompile(`^step-\d{6,}\.png$`)

// holdsRun tells whether dir has anything of a run in it: a checkpoint without its configuration counts.
func holdsRun(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, configName)); err == nil {
		return true
	}
	list, err := weights.List(weights.CheckpointDir(dir))
	return err == nil && len(list) > 0
}

// checkRun returns an error unless a run may begin in dir, or the one in it go on or be replaced, without a loss to
// anybody. It writes nothing.
func checkRun(dir string, how sitting) error {
	if err := checkLayout(dir); err != nil {
		return err
	}
	switch {
	case !holdsRun(dir):
		return checkEmpty(dir)
	case how.resume:
		return nil
	}
	configured, err := checkConfig(dir)
	if err != nil {
		return err
	}
	if how.overwrite || !configured {
		if err := weights.CheckOwned(weights.CheckpointDir(dir), -1, false); err != nil {
			return usageError{err}
		}
	}
	if !how.overwrite {
		return runExists(dir)
	}
	return nil
}

// claim makes dir, whose lock is held, one for a run to begin in, or to go on in.
func claim(dir string, how sitting) error {
	if err := checkRun(dir, how); err != nil {
		return err
	}
	if how.overwrite {
		return clearRun(dir)
	}
	return nil
}

// checkLayout returns an error where a name of a run's file or folder in dir is something else. Nothing is written
// through a symbolic link inside a run, and a FIFO would make its reader wait.
func checkLayout(dir string) error {
	for _, name := range []string{configName, statsName, lossCurveName} {
		path := filepath.Join(dir, name)
		if err := replace.Regular(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return layoutError(path, err)
		}
	}
	for _, path := range []string{filepath.Join(dir, samplesDir), filepath.Join(dir, evalDir), weights.CheckpointDir(dir)} {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("it is %s, not a directory", orFile(replace.Kind(info.Mode())))
		}
		if err != nil {
			return layoutError(path, err)
		}
	}
	return weights.CheckLock(dir)
}

func orFile(kind string) string {
	if kind == "" {
		return "a file"
	}
	return kind
}

func layoutError(path string, err error) error {
	return fmt.Errorf("run directory: %s: %w; move it away, or choose another directory", path, err)
}

// checkEmpty returns an error where a run that begins in dir would replace somebody's file or folder.
func checkEmpty(dir string) error {
	var found []string
	for _, name := range []string{statsName, lossCurveName} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			found = append(found, name)
		}
	}
	previews, err := ownPreviews(dir)
	if err != nil {
		return err
	}
	if found = append(found, previews...); len(found) > 0 {
		return usagef("%s is there, and no run that it could be of; move it away, or choose another --out", filepath.Join(dir, found[0]))
	}
	if err := weights.CheckOwned(weights.CheckpointDir(dir), -1, false); err != nil {
		return usageError{err}
	}
	return nil
}

// checkConfig tells whether there is a configuration in dir. One that isn't a run's is an error.
func checkConfig(dir string) (bool, error) {
	path := filepath.Join(dir, configName)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var cfg Config
	text, err := readConfigFile(path)
	if err == nil {
		err = decodeTOML(text, &cfg)
	}
	if err == nil && (cfg.Dataset == "" || cfg.Objective == "") {
		err = errors.New("it names no dataset or no objective")
	}
	if err != nil {
		return true, usagef("%s isn't the configuration of a run (%w); move it away, or choose another --out", path, err)
	}
	return true, nil
}

// clearRun removes what a run wrote, and nothing else that may be in its directory. The configuration goes last: as long
// as anything is left, the directory holds a run.
func clearRun(dir string) error {
	files := []string{statsName, lossCurveName}
	for _, list := range []func(string) ([]string, error){ownPreviews, ownReports} {
		found, err := list(dir)
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if err := removeOwn(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := weights.Clear(weights.CheckpointDir(dir)); err != nil {
		return err
	}
	return removeOwn(filepath.Join(dir, configName))
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

// ownPreviews are the files in dir with the names of a run's previews, by their names from dir.
func ownPreviews(dir string) ([]string, error) {
	return ownFiles(dir, samplesDir, func(path string) bool { return previewName.MatchString(filepath.Base(path)) })
}

// ownReports are the reports of amgen in dir, by their names from dir.
func ownReports(dir string) ([]string, error) { return ownFiles(dir, evalDir, isReport) }

// ownFiles are the regular files in a folder of dir that are the run's, by their names from dir.
func ownFiles(dir, folder string, own func(path string) bool) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run directory: %w; make it readable", err)
	}
	var found []string
	for _, e := range entries {
		if name := filepath.Join(folder, e.Name()); e.Type().IsRegular() && own(filepath.Join(dir, name)) {
			found = append(found, name)
		}
	}
	return found, nil
}

func runExists(dir string) error {
	return usagef("%s holds a run already; pass --resume to continue it, --overwrite to replace it, or another --out", dir)
}

// newestRun is the run below runs/ that was trained last.
func newestRun() (string, error) {
	dir, err := weights.LatestRun(runsDir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return "", usagef("no trained run below %s/; `amgen train` makes one, or name one that is elsewhere", runsDir)
	}
	return dir, err
}
