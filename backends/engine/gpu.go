package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// gpus counts the NVIDIA GPUs that a program may use: the driver's device files, or as many of them as
// CUDA_VISIBLE_DEVICES names.
func gpus() int { return countGPUs("/", os.LookupEnv) }

var gpuFile = regexp.MustCompile(`^nvidia[0-9]+$`)

func countGPUs(root string, env func(string) (string, bool)) int {
	files, _ := filepath.Glob(filepath.Join(root, "dev/nvidia*")) // the pattern is well-formed
	count := 0
	for _, f := range files {
		if gpuFile.MatchString(filepath.Base(f)) {
			count++
		}
	}
	if count == 0 && windowsGPU(root) {
		count = 1
	}
	if visible, ok := env("CUDA_VISIBLE_DEVICES"); ok {
		return visibleGPUs(visible, count)
	}
	return count
}

// driverFiles are CUDA's driver library where WSL2, and containers on it, have it.
var driverFiles = []string{"usr/lib/wsl/lib/libcuda.so*", "usr/lib/*-linux-gnu/libcuda.so*", "usr/lib64/libcuda.so*"}

// windowsGPU tells whether this is a Linux in Windows (WSL2) with an NVIDIA GPU: one device file, dev/dxg, is for all
// GPUs of whatever maker, and CUDA's driver is there for NVIDIA's.
func windowsGPU(root string) bool {
	if _, err := os.Stat(filepath.Join(root, "dev/dxg")); err != nil {
		return false
	}
	for _, pattern := range driverFiles {
		if files, _ := filepath.Glob(filepath.Join(root, pattern)); len(files) > 0 {
			return true
		}
	}
	return false
}

// visibleGPUs counts those of count GPUs that CUDA_VISIBLE_DEVICES lists. As for CUDA, the first entry that is neither
// the number of one nor the name of a GPU or of a part of one (GPU-…, MIG-…) ends the list.
func visibleGPUs(list string, count int) int {
	n := 0
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		number, err := strconv.Atoi(entry)
		named := strings.HasPrefix(entry, "GPU-") || strings.HasPrefix(entry, "MIG-")
		if !named && (err != nil || number < 0 || number >= count) {
			break
		}
		n++
	}
	return min(count, n)
}
