package torture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// fault is something that the world does to a run of twenty steps that was cut off after ten.
type fault struct {
	name string
	// strike breaks something in dir, which holds run/, and returns what repairs it.
	strike func(t *testing.T, dir string) (repair func())
	// as changes how amgen is run; nil for nothing.
	as func(p *process)
	// code is the exit code, and says is in the last line of stderr, the only one that begins with "amgen:" unless it
	// warns of a damaged checkpoint.
	code int
	says string
}

// toy is the run; resumed goes on with it.
var (
	toy = []string{"train", "--dataset", "moons", "--steps", "20", "--batch", "32", "--log-every", "1",
		"--sample-every", "0",
		"--checkpoint-every", "5", "--keep-checkpoints", "4", "--seed", "3", "--out", "run"}
	resumed = []string{"train", "--resume", "--out", "run"}
)

// half is a directory with a run that was cut off, and whole what is made of it undisturbed; made once, see
// halfAndWhole.
var half, whole = "", map[string]string(nil)

func halfAndWhole(t *testing.T) (string, map[string]string) {
	t.Helper()
	if whole != nil {
		return half, whole
	}
	start(t, amgen, half, toy...).must(t)
	made, err := bits(half)
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []string{"step-000015", "step-000020"} {
		if err := os.RemoveAll(filepath.Join(half, "run", "checkpoints", later)); err != nil {
			t.Fatal(err)
		}
	}
	whole = made
	return half, whole
}

// suffer has amgen go on with a copy of the half run under the fault, and without it. dir is where the copy is made.
func (f fault) suffer(t *testing.T, dir, half string, whole map[string]string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(half)); err != nil {
		t.Fatal(err)
	}
	repair := f.strike(t, dir)
	p := prepare(t, amgen, dir, resumed...)
	if f.as != nil {
		f.as(p)
	}
	code, said := p.start(t).wait()
	if code != f.code || !strings.Contains(said, f.says) {
		t.Errorf("exit code %d, %q; want %d and %q", code, said, f.code, f.says)
	}
	if lines := strings.Count("\n"+p.stderr.String(), "\namgen: "); code != 0 && lines != 1 {
		t.Errorf("%d errors, want one:\n%s", lines, &p.stderr)
	}
	t.Logf("| %s | %d | %s |", f.name, code, strings.ReplaceAll(said, dir, "…"))
	repair()
	if err := readableRun(filepath.Join(dir, "run")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	again := start(t, amgen, dir, resumed...)
	if code, said := again.wait(); code != 0 {
		t.Fatalf("afterwards exit code %d: %s", code, said)
	}
	got, err := bits(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name := range got {
		if strings.Contains(name, "aside-") { // damaged ones that were found
			delete(got, name)
		}
	}
	if diff := cmp.Diff(whole, got); diff != "" {
		t.Errorf("the run isn't what it is without the fault:\n%s", diff)
	}
}

// TestReplaced puts a directory where a file of the run was, or a file where a directory was.
func TestReplaced(t *testing.T) {
	half, whole := halfAndWhole(t)
	for _, c := range []struct {
		path string
		code int
		says string
	}{
		{"config.toml", 1, "is a directory"},
		{"stats.jsonl", 1, "is a directory"},
		{"loss.png", 1, "is a directory"},
		{"lock", 1, "a directory in its place"},
		{"samples", 1, "not a directory"},
		{"checkpoints", 1, "not a directory"},
		{"checkpoints/step-000010", 1, "something that amgen didn't write"},
		{"checkpoints/step-000010/manifest.json", 0, ""}, // it goes on from step 5
		{"checkpoints/step-000010/state.safetensors", 0, ""},
	} {
		t.Run(c.path, func(t *testing.T) {
			f := fault{name: c.path + " replaced", code: c.code, says: c.says,
				strike: func(t *testing.T, dir string) func() {
					return replaced(t, filepath.Join(dir, "run", c.path))
				}}
			if c.code == 0 { // what was replaced is set aside, and not put back
				strike := f.strike
				f.strike = func(t *testing.T, dir string) func() { strike(t, dir); return func() {} }
			}
			f.suffer(t, t.TempDir(), half, whole)
		})
	}
}

// replaced puts a directory where a file is, or the other way round.
func replaced(t *testing.T, path string) (repair func()) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.Stat(path)
	must(err)
	kept := filepath.Join(t.TempDir(), "kept")
	must(os.Rename(path, kept))
	if was.IsDir() {
		must(os.WriteFile(path, []byte("no directory"), 0o644))
	} else {
		must(os.Mkdir(path, 0o755))
	}
	return func() {
		must(os.Remove(path))
		must(os.Rename(kept, path))
	}
}

// TestClockBackwards: all files of the run are from the future, as they are where a clock was set back.
func TestClockBackwards(t *testing.T) {
	half, whole := halfAndWhole(t)
	fault{name: "clock ten years back", strike: func(t *testing.T, dir string) func() {
		future := time.Now().AddDate(10, 0, 0)
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chtimes(path, future, future)
		})
		if err != nil {
			t.Fatal(err)
		}
		return func() {}
	}}.suffer(t, t.TempDir(), half, whole)
}

// TestTwoWriters: a second process is refused, and the first is none the worse for it.
func TestTwoWriters(t *testing.T) {
	half, whole := halfAndWhole(t)
	var first *process
	fault{name: "two writers", code: 1, says: "in use by process", strike: func(t *testing.T, dir string) func() {
		// More steps than it will do: it writes all the time.
		first = start(t, amgen, dir, "train", "--resume", "--out", "run", "--steps", "1000000", "--checkpoint-every",
			"1000000", "--log-every", "1000000")
		deadline := time.Now().Add(time.Minute)
		for lock := filepath.Join(dir, "run", "lock"); ; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the first process has not taken the lock in a minute")
			}
			if text, err := os.ReadFile(lock); err == nil && strings.Contains(string(text), "process "+pid(first)) {
				break
			}
		}
		return func() {
			if err := first.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-first.ended
			start(t, amgen, dir, "train", "--resume", "--out", "run", "--steps", "20", "--checkpoint-every", "5",
				"--log-every", "1").must(t)
		}
	}}.suffer(t, t.TempDir(), half, whole)
}

// TestOtherProcessor: a run that goes on with other vector instructions says that it will not have the same bits.
func TestOtherProcessor(t *testing.T) {
	half, _ := halfAndWhole(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(half)); err != nil {
		t.Fatal(err)
	}
	c, _, err := weights.Latest(run.Dir(filepath.Join(dir, "run")).Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	if made := string(c.Extra["device"]); !strings.Contains(made, "avx") {
		t.Skipf("the run is of %s, which has no vector instructions to leave out", made)
	}
	p := prepare(t, amgen, dir, resumed...)
	p.cmd.Env = append(p.cmd.Env, "GODEBUG=cpu.avx512f=off,cpu.avx2=off")
	p.start(t).must(t)
	if !strings.Contains(p.stderr.String(), "not to the same bits") {
		t.Errorf("it doesn't say that the bits will be others: %s", &p.stderr)
	}
}
