package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// gpus counts the NVIDIA GPUs that a program may use. It counts the driver's device files, and of those only the ones
// that CUDA_VISIBLE_DEVICES lists if it is set.
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

// driverFiles are the places of CUDA's driver library in WSL2 and in containers on it.
var driverFiles = []string{"usr/lib/wsl/lib/libcuda.so*", "usr/lib/*-linux-gnu/libcuda.so*", "usr/lib64/libcuda.so*"}

// windowsGPU reports whether this is Linux in Windows (WSL2) with an NVIDIA GPU. There one device file, dev/dxg, stands
// for all GPUs of all makers; CUDA's driver library shows that one is NVIDIA's.
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

// visibleGPUs counts how many of count GPUs CUDA_VISIBLE_DEVICES lists. As in CUDA, the list ends before the first
// entry that is neither the number of a GPU nor the name of a GPU or of a part of a GPU (GPU-…, MIG-…).
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
