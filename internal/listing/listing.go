// Package listing is for tests: the files of a folder, to require that they stay as they are, and of a .zip.
package listing

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Of is every path below dir with its kind and content.
func Of(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		what := e.Type().String()
		if e.Type().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += string(text)
		}
		found[strings.TrimPrefix(path, dir)] = what
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
