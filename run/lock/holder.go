package lock

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"github.com/amgen/amgen/weights"
)

var holderText = regexp.MustCompile(`^process (\d+) on (.*)\n$`)

// Holder tells which process of this machine uses the run folder dir, as far as can be known without the lock: ok is
// false where none does, or one of another machine. It takes nothing, so training can begin at any moment.
func Holder(dir string) (pid int, ok bool) {
	path := filepath.Join(dir, "lock")
	if Check(dir) != nil {
		return 0, false
	}
	text, err := weights.ReadText(path, 1<<12)
	if err != nil {
		return 0, false
	}
	found := holderText.FindSubmatch(text)
	if found == nil {
		return 0, false
	}
	host, err := os.Hostname()
	if pid, _ = strconv.Atoi(string(found[1])); err != nil || host != string(found[2]) || pid <= 0 {
		return 0, false
	}
	// A process of another time may have had the number; Linux has a list of locks.
	if locks, err := os.ReadFile("/proc/locks"); err == nil {
		info, err := os.Stat(path)
		if err != nil {
			return 0, false
		}
		return pid, locked(locks, pid, info)
	}
	err = syscall.Kill(pid, 0)
	return pid, err == nil || err == syscall.EPERM
}

// locked tells whether the kernel's list has a lock of the process on the file.
func locked(locks []byte, pid int, info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	inode := []byte(fmt.Sprintf(":%d", stat.Ino))
	for line := range bytes.Lines(locks) { // 1: FLOCK ADVISORY WRITE 4711 08:01:131 0 EOF
		fields := bytes.Fields(line)
		if len(fields) >= 6 && string(fields[1]) == "FLOCK" && string(fields[4]) == strconv.Itoa(pid) &&
			bytes.HasSuffix(fields[5], inode) {
			return true
		}
	}
	return false
}
