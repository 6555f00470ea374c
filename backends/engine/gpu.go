package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// gpus counts the NVIDIA GPUs that a program may use: the driver's device files, or as many of them as
// CUDA_VISIBLE_DEVICES names.
func gpus() int { return countGPUs("/dev", os.LookupEnv) }

var gpuFile = regexp.MustCompile(`^nvidia[0-9]+$`)

func countGPUs(dev string, env func(string) (string, bool)) int {
	files, _ := filepath.Glob(filepath.Join(dev, "nvidia*")) // the pattern is well-formed
	count := 0
	for _, f := range files {
		if gpuFile.MatchString(filepath.Base(f)) {
			count++
		}
	}
	visible, ok := env("CUDA_VISIBLE_DEVICES")
	if !ok {
		return count
	}
	if visible = strings.TrimSpace(visible); visible == "" || strings.HasPrefix(visible, "-") {
		return 0
	}
	return min(count, len(strings.Split(visible, ",")))
}
