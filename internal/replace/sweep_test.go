//go:build linux || darwin

package replace

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFileSweeps: what a killed process left of a file goes with the next one; what is younger, locked, a link, a
// folder, of another file or of another's making stays.
func TestFileSweeps(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	old := time.Now().Add(-time.Minute)
	for _, name := range []string{".x.npz1234567890123", ".x.npz9223372036854775807", ".x.npz12", ".x.npz",
		"x.npz1234567890123", ".y.npz1234567890123", ".x.npz123456789012a",
		".x.npz2222222222222", "kept"} {
		if err := os.WriteFile(at(name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(at(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at(".x.npz3333333333333"), nil, 0o644); err != nil { // just now
		t.Fatal(err)
	}
	if err := os.Symlink(at("kept"), at(".x.npz4444444444444")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(at(".x.npz5555555555555"), 0o755); err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(at(".x.npz2222222222222"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	lock(held)
	if err := File(at("x.npz"), writes("whole")); err != nil {
		t.Fatal(err)
	}
	gone := map[string]bool{".x.npz1234567890123": true, ".x.npz9223372036854775807": true}
	for _, name := range []string{".x.npz1234567890123", ".x.npz9223372036854775807", ".x.npz12", ".x.npz",
		"x.npz1234567890123", ".y.npz1234567890123", ".x.npz123456789012a",
		".x.npz2222222222222", ".x.npz3333333333333", ".x.npz4444444444444", ".x.npz5555555555555", "kept", "x.npz"} {
		if _, err := os.Lstat(at(name)); os.IsNotExist(err) != gone[name] {
			t.Errorf("%s: gone is %t, want %t", name, os.IsNotExist(err), gone[name])
		}
	}
}

// TestFileLocks: a file that is being written isn't swept, however old.
func TestFileLocks(t *testing.T) {
	dir := t.TempDir()
	err := File(filepath.Join(dir, "x"), func(w io.Writer) error {
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%v, %v", entries, err)
		}
		name := entries[0].Name()
		if of, ok := Unfinished(name); !ok || of != "x" {
			t.Errorf("%s isn't known as unfinished", name)
		}
		past := time.Now().Add(-100 * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
			t.Fatal(err)
		}
		if removed, err := Sweep(filepath.Join(dir, name)); removed || err != nil {
			t.Errorf("swept: %t, %v", removed, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
