package weights

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/amgen/amgen/internal/replace"
)

// TestNamesAreSynced: when a run's folder has appeared, the folder that it is named in was synced since.
func TestNamesAreSynced(t *testing.T) {
	var synced []string
	defer func(was func(string) error) { syncDir = was }(syncDir)
	syncDir = func(dir string) error {
		synced = append(synced, dir)
		return replace.SyncDir(dir)
	}
	dir := t.TempDir()
	base := filepath.Join(dir, "runs")
	if _, err := NewRunDir(base, "mnist", "am"); err != nil {
		t.Fatal(err)
	}
	if want := []string{dir, base}; !slices.Equal(synced, want) {
		t.Errorf("the first run: synced %q, want %q", synced, want)
	}
	synced = nil
	if path, err := NewRunDir(base, "mnist", "am"); err != nil || !slices.Equal(synced, []string{base}) {
		t.Errorf("%s: synced %q (%v), want %q", path, synced, err, base)
	}
}
