package files

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/run"
)

// CheckLinks refuses to write to a path that leads through a symbolic link inside a run's directory: an untrusted run
// may hold a link to any file.
func CheckLinks(flag, path string) error {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil // what is written says it
	}
	inside := false // a run's directory
	at := filepath.VolumeName(whole) + string(filepath.Separator)
	for part := range strings.SplitSeq(strings.TrimPrefix(whole, at), string(filepath.Separator)) {
		inside = inside || run.Dir(at).HoldsRun()
		at = filepath.Join(at, part)
		if st, err := os.Lstat(at); inside && err == nil && st.Mode()&os.ModeSymlink != 0 {
			return flags.Usagef("%s %s: %s is a symbolic link in a run's directory, through which nothing is written; "+
				"name a file elsewhere", flag, path, at)
		}
	}
	return nil
}
