package cli

import (
	"errors"

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
)

// newestRun is the run below runs/ that was trained last.
func newestRun() (string, error) {
	dir, err := weights.LatestRun(runsDir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return "", usagef("no trained run below %s/; `amgen train` makes one, or name one that is elsewhere", runsDir)
	}
	return dir, err
}
