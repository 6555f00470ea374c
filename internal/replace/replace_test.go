//go:build unix

package replace

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func writes(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

// TestFile: a file appears whole with the rights that it had, or stays as it was and leaves nothing beside.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := File(path, writes("one")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "one")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := File(path, writes("two")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "two")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	broken := errors.New("broken")
	if err := File(path, func(w io.Writer) error { return errors.Join(writes("half")(w), broken) }); !errors.Is(err,
		broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	wantFile(t, path, "two")
	if err := File(dir, writes("no")); err == nil {
		t.Error("a directory became a file")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v; want a alone", left, err)
	}
}

// TestFileLinks: links stay, chained, relative through a folder that is a link, and to what isn't there.
func TestFileLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, d := range []string{"deep/folder", "other"} {
		if err := os.MkdirAll(at(d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"short":              "deep/folder", // so that short/up's .. is deep
		"deep/folder/up":     "../file",
		"deep/folder/chain":  "up",
		"absolute":           at("other/file"),
		"deep/folder/looped": "looped",
	} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range [][2]string{{"short/up", "deep/file"}, {"short/chain", "deep/file"}, {"absolute", "other/file"},
		{"absolute", "other/file"}} {
		text := string(rune('a' + i))
		if err := File(at(c[0]), writes(text)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, at(c[1]), text)
		if info, err := os.Lstat(at(c[0])); err != nil || info.Mode().Type() != os.ModeSymlink {
			t.Errorf("%s is no link any more: %v, %v", c[0], info.Mode(), err)
		}
	}
	if err := File(at("deep/folder/looped"), writes("no")); err == nil {
		t.Error("a link to itself was written")
	}
}

// TestFileFIFO: what is no regular file stays, and gets the bytes.
func TestFileFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	// Open for both, the FIFO makes nobody wait.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := File(path, writes("bytes")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("the FIFO became %v, %v", info.Mode(), err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(f, got); err != nil || string(got) != "bytes" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestFileStdout: the standard output's own file is written to where it is open.
func TestFileStdout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	defer func(was *os.File) { os.Stdout = was }(os.Stdout)
	os.Stdout = f
	for range 2 {
		if err := File(path, writes("x")); err != nil {
			t.Fatal(err)
		}
	}
	wantFile(t, path, "xx")
}

// TestNameIsSynced: when a file has appeared, the folder that it is named in was synced since, where a link leads, too.
func TestNameIsSynced(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	path, link := filepath.Join(elsewhere, "file"), filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	var synced []string
	defer func(was func(string) error) { syncDir = was }(syncDir)
	syncDir = func(dir string) error {
		if _, err := os.Stat(path); err == nil {
			synced = append(synced, dir)
		}
		return SyncDir(dir)
	}
	if err := File(link, func(w io.Writer) error { _, err := w.Write([]byte("text")); return err }); err != nil {
		t.Fatal(err)
	}
	if len(synced) != 1 || synced[0] != elsewhere {
		t.Errorf("synced %q, want %q", synced, elsewhere)
	}
}
