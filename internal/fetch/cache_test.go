package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoHome: without a home there is no cache, and nothing is looked for or written at the root of the file system or
// where the program runs.
func TestNoHome(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	s := &Set{Owner: "imaging", Name: "tiny", Folder: "tiny", Files: []File{{Name: "a", Size: 1, SHA256: "00"}}}
	for _, home := range []string{"", "/"} {
		t.Setenv("HOME", home)
		if home == "" {
			os.Unsetenv("HOME")
		}
		t.Setenv("XDG_CACHE_HOME", "")
		t.Setenv("AMGEN_CACHE", "")
		if dir, err := CacheDir(); err == nil || !strings.Contains(err.Error(), "set AMGEN_CACHE") {
			t.Errorf("home %q: %q %v", home, dir, err)
		}
		if _, err := s.Ensure(t.Context(), Options{Offline: true}); err == nil ||
			!strings.Contains(err.Error(), "set AMGEN_CACHE") {
			t.Errorf("home %q: %v", home, err)
		}
		if s.Cached(Options{}) {
			t.Errorf("home %q: it is cached", home)
		}
		t.Setenv("AMGEN_CACHE", filepath.Join(here, "cache"))
		if dir, err := CacheDir(); err != nil || dir != filepath.Join(here, "cache") {
			t.Errorf("home %q: %q %v", home, dir, err)
		}
	}
	if entries, err := os.ReadDir(here); err != nil || len(entries) > 0 {
		t.Errorf("%v %v", entries, err)
	}
}
