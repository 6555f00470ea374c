package cli

import (
	"errors"
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
