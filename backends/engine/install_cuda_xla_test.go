//go:build xla && linux && amd64

package engine

import (
	"os"
	"path/filepath"
	"testing"
)

// The installer's link from the root leads to the same file after its folder was moved.
func TestRelink(t *testing.T) {
	dir := t.TempDir()
	before, after := filepath.Join(dir, "before"), filepath.Join(dir, "after")
	touch(t, before, "nvidia/cu13/bin/ptxas", "nvidia/bin/nvlink")
	link := filepath.Join(before, "nvidia/bin/ptxas")
	if err := os.Symlink(filepath.Join(before, "nvidia/cu13/bin/ptxas"), link); err != nil {
		t.Fatal(err)
	}
	if err := relink(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(before, after); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(after, "nvidia/bin/ptxas")); err != nil {
		t.Error(err)
	}
}
