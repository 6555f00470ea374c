//go:build unix

package lock

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// alive tells whether the process uses the lock at path: by the list of locks, which Linux has, else by its number,
// which a process of another time may have had.
func alive(pid int, path string) bool {
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		err = syscall.Kill(pid, 0)
		return err == nil || err == syscall.EPERM
	}
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && listed(locks, pid, fmt.Sprintf(":%d", stat.Ino))
}

// listed tells whether the list has a lock of the process on a file whose name there ends in inode.
func listed(locks []byte, pid int, inode string) bool {
	for line := range bytes.Lines(locks) { // 1: FLOCK ADVISORY WRITE 4711 08:01:131 0 EOF
		fields := bytes.Fields(line)
		if len(fields) >= 6 && string(fields[1]) == "FLOCK" && string(fields[4]) == strconv.Itoa(pid) &&
			bytes.HasSuffix(fields[5], []byte(inode)) {
			return true
		}
	}
	return false
}
