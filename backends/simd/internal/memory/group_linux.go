package memory

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// groupFiles are the files in which a version of control groups tells of memory.
type groupFiles struct{ root, limit, usage, inactive string }

var groupVersions = []groupFiles{
	{"/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"},
	{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
}

// groupMemory is the least limit of the process's control groups, its own and those that hold it, less what they use
// where left is set; unlimited without one. Cached files that were not read lately count as free. In a container its
// own group is the root.
func groupMemory(left bool) int64 {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		own = nil
	}
	return leastGroup(groupVersions, own, left)
}

// leastGroup is groupMemory by the text of /proc/self/cgroup.
func leastGroup(versions []groupFiles, own []byte, left bool) int64 {
	least := int64(unlimited)
	for _, version := range versions {
		for dir := filepath.Join("/", groupPath(own, version.limit == "memory.max")); ; dir = filepath.Dir(dir) {
			least = min(least, version.memory(filepath.Join(version.root, dir), left))
			if dir == "/" {
				break
			}
		}
	}
	return least
}

// groupPath is the path of the group for memory in the text of /proc/self/cgroup.
func groupPath(own []byte, second bool) string {
	for line := range bytes.Lines(own) {
		parts := strings.SplitN(strings.TrimSpace(string(line)), ":", 3) // number:controllers:path
		if len(parts) != 3 {
			continue
		}
		if second && parts[0] == "0" && parts[1] == "" || !second && strings.Contains(","+parts[1]+",", ",memory,") {
			return parts[2]
		}
	}
	return "/"
}

// memory is what the group in a folder has, or has left.
func (g groupFiles) memory(dir string, left bool) int64 {
	number := func(name string) (int64, bool) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return 0, false
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64) // "max" is none
		return n, err == nil
	}
	limit, limited := number(g.limit)
	if !limited {
		return unlimited
	}
	used, ok := number(g.usage)
	if !left || !ok {
		return limit
	}
	stat, _ := os.ReadFile(filepath.Join(dir, "memory.stat"))
	return max(0, limit-used+field(stat, g.inactive))
}
