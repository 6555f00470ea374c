package tomltext

import (
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/amgen/amgen/internal/replace"
)

// mostBytes bounds a configuration in bytes. What amgen writes has 2 kB.
const mostBytes = 1 << 20

// openPipes are the names of what a shell has opened for a program, as in --config <(amgen train --dry-run …).
var openPipes = regexp.MustCompile(`^/dev/(stdin|fd/\d+)$|^/proc/self/fd/\d+$`)

// ReadFile reads a file of 1 MiB at most, once. It opens no device and no FIFO, which could be without end or wait for
// ever, but for those that a shell has opened already.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	piped := openPipes.MatchString(path) && info.Mode()&os.ModeCharDevice == 0
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", path)
	case !info.Mode().IsRegular() && !piped:
		return nil, fmt.Errorf("%s is %s, not a regular file", path, replace.Kind(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes, the most that a configuration has", path, mostBytes)
	}
	return text, nil
}
