package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/cli/term"
	clitrain "github.com/amgen/amgen/internal/cli/train"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
	"github.com/amgen/amgen/weights"
)

// sameState compares the last checkpoints of two runs, which are at the same step, and their logs.
func sameState(t *testing.T, a, b, step string) {
	t.Helper()
	for _, file := range []string{"state.safetensors", "ema.safetensors"} {
		if !bytes.Equal(readFile(t, a, step, file), readFile(t, b, step, file)) {
			t.Errorf("%s of %s and %s differ", file, a, b)
		}
	}
	if diff := cmp.Diff(losses(t, a), losses(t, b)); diff != "" {
		t.Errorf("%s of %s and %s:\n%s", run.StatsName, a, b, diff)
	}
}

// TestStepGivenUp: where steps are too slow to wait for, a signal saves the copy after the step before, and the run
// goes on from there to the same bits.
func TestStepGivenUp(t *testing.T) {
	dir := t.TempDir()
	pictures := filepath.Join(dir, "pictures")
	writeDiscs(t, pictures, 6)
	args := func(out string) []string {
		return []string{"train", "--dataset", "folder:" + pictures, "--preset", "tiny", "--batch", "8", "--steps", "8",
			"--sample-every", "0", "--log-every", "1", "--checkpoint-every", "0", "--seed", "5", "--out", out}
	}
	whole, cut := filepath.Join(dir, "whole"), filepath.Join(dir, "cut")
	mustRun(t, exitDone, args(whole)...)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var asked atomic.Int32 // steps that were done when it was asked to leave
	go func() {
		for ctx.Err() == nil { // until some steps are logged
			if lines, _, _ := train.ReadStats(filepath.Join(cut, run.StatsName)); len(lines) >= 4 {
				asked.Store(int32(len(lines)))
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var out, errs bytes.Buffer
	hasty := train.Patience{Last: 1500 * time.Millisecond} // every step is slow, and nobody waits for one
	code := program{term.Streams{Out: &out, Err: &errs}, clitrain.Host{Patience: &hasty}}.execute(ctx, args(cut))
	if n := asked.Load(); n == 0 || n > 6 {
		t.Skipf("asked to leave after %d of 8 steps (0 for never): this machine is too busy to ask in time", n)
	}
	if code != exitInterrupted {
		t.Fatalf("exit code %d, want %d: %s", code, exitInterrupted, &errs)
	}
	list, err := weights.List(run.Dir(cut).Checkpoints())
	if err != nil || len(list) != 1 || list[0].Step < 3 || list[0].Step == 8 {
		t.Fatalf("left %v (%v), want the copy of a step", list, err)
	}
	mustRun(t, exitDone, "train", "--resume", "--out", cut)
	sameState(t, whole, cut, "step-000008")
}

// TestMaxTime: a run leaves with exit code 0 before its time is over, says so, and goes on to the same bits.
func TestMaxTime(t *testing.T) {
	dir := t.TempDir()
	args := func(out string) []string { // previews of points are quick
		return []string{"train", "--dataset", "moons", "--batch", "16", "--steps", "6", "--sample-every", "1",
			"--log-every", "1",
			"--checkpoint-every", "2", "--seed", "5", "--out", out}
	}
	whole, cut := filepath.Join(dir, "whole"), filepath.Join(dir, "cut")
	mustRun(t, exitDone, args(whole)...)
	text := mustRun(t, exitDone, append(args(cut), "--max-time", "1ms")...)
	if !strings.Contains(text, "--max-time 1ms is over, state saved at step 1;") {
		t.Errorf("got %q", text)
	}
	if drawn, _ := filepath.Glob(filepath.Join(cut, run.SamplesName, "*")); len(drawn) > 0 {
		t.Errorf("%v were drawn when there was no time", drawn)
	}
	mustRun(t, exitDone, "train", "--resume", "--out", cut, "--max-time", "10m")
	sameState(t, whole, cut, "step-000006")
	// what the first session owed, and the last one's
	for _, step := range []string{"step-000001.png", "step-000006.png"} {
		a, err := os.ReadFile(filepath.Join(whole, run.SamplesName, step))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(cut, run.SamplesName, step)); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is another after a resume (%v)", step, err)
		}
	}
	mustRun(t, exitUsage, append(args(filepath.Join(dir, "none")), "--max-time", "-1s")...)
}

// whenBegun does something once the run in a directory has its configuration, while the first step is being compiled.
func whenBegun(t *testing.T, runDir string, do func() error) (wait func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		for t.Context().Err() == nil {
			if _, err := os.Stat(filepath.Join(runDir, run.ConfigName)); err == nil {
				done <- do()
				return
			}
			time.Sleep(time.Millisecond)
		}
		done <- t.Context().Err()
	}()
	wait = sync.OnceFunc(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(wait)
	return wait
}

// TestNotSaved: who has to leave and cannot save says so, and fails.
func TestNotSaved(t *testing.T) {
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 6)
	whenBegun(t, out, func() error { return os.WriteFile(filepath.Join(out, "checkpoints"), nil, 0o644) }) // no folder
	text := mustRun(t, exitFailed, append(trainArgs(pictures, out, "6"), "--max-time", "1ms")...)
	if !strings.Contains(text, "step 1 was not saved: ") || strings.Contains(text, "state saved") {
		t.Errorf("got %q", text)
	}
}

