package weights

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestNamesAreSynced: when a file or a run's folder has appeared, the folder that it is named in was synced since.
func TestNamesAreSynced(t *testing.T) {
	var synced []string
	var appeared string // it is there when its folder is synced
	defer func(was func(*os.File) error) { syncFile = was }(syncFile)
	syncFile = func(f *os.File) error {
		if _, err := os.Stat(appeared); err == nil || appeared == "" {
			synced = append(synced, f.Name())
		}
		return f.Sync()
	}
	dir := t.TempDir()
	appeared = filepath.Join(dir, "x.safetensors")
	if err := sampleFile().WriteFile(appeared); err != nil {
		t.Fatal(err)
	}
	if want := []string{dir}; !slices.Equal(synced, want) {
		t.Errorf("a file: synced %q, want %q", synced, want)
	}
	synced, appeared = nil, ""
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
