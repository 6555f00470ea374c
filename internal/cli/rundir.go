package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

// holdsRun tells whether dir has anything of a run in it: a checkpoint without its configuration counts.
func holdsRun(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, configName)); err == nil {
		return true
	}
	list, err := weights.List(weights.CheckpointDir(dir))
	return err == nil && len(list) > 0
}

// claim makes dir one for a run to begin in, or to go on in. It deletes nothing but what a run wrote.
func claim(dir string, how sitting) error {
	switch {
	case !holdsRun(dir):
		return checkForeign(dir, statsName, lossCurveName)
	case how.overwrite:
		if list, err := weights.List(weights.CheckpointDir(dir)); err == nil && len(list) == 0 {
			if _, err := readRunConfig(dir); err != nil {
				return checkForeign(dir, configName)
			}
		}
		return clearRun(dir)
	case !how.resume:
		return runExists(dir)
	}
	return nil
}

// written are the files that a run may have in its directory, by their names in it. The configuration comes last: as long
// as anything is left, the directory holds a run.
func written(dir string) []string {
	checkpoints := filepath.Base(weights.CheckpointDir(dir))
	var files []string
	for _, pattern := range []string{statsName, lossCurveName, samplesDir + "/step-*.png", evalDir + "/*.json",
		checkpoints + "/step-*", checkpoints + "/aside-step-*", checkpoints + "/.tmp-*", configName} {
		found, _ := fs.Glob(os.DirFS(dir), pattern) // the patterns are well-formed
		files = append(files, found...)
	}
	return files
}

// clearRun removes what a run wrote, and nothing else that may be in its directory.
func clearRun(dir string) error {
	for _, name := range written(dir) {
		if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("overwrite run: %w; check the rights there", err)
		}
	}
	return nil
}

// checkForeign refuses a directory in which training would replace somebody's files of these names.
func checkForeign(dir string, names ...string) error {
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return usagef("%s is there, and no run that it could be of; move it away, or choose another --out", path)
		}
	}
	return nil
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
