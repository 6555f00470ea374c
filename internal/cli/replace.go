package cli

import (
	"os"
	"path/filepath"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// isSpecial tells whether a path is of what is no regular file and no directory, such as a device or a FIFO.
func isSpecial(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// checkReplaceable is a usage error for an output file that mustn't be replaced: one that is write-protected, part of a
// checkpoint, or the data of the run.
func checkReplaceable(path string, cfg run.Config) error {
	if err := replace.Check(path); err != nil {
		return usagef("-o %s: %w", path, err)
	}
	if weights.IsCheckpoint(filepath.Dir(path)) {
		return usagef("-o %s: it is in a checkpoint, which holds nothing but itself; name another place", path)
	}
	now, err := os.Stat(path)
	if err != nil {
		return nil // nothing is replaced
	}
	for _, file := range cfg.DataFiles() {
		if data, err := os.Stat(file); err == nil && os.SameFile(now, data) {
			return usagef("-o %s: it is the data that the run was trained on; name another file", path)
		}
	}
	return nil
}

// stdoutName stands for stdout in place of a file's name.
const stdoutName = "-"
