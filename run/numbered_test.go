package run

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/weights"
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
	if _, err := NewDir(base, "mnist", "am"); err != nil {
		t.Fatal(err)
	}
	if want := []string{dir, base}; !slices.Equal(synced, want) {
		t.Errorf("the first run: synced %q, want %q", synced, want)
	}
	synced = nil
	if path, err := NewDir(base, "mnist", "am"); err != nil || !slices.Equal(synced, []string{base}) {
		t.Errorf("%s: synced %q (%v), want %q", path, synced, err, base)
	}
}

func TestRunDirs(t *testing.T) {
	base := filepath.Join(t.TempDir(), "runs")
	if _, err := Newest(base); !errors.Is(err, weights.ErrNoCheckpoint) {
		t.Errorf("no runs: error %v, want weights.ErrNoCheckpoint", err)
	}
	tests := []struct{ dataset, objective, want string }{
		{"mnist", "am", "00001-mnist-am"},
		{"folder:/pictures/my cats/", "eam", "00002-my-cats-eam"},
		{"folder:..", "am", "00003-run-am"},
	}
	var paths []Dir
	for _, test := range tests {
		path, err := NewDir(base, test.dataset, test.objective)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(string(path)) != test.want {
			t.Errorf("%s, %s: got %s, want %s", test.dataset, test.objective, filepath.Base(string(path)), test.want)
		}
		paths = append(paths, path)
	}
	if err := os.Mkdir(filepath.Join(base, "00041-x-am"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, err := NewDir(base, "mnist", "am"); err != nil || filepath.Base(string(path)) != "00042-mnist-am" {
		t.Errorf("after 41: got %s, %v", path, err)
	}
	one := weights.Tensor{Name: "/w", DType: dtypes.Float32, Shape: []int{1}, Data: make([]byte, 4)}
	// A run of any name counts, the latest written wins, and one without a checkpoint doesn't count.
	named := Dir(filepath.Join(base, "first"))
	for i, run := range []Dir{paths[1], named, paths[0]} {
		if err := os.MkdirAll(string(run), 0o755); err != nil {
			t.Fatal(err)
		}
		state := weights.State{Meta: weights.Meta{Architecture: json.RawMessage("{}"), Step: 1},
			Tensors: []weights.Tensor{one}}
		if _, _, err := weights.Save(run.Checkpoints(), state); err != nil {
			t.Fatal(err)
		}
		when := time.Unix(1_000_000_000+int64(i), 0)
		if err := os.Chtimes(run.Checkpoints(), when, when); err != nil {
			t.Fatal(err)
		}
		if got, err := Newest(base); err != nil || got != run {
			t.Errorf("got %s, %v; want %s", got, err, run)
		}
	}
}
