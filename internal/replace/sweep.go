package replace

import (
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// leftover are the names that [File] writes under until it renames: a dot, the file's name and a random number.
var leftover = regexp.MustCompile(`^\.(.+?)(\d{12,19})$`)

// Unfinished tells whether name is one that [File] writes a file under until it is whole, and which file's it is.
func Unfinished(name string) (of string, ok bool) {
	match := leftover.FindStringSubmatch(name)
	if match == nil {
		return "", false
	}
	return match[1], true
}

// Sweep removes the file at path, of a name that Unfinished knows, if the process that wrote it is gone: it is a
// regular file, nobody holds its lock, and a moment has passed since its last byte.
func Sweep(path string) (removed bool, err error) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	age := time.Since(info.ModTime())
	switch free, known := unlocked(path); {
	case !known && age < abandoned, known && (!free || age < moment):
		return false, nil
	}
	return true, os.Remove(path)
}

const (
	moment    = time.Second // from the creation of a file to its lock
	abandoned = time.Hour   // where file systems know no locks
)

// swept are the leftovers in each directory that this process has written to, as they were when it came, by the names
// of the files that they are of.
var swept struct {
	sync.Mutex
	dirs map[string]map[string][]string
}

// sweep removes what killed processes left of a file that was replaced. Its directory is listed once.
func sweep(path string) {
	dir, name := filepath.Split(path)
	swept.Lock()
	defer swept.Unlock()
	left, known := swept.dirs[dir]
	if !known {
		left = map[string][]string{}
		entries, _ := os.ReadDir(filepath.Clean(dir)) // one that can't be listed has nothing to clear
		for _, e := range entries {
			if of, ok := Unfinished(e.Name()); ok {
				left[of] = append(left[of], filepath.Join(dir, e.Name()))
			}
		}
		if swept.dirs == nil {
			swept.dirs = map[string]map[string][]string{}
		}
		swept.dirs[dir] = left
	}
	for _, path := range left[name] {
		_, _ = Sweep(path) // one that stays does no harm
	}
	delete(left, name)
}
