// Package files refuses outputs that would replace what nobody meant.
package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// IsSpecial tells whether a path is of what is no regular file and no directory, such as a device or a FIFO.
func IsSpecial(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// CheckReplaceable is a usage error for an output file that mustn't be replaced: one that is write-protected, part of a
// checkpoint, or the data of the run.
func CheckReplaceable(path string, cfg run.Config) error {
	if err := replace.Check(path); err != nil {
		return flags.Usagef("-o %s: %w", path, err)
	}
	if weights.IsCheckpoint(filepath.Dir(path)) {
		return flags.Usagef("-o %s: it is in a checkpoint, which holds nothing but itself; name another place", path)
	}
	now, err := os.Stat(path)
	if err != nil {
		return nil // nothing is replaced
	}
	for _, file := range cfg.DataFiles() {
		if data, err := os.Stat(file); err == nil && os.SameFile(now, data) {
			return flags.Usagef("-o %s: it is the data that the run was trained on; name another file", path)
		}
	}
	return nil
}

// CheckPlace is a usage error for an output file in a directory that isn't there, for a directory in its place, and for
// one that [CheckReplaceable] refuses.
func CheckPlace(path string, cfg run.Config) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return flags.Usagef("-o %s is a directory; name a file in it", path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return flags.Usagef("-o %s: there is no directory %s; make it first", path, filepath.Dir(path))
	}
	return CheckReplaceable(path, cfg)
}

// CheckWeights is a usage error for a file that weights can't be written to, or mustn't. Its name has one of the
// endings, the usual one first; without any, that of safetensors.
func CheckWeights(path string, endings ...string) error {
	if len(endings) == 0 {
		endings = []string{".safetensors"}
	}
	if err := CheckPlace(path, run.Config{}); err != nil {
		return err
	}
	if !slices.Contains(endings, strings.ToLower(filepath.Ext(path))) && !IsSpecial(path) {
		return flags.Usagef("-o %s: what is written is %s, and programs expect that ending; name it FILE%s", path,
			map[string]string{".safetensors": "safetensors", ".pt": "a PyTorch file"}[endings[0]], endings[0])
	}
	return CheckLinks("-o", path)
}

// Stdout stands for stdout in place of a file's name.
const Stdout = "-"
