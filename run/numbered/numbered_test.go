package numbered

import (
	"os"
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
	if _, err := Next(base, "mnist", "am"); err != nil {
		t.Fatal(err)
	}
	if want := []string{dir, base}; !slices.Equal(synced, want) {
		t.Errorf("the first run: synced %q, want %q", synced, want)
	}
	synced = nil
	if path, err := Next(base, "mnist", "am"); err != nil || !slices.Equal(synced, []string{base}) {
		t.Errorf("%s: synced %q (%v), want %q", path, synced, err, base)
	}
}

// TestNext: numbers rise, and names are made of those of data sets.
func TestNext(t *testing.T) {
	base := filepath.Join(t.TempDir(), "runs")
	tests := []struct{ dataset, objective, want string }{
		{"mnist", "am", "00001-mnist-am"},
		{"folder:/pictures/my cats/", "eam", "00002-my-cats-eam"},
		{"folder:..", "am", "00003-run-am"},
	}
	for _, test := range tests {
		path, err := Next(base, test.dataset, test.objective)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) != test.want {
			t.Errorf("%s, %s: got %s, want %s", test.dataset, test.objective, filepath.Base(path), test.want)
		}
	}
	if err := os.Mkdir(filepath.Join(base, "00041-x-am"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, err := Next(base, "mnist", "am"); err != nil || filepath.Base(path) != "00042-mnist-am" {
		t.Errorf("after 41: got %s, %v", path, err)
	}
}
