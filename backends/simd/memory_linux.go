package simd

import (
	"bytes"
	"os"
	"strconv"
)

// availableMemory is the number of bytes that could be used now: free memory, caches that the system would give up, and
// swap space, or what is left to the control group of a container if that is less.
func availableMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return unlimited
	}
	return min(1024*(field(info, "MemAvailable:")+field(info, "SwapFree:")), groupMemory(true))
}

// installedMemory is the number of bytes of memory and swap space, or the control group's limit if that is less.
func installedMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return unlimited
	}
	return min(1024*(field(info, "MemTotal:")+field(info, "SwapTotal:")), groupMemory(false))
}

// groupMemory is the limit of the control group (version 2) at whose root the process is, as in a container, less what it
// uses. Cached files that were not read lately count as free.
func groupMemory(left bool) int64 {
	const root = "/sys/fs/cgroup/memory."
	text, err := os.ReadFile(root + "max")
	if err != nil {
		return unlimited
	}
	limit, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil {
		return unlimited // "max"
	}
	if !left {
		return limit
	}
	used, err := os.ReadFile(root + "current")
	if err != nil {
		return limit
	}
	n, _ := strconv.ParseInt(string(bytes.TrimSpace(used)), 10, 64)
	stat, _ := os.ReadFile(root + "stat")
	return limit - n + field(stat, "inactive_file")
}

// field finds the number that follows a name at the start of a line, 0 if there is none.
func field(text []byte, name string) int64 {
	for line := range bytes.Lines(text) {
		if words := bytes.Fields(line); len(words) > 1 && string(words[0]) == name {
			n, _ := strconv.ParseInt(string(words[1]), 10, 64)
			return n
		}
	}
	return 0
}
