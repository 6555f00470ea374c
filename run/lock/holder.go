package lock

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

var holderText = regexp.MustCompile(`^process (\d+) on (.*)\n$`)

// Holder tells which process of this machine uses the run folder dir, as far as can be known without the lock: ok is
// false where none does, or one of another machine. It takes nothing, so training can begin at any moment.
func Holder(dir string) (pid int, ok bool) {
	pid, here := named(dir)
	return pid, here && alive(pid, filepath.Join(dir, "lock"))
}

// Ended tells whether a process of this machine was the last to use the run folder dir, and uses it no more.
func Ended(dir string) bool {
	pid, here := named(dir)
	return here && !alive(pid, filepath.Join(dir, "lock"))
}

// named is the process that the lock of the run folder dir names; here is false where it names none of this machine.
func named(dir string) (pid int, here bool) {
	text, err := textOf(dir)
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
	return pid, true
}