// TestVanished: a run whose checkpoints are gone doesn't begin again unless it is forced to.
func TestVanished(t *testing.T) {
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 6)
	mustRun(t, exitDone, trainArgs(pictures, out, "2")...)
	if err := os.RemoveAll(run.Dir(out).Checkpoints()); err != nil {
		t.Fatal(err)
	}
	before := losses(t, out)
	text := mustRun(t, exitFailed, "train", "--resume", "--out", out, "--steps", "4")
	if !strings.Contains(text, "it had checkpoints") || !strings.Contains(text, "--force") {
		t.Errorf("got %q", text)
	}
	if diff := cmp.Diff(before, losses(t, out)); diff != "" {
		t.Errorf("the log was changed:\n%s", diff)
	}
	mustRun(t, exitDone, "train", "--resume", "--out", out, "--steps", "4", "--force")
	mustRun(t, exitDone, trainArgs(pictures, filepath.Join(dir, "whole"), "4")...)
	sameState(t, filepath.Join(dir, "whole"), out, "step-000004")
}

// TestMovedData: the same files at another place need no force, others do.
func TestMovedData(t *testing.T) {
	dir := t.TempDir()
	pictures, elsewhere, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "elsewhere"), filepath.Join(dir,
		"run")
	writeDiscs(t, pictures, 6)
	mustRun(t, exitDone, trainArgs(pictures, out, "2")...)
	if err := os.Rename(pictures, elsewhere); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitDone, "train", "--resume", "--out", out, "--steps", "3", "--dataset", "folder:"+elsewhere)
	if err := os.Remove(filepath.Join(elsewhere, "005.png")); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitFailed, "train", "--resume", "--out", out, "--steps", "4")
	mustRun(t, exitUsage, "train", "--resume", "--out", out, "--dataset", "moons")
}

// TestOverwrite: only what a run wrote is deleted, and what isn't a run's is no run.
func TestOverwrite(t *testing.T) {
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 6)
	write := func(name string) string {
		path := filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	overwrite := append(trainArgs(pictures, out, "2"), "--overwrite")
	mine := []string{write("eval/judge.go"), write("samples/mine.wav"), write("checkpoints/best.pt"), write("notes")}
	mustRun(t, exitDone, overwrite...)
	mustRun(t, exitDone, append(trainArgs(pictures, out, "1"), "--overwrite")...)
	if list, err := weights.List(run.Dir(out).Checkpoints()); err != nil || len(list) != 1 || list[0].Step != 1 {
		t.Errorf("the run that was overwritten left %v (%v)", list, err)
	}
	for _, path := range mine {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{run.StatsName, run.LossCurveName, run.ConfigName} {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		path := write(name)
		text := mustRun(t, exitUsage, overwrite...)
		if got, err := os.ReadFile(path); err != nil || string(got) != "mine" || !strings.Contains(text, name) {
			t.Errorf("a directory with somebody's %s: it holds %q (%v) now, amgen says %q", name, got, err, text)
		}
	}
}

// TestResumeByFile: the command of every session may have a configuration file, which must not say anything else later.
func TestResumeByFile(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "c.toml"), filepath.Join(dir, "run")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("dataset = 'moons'\nbatch = 32\nsteps = 4\nsample_every = 0\n")
	args := []string{"train", "--resume", "--config", file, "--out", out}
	mustRun(t, exitDone, args...)
	mustRun(t, exitDone, append(args, "--steps", "6")...)
	if list, err := weights.List(run.Dir(out).Checkpoints()); err != nil || list[0].Step != 6 {
		t.Errorf("the run has %v (%v), want step 6", list, err)
	}
	write("dataset = 'moons'\nbatch = 16\nsteps = 8\n")
	if text := mustRun(t, exitUsage, args...); !strings.Contains(text, "--batch is 32") {
		t.Errorf("another batch in the file: %q", text)
	}
}

