package weights

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/listing"
)

// putForeign puts what others may keep in a folder of checkpoints there, and returns the names.
func putForeign(t *testing.T, dir string) []string {
	t.Helper()
	elsewhere := t.TempDir()
	mustWrite := func(path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"step-000500/model.bin", "step-backup-of-best/state.safetensors", "step-notes.txt", "step-12/a", "aside-mine/a",
		"aside-step-000007/notes", ".tmp-mine/state.safetensors", ".tmp-12/notes", "step-000600/manifest.json"}
	for _, name := range names {
		mustWrite(filepath.Join(dir, name))
	}
	mustWrite(filepath.Join(elsewhere, "step-000700", manifestFile))
	if err := os.Symlink(filepath.Join(elsewhere, "step-000700"), filepath.Join(dir, "step-000700")); err != nil {
		t.Fatal(err)
	}
	return names
}

// TestForeignStays: neither pruning nor clearing touches anything that amgen didn't write, and saving refuses to replace it.
func TestForeignStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoints")
	putForeign(t, dir)
	before := listing.Of(t, dir)
	for step := int64(1); step < 4; step++ {
		mustSave(t, dir, sampleState(step))
	}
	annotated := filepath.Join(dir, stepName(2), "notes.txt")
	if err := os.WriteFile(annotated, []byte("the best one"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Prune(dir, Keep{Last: 2}); err != nil {
		t.Fatal(err)
	}
	if err := Clear(dir); err != nil {
		t.Fatal(err)
	}
	after := listing.Of(t, dir)
	for name := range after {
		if strings.HasPrefix(name, "/"+stepName(2)) {
			delete(after, name)
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("what isn't amgen's changed:\n%s", diff)
	}
	if list, err := List(dir); err != nil || len(list) != 3 { // 2, and 600 and the link of 700, which hold a manifest
		t.Errorf("list %v, %v; want steps 700, 600 and 2", list, err)
	}
	for _, step := range []int64{500, 600, 700} {
		if _, _, err := Save(dir, sampleState(step)); err == nil || !strings.Contains(err.Error(), "didn't write") {
			t.Errorf("saving step %d over something else: %v", step, err)
		}
		if err := CheckOwned(dir, step-1, false); err == nil {
			t.Errorf("nothing is found in the way after step %d", step-1)
		}
	}
	if err := CheckOwned(dir, 700, false); err != nil {
		t.Errorf("after step 700: %v", err)
	}
	if _, err := SetAside(dir, 499); err == nil {
		t.Error("somebody's folder was set aside")
	}
	if diff := cmp.Diff(before, listing.Of(t, dir)); !strings.Contains(diff, "notes.txt") {
		t.Errorf("what isn't amgen's changed:\n%s", diff)
	}
}

// TestSetAsideTwice: a checkpoint that was set aside before isn't replaced, and Clear removes both.
func TestSetAsideTwice(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		path := mustSave(t, dir, sampleState(9))
		if err := os.Truncate(filepath.Join(path, stateFile), 8); err != nil {
			t.Fatal(err)
		}
		if _, err := SetAside(dir, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"aside-step-000009", "aside-step-000009.2"} {
		if _, err := os.Stat(filepath.Join(dir, name, manifestFile)); err != nil {
			t.Error(err)
		}
	}
	if err := Clear(dir); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("Clear left %v (%v)", left, err)
	}
}
