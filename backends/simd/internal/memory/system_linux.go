package memory

import (
	"bytes"
	"os"
	"strconv"
)

// availableMemory is the number of bytes that could be used now: free memory, caches that the system would give up, and
// swap space, or what is left to the process or its control groups if that is less.
func availableMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return min(groupMemory(true), processMemory(true))
	}
	return min(1024*(field(info, "MemAvailable:")+field(info, "SwapFree:")), groupMemory(true), processMemory(true))
}

// installedMemory is the number of bytes of memory and swap space, or the limit of the process or its control groups if
// that is less.
func installedMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return min(groupMemory(false), processMemory(false))
	}
	return min(1024*(field(info, "MemTotal:")+field(info, "SwapTotal:")), groupMemory(false), processMemory(false))
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