// TestForce: what would break the guarantee is refused with all differences listed, and done when it is forced.
func TestForce(t *testing.T) {
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 6)
	mustRun(t, exitDone, append(trainArgs(pictures, out, "2"), "--keep-checkpoints", "1", "--keep-every", "4")...)
	text := mustRun(t, exitUsage, "train", "--resume", "--out", out, "--steps", "8", "--lr", "0.002", "--batch", "3")
	for _, want := range []string{"--lr is 0.001", "become 0.002", "--batch is 4", "--force"} {
		if !strings.Contains(text, want) {
			t.Errorf("refused by %q, want it to say %q", text, want)
		}
	}
	if err := os.Remove(filepath.Join(pictures, "005.png")); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitFailed, "train", "--resume", "--out", out, "--steps", "8")
	text = mustRun(t, exitDone, "train", "--resume", "--out", out, "--steps", "7", "--lr", "0.002", "--batch", "3",
		"--force")
	if !strings.Contains(text, "forced: --lr is 0.001") || !strings.Contains(text, "forced: the data's hash") {
		t.Errorf("forced by %q", text)
	}
	if cfg, err := run.Dir(out).Config(); err != nil || cfg.LR != 0.002 || cfg.Batch != 3 {
		t.Errorf("the run's configuration is %+v (%v)", cfg, err)
	}
	var steps []int64
	list, err := weights.List(run.Dir(out).Checkpoints())
	for _, e := range list {
		steps = append(steps, e.Step)
	}
	if diff := cmp.Diff([]int64{7, 4}, steps); diff != "" || err != nil {
		t.Errorf("checkpoints kept (%v):\n%s", err, diff)
	}
	mustRun(t, exitUsage, append(trainArgs(pictures, filepath.Join(dir, "none"), "2"), "--force")...)
}

// TestEdited: a configuration that was edited by hand is no other than flags: what breaks the guarantee is refused.
func TestEdited(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	mustRun(t, exitDone, "train", "--dataset", "moons", "--batch", "16", "--steps", "2", "--sample-every", "0",
		"--lr-decay", "cosine", "--out", out)
	edit := func(was, now string) {
		t.Helper()
		file := filepath.Join(out, run.ConfigName)
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), was) {
			t.Fatalf("no %q in %s (%v)", was, text, err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), was, now, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	edit("steps = 2\n", "steps = 4\n")
	edit("batch = 16", "batch = 32")
	resume := []string{"train", "--resume", "--out", out}
	text := mustRun(t, exitUsage, resume...)
	if want := "--batch is 16 in the checkpoint of step 2 and cannot become 32 by --resume"; !strings.Contains(text,
		want) {
		t.Errorf("refused by %q, want %q", text, want)
	}
	text = mustRun(t, exitDone, append(resume, "--force", "--seed", "5")...)
	for _, want := range []string{"--batch is 16 in the checkpoint of step 2 and becomes 32\n",
		"--seed is 0 in " + out + " and becomes 5\n"} {
		if strings.Count(text, want) != 1 || strings.Count(text, "forced: ") != 2 {
			t.Errorf("forced by %q, want %q once", text, want)
		}
	}
	mustRun(t, exitDone, append(resume, "--steps", "5")...) // the checkpoint of step 4 has both
	edit("batch = 32", "batch = 16")
	mustRun(t, exitUsage, append(resume, "--steps", "6")...)
	// back to what the checkpoint has
	mustRun(t, exitDone, append(resume, "--steps", "6", "--batch", "32", "--force")...)
}

