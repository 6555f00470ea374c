package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amgen/amgen/run/lock"
	"github.com/gofrs/flock"
)

// plant makes files below a folder, all of an hour ago; names that end with / are folders.
func plant(t *testing.T, dir string, names ...string) {
	t.Helper()
	past := time.Now().Add(-2 * time.Hour)
	for _, name := range names {
		path, text := filepath.Join(dir, name), "four"
		if filepath.Base(name) == "lock" {
			text = "process 1 on a machine\n"
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else if err = os.WriteFile(path, []byte(text), 0o644); err == nil {
			err = os.Chtimes(path, past, past)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// planted lists all that is below a folder.
func planted(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); rel != "." {
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestDataClean: features and unfinished files of amgen's go, data, links, what is locked and whatever is somebody
// else's stays; a dry run lists the same and removes nothing.
func TestDataClean(t *testing.T) {
	dir := t.TempDir()
	cache := filepath.Join(dir, "cache")
	t.Setenv("AMGEN_CACHE", cache)
	ours := []string{"features/0123456789abcdef/about.json", "features/0123456789abcdef/00000000.npz",
		"features/0123456789abcdef/00000256.npz",
		"features/0123456789abcdef/request.json", "features/0123456789abcdef/.00000512.npz1234567890123456",
		"features/fedcba9876543210/about.json", "baselines/0123456789abcdef.json",
		"data/mnist/.partial-train-1234", "data/mnist/.partial-work-77/go/mod/file",
		"weights/fid/.converted.safetensors1234567890123456"}
	theirs := []string{"data/mnist/.lock", "data/mnist/train-images-idx3-ubyte", "data/mnist/.partial",
		"data/mnist/notes", "weights/fid/.lock",
		"weights/fid/converted.safetensors", "features/aaaaaaaaaaaaaaaa/about.json",
		"features/aaaaaaaaaaaaaaaa/my-notes.txt", "features/old/00000000.npz",
		"features/note", "baselines/notes.json", "baselines/0123456789abcdef.txt", "data/locked/.lock", "data/locked/.partial-x-1", "data/mine/.partial-x-1",
		"other/.partial-x-1"}
	plant(t, cache, append(slices.Clone(ours), theirs...)...)
	plant(t, dir, "precious/about.json", "precious/00000000.npz")
	for _, link := range []string{"features/bbbbbbbbbbbbbbbb", "data/linked"} {
		if err := os.Symlink(filepath.Join(dir, "precious"), filepath.Join(cache, link)); err != nil {
			t.Skip(err)
		}
	}
	lock := flock.New(filepath.Join(cache, "data/locked/.lock"))
	if free, err := lock.TryLock(); !free || err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	before := planted(t, dir)
	list := printed(t, "data", "clean", "--dry-run")
	if got := planted(t, dir); !slices.Equal(got, before) {
		t.Fatalf("a dry run left %v", got)
	}
	if done := printed(t, "data", "clean"); done != list {
		t.Errorf("done %q, said %q", done, list)
	}
	if n := strings.Count(list, "\n"); n != 6 { // two stores, the baselines, three leftovers
		t.Errorf("listed %q", list)
	}
	got := planted(t, dir)
	for _, name := range ours {
		if slices.Contains(got, filepath.Join("cache", name)) {
			t.Errorf("%s stayed", name)
		}
	}
	for _, name := range append(theirs, "../precious/about.json", "../precious/00000000.npz",
		"features/bbbbbbbbbbbbbbbb", "data/linked") {
		if !slices.Contains(got, filepath.Join("cache", name)) {
			t.Errorf("%s is gone", name)
		}
	}
	if again := printed(t, "data", "clean"); again != "" {
		t.Errorf("a second one says %q", again)
	}
}

// TestImportClearsLeftovers of imports that were killed, and nothing else.
func TestImportClearsLeftovers(t *testing.T) {
	withTwinPreset(t)
	dir := t.TempDir()
	plant(t, dir, ".import-1/lock", ".import-1/config.toml", ".import-1/.config.toml1234567890123",
		".import-1/samples/", ".import-1/checkpoints/.tmp-5/state.safetensors",
		".import-2/lock", ".import-2/notes.txt", ".import-3/lock", ".import-4/config.toml", ".import-5/config.toml",
		".import-mine/lock", "import-1/lock")
	past := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, ".import-4"), past, past); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "import-1"), filepath.Join(dir, ".import-6")); err != nil {
		t.Skip(err)
	}
	held, err := lock.Take(filepath.Join(dir, ".import-3"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Unlock()
	mustRun(t, exitDone, "weights", "import", "testdata/twin/stream.pt", "--preset", "twin", "--dataset", "folder:"+dir,
		"--out", filepath.Join(dir, "run"))
	for name, stays := range map[string]bool{".import-1": false, ".import-2/notes.txt": true, ".import-3": true,
		".import-4": false, ".import-5": true,
		".import-6": true, ".import-mine/lock": true, "import-1/lock": true, "run/config.toml": true,
		"run/lock": false} {
		if _, err := os.Lstat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s: there is %t, want %t", name, err == nil, stays)
		}
	}
}

// TestNothingIsWrittenThroughLinksOfARun: a stranger's run directory chooses no file that export or import writes.
func TestNothingIsWrittenThroughLinksOfARun(t *testing.T) {
	withTwinPreset(t)
	dir := t.TempDir()
	runDir, precious := filepath.Join(dir, "run"), filepath.Join(dir, "precious")
	mustRun(t, exitDone, "weights", "import", "testdata/twin/stream.pt", "--preset", "twin", "--dataset", "folder:"+dir,
		"--out", runDir)
	plant(t, dir, "precious", "elsewhere/")
	for link, to := range map[string]string{"w.safetensors": precious, "new.safetensors": filepath.Join(dir, "none"),
		"folder": filepath.Join(dir, "elsewhere")} {
		if err := os.Symlink(to, filepath.Join(runDir, link)); err != nil {
			t.Skip(err)
		}
	}
	before := fmt.Sprint(planted(t, dir))
	for _, out := range []string{"w.safetensors", "new.safetensors", "folder/x.safetensors"} {
		mustRun(t, exitUsage, "weights", "export", "--run", runDir, "-o", filepath.Join(runDir, out))
	}
	mustRun(t, exitUsage, "weights", "import", "testdata/twin/stream.pt", "--preset", "twin", "--dataset",
		"folder:"+dir, "--out", filepath.Join(runDir, "folder", "run"))
	text, err := os.ReadFile(precious)
	if after := fmt.Sprint(planted(t, dir)); after != before || string(text) != "four" || err != nil {
		t.Errorf("%s became %s, and the file %q (%v)", before, after, text, err)
	}
	mustRun(t, exitDone, "weights", "export", "--run", runDir, "-o", filepath.Join(runDir, "mine.safetensors"))
}
