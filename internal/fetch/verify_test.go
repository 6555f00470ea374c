package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerify tells an intact file, a flipped bit, a truncated one, a folder in its place and none from one another, and
// leaves all of them as they are.
func TestVerify(t *testing.T) {
	s, content := tinySet()
	opts := Options{Cache: t.TempDir()}
	for _, v := range s.Verify(opts) {
		if !v.Absent || v.Fault == "" {
			t.Errorf("%s in an empty cache: %+v", v.Name, v)
		}
	}
	dir := s.Dir(opts)
	if err := os.MkdirAll(filepath.Join(dir, file4), 0o755); err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, content[file2]...)
	flipped[5] ^= 1
	for name, data := range map[string][]byte{file1: content[file1], file2: flipped, file3: content[file3][:100]} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"", "sha256", "100 bytes", "no regular file"}
	for i, v := range s.Verify(opts) {
		if v.Absent || v.Fault == "" != (want[i] == "") || !strings.Contains(v.Fault, want[i]) {
			t.Errorf("%s: %+v, want %q", v.Name, v, want[i])
		}
	}
	if st, err := os.Stat(filepath.Join(dir, file3)); err != nil || st.Size() != 100 {
		t.Errorf("the truncated file changed: %v", err)
	}
}