// TestBesidesTraining: what only shows the training fails, is removed or is in the way, and the run saves its state all
// the same, says what went wrong, and is none the worse for it.
func TestBesidesTraining(t *testing.T) {
	dir := t.TempDir()
	args := func(out string) []string {
		return []string{"train", "--dataset", "moons", "--batch", "16", "--steps", "6", "--sample-every", "2",
			"--log-every", "1",
			"--checkpoint-every", "2", "--seed", "5", "--out", out}
	}
	whole := filepath.Join(dir, "whole")
	mustRun(t, exitDone, args(whole)...)
	for name, c := range map[string]struct {
		do   func(runDir string) error
		says string
	}{
		"samples removed": {func(runDir string) error {
			return os.RemoveAll(filepath.Join(runDir,
				run.SamplesName))
		}, ""},
		"log removed": {func(runDir string) error { return os.Remove(filepath.Join(runDir, run.StatsName)) },
			""},
		"samples a file": {func(runDir string) error {
			return replaceByFile(filepath.Join(runDir,
				run.SamplesName))
		}, "preview of step 2: "},
		"loss.png a folder": {func(runDir string) error {
			return os.Mkdir(filepath.Join(runDir, run.LossCurveName),
				0o755)
		}, "loss.png: it is a directory"},
		"log another's file": {func(runDir string) error { return replaceByFile(filepath.Join(runDir, run.StatsName)) },
			"stats.jsonl is another file now"},
		"preview a link": {func(runDir string) error {
			return os.Symlink(filepath.Join(dir, "elsewhere"),
				filepath.Join(runDir, run.SamplesName, "step-000002.png"))
		}, "symbolic link"},
		"samples a link": {func(runDir string) error {
			samples := filepath.Join(runDir, run.SamplesName)
			return errors.Join(os.RemoveAll(samples), os.Symlink(filepath.Join(dir, "elsewhere"), samples))
		}, "symbolic link"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			whenBegun(t, out, func() error {
				if strings.HasPrefix(name, "log") { // once it has a line, and is open
					for {
						if lines, _, _ := train.ReadStats(filepath.Join(out, run.StatsName)); len(lines) > 0 {
							break
						}
						time.Sleep(time.Millisecond)
					}
				}
				return c.do(out)
			})
			text := mustRun(t, exitDone, args(out)...)
			if !strings.Contains(text, c.says) || c.says != "" && !strings.Contains(text, "training goes on") {
				t.Errorf("it says %q, want %q", text, c.says)
			}
			for _, file := range []string{"state.safetensors", "ema.safetensors"} {
				if !bytes.Equal(readFile(t, whole, "step-000006", file), readFile(t, out, "step-000006", file)) {
					t.Errorf("%s differs", file)
				}
			}
			if c.says == "" {
				sameState(t, whole, out, "step-000006")
			}
		})
	}
	if _, err := os.Lstat(filepath.Join(dir, "elsewhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link was written through (%v)", err)
	}
}

// replaceByFile puts somebody's file in the place of a file or folder.
func replaceByFile(path string) error {
	return errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte("mine"), 0o644))
}

// TestRunTaken: a run whose directory is removed, moved or replaced, or whose lock is removed, stops with exit code 1
// and writes nothing more, not into what took its place either.
func TestRunTaken(t *testing.T) {
	for name, take := range map[string]func(runDir string) error{
		"removed":  os.RemoveAll,
		"moved":    func(runDir string) error { return os.Rename(runDir, runDir+"-moved") },
		"unlocked": func(runDir string) error { return os.Remove(filepath.Join(runDir, "lock")) },
		"replaced": func(runDir string) error {
			return errors.Join(os.Rename(runDir, runDir+"-moved"), os.Mkdir(runDir, 0o755),
				os.WriteFile(filepath.Join(runDir, "lock"), nil, 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "run")
			var before map[string]string
			wait := whenBegun(t, out, func() (err error) {
				for { // until the first line is there
					if lines, _, _ := train.ReadStats(filepath.Join(out, run.StatsName)); len(lines) > 0 {
						break
					}
					time.Sleep(time.Millisecond)
				}
				err = take(out)
				// What was being written still comes; one that goes on writing is never still.
				for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
					before = names(out, out+"-moved")
					time.Sleep(50 * time.Millisecond)
					if maps.Equal(before, names(out, out+"-moved")) {
						break
					}
				}
				return err
			})
			text := mustRun(t, exitFailed, "train", "--dataset", "moons", "--batch", "16", "--steps", "1000000",
				"--sample-every", "50", "--log-every", "1",
				"--checkpoint-every", "50", "--out", out)
			wait()
			if !strings.Contains(text, "the lock is gone") || !strings.Contains(text, "writes nothing more") {
				t.Errorf("it says %q", text)
			}
			if diff := cmp.Diff(before, names(out, out+"-moved")); diff != "" {
				t.Errorf("it wrote afterwards:\n%s", diff)
			}
		})
	}
}

// names are the files in some directories, with their sizes.
func names(dirs ...string) map[string]string {
	found := map[string]string{}
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if info, err := os.Lstat(path); err == nil && !e.IsDir() {
				found[path] = fmt.Sprint(info.Size())
			}
			return nil
		})
	}
	return found
}
