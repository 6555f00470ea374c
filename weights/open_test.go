package weights

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenRegularFilesOnly: what is no file on a disk is refused without being opened, and a directory says what to
// name.
func TestOpenRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Skip(err)
	}
	readers := map[string]func(string) error{
		"Open":            func(path string) error { _, _, err := Open(path); return err },
		"ReadFile":        func(path string) error { _, err := ReadFile(path); return err },
		"ReadPyTorchFile": func(path string) error { _, err := ReadPyTorchFile(path); return err },
	}
	for name, read := range readers {
		for path, says := range map[string]string{dir: "directory", socket: "none on a disk",
			os.DevNull: "none on a disk", link: "none on a disk"} {
			err := read(path)
			if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") ||
				errors.Is(err, ErrCorrupt) {
				t.Errorf("%s of %s: error %v, want one line that says %q", name, path, err, says)
			}
		}
		if err := read(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s of no file: error %v", name, err)
		}
	}
}
