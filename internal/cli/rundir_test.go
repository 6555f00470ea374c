package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/cli/evaluate"
	"github.com/amgen/amgen/run"
)

// moonsRun trains a run of two steps with previews in out.
func moonsRun(out string, more ...string) []string {
	return append([]string{"train", "--dataset", "moons", "--batch", "16", "--steps", "2", "--sample-every", "1",
		"--checkpoint-every", "1",
		"--keep-checkpoints", "1", "--out", out}, more...)
}

// contents is what each path below dir is and holds.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		what := e.Type().String()
		switch {
		case e.Type().IsRegular():
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += " " + string(text)
		case e.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			what += " " + to
		}
		found[strings.TrimPrefix(path, dir)] = what
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestForeignDirectory: a directory with somebody's files that a run would replace is refused, whatever the flags,
// before anything in it is touched; the message doesn't send the user to --overwrite.
func TestForeignDirectory(t *testing.T) {
	config := "model = 'resnet'\n[optimizer]\nlr = 0.1\n"
	for name, files := range map[string]map[string]string{
		"another program's run": {run.ConfigName: config, run.StatsName: "{}\n",
			"checkpoints/step-000500/model.bin": "weights"},
		"its checkpoints": {"checkpoints/step-000001/model.bin": "weights"},
		"its manifest": {"checkpoints/step-000001/manifest.json": "{}",
			"checkpoints/step-000001/state.safetensors": "weights"},
		"its configuration": {run.ConfigName: config},
		"an empty one":      {run.ConfigName: ""},
		"its log":           {run.StatsName: "{\"epoch\": 1}\n"},
		"its curve":         {run.LossCurveName: "PNG"},
		"its pictures":      {"samples/step-000001.png": "PNG"},
		"its lock":          {"lock": "42\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, how := range [][]string{nil, {"--overwrite"}, {"--resume"}} {
				out := filepath.Join(t.TempDir(), "out")
				for file, text := range files {
					put(t, filepath.Join(out, file), text)
				}
				before := contents(t, out)
				code, text := runCLI(t, moonsRun(out, how...)...)
				if code == exitDone || strings.Contains(text, "pass --resume") {
					t.Errorf("%v: exit code %d, %s", how, code, text)
				}
				if diff := cmp.Diff(before, contents(t, out)); diff != "" {
					t.Errorf("%v: it changed:\n%s", how, diff)
				}
			}
		})
	}
}

// TestOwnAndForeign: in a run's own directory, too, overwriting and pruning leave what others have put there.
func TestOwnAndForeign(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	mustRun(t, exitDone, moonsRun(out)...)
	mustRun(t, exitDone, "eval", "points", "--run", out, "-n", "20")
	mine := map[string]string{
		"checkpoints/step-backup-of-best/state.safetensors": "a", "checkpoints/step-notes.txt": "b",
		"checkpoints/step-1/x":       "c",
		"samples/step-annotated.png": "d", "samples/step-000001.png.bak": "e", "samples/step-1.png": "f",
		"eval/my-own.json": "{\"metric\": \"fid\", \"value\": 3}", "eval/table.csv": "g", "notes.md": "h",
		"stats.jsonl.old":                      "i",
		"checkpoints/aside-step-000007/readme": "j", "checkpoints/.tmp-x/y": "k", ".config.toml.swp": "l",
	}
	for file, text := range mine {
		put(t, filepath.Join(out, file), text)
	}
	mustRun(t, exitDone, moonsRun(out, "--overwrite")...)
	mustRun(t, exitDone, "train", "--resume", "--out", out, "--steps", "4")
	for file, text := range mine {
		if got, err := os.ReadFile(filepath.Join(out, file)); err != nil || string(got) != text {
			t.Errorf("%s holds %q (%v), want %q", file, got, err, text)
		}
	}
	reports, err := filepath.Glob(filepath.Join(out, "eval", "*.json"))
	reports = slices.DeleteFunc(reports, func(path string) bool { return !evaluate.IsReport(path) })
	if err != nil || len(reports) > 0 {
		t.Errorf("the run that was overwritten left reports %v (%v)", reports, err)
	}
	// A file inside of a checkpoint keeps it from being replaced.
	put(t, filepath.Join(out, "checkpoints/step-000004/why-this-one.txt"), "it is the best")
	before := contents(t, out)
	if text := mustRun(t, exitUsage, moonsRun(out, "--overwrite")...); !strings.Contains(text, "step-000004") {
		t.Errorf("refused by %q", text)
	}
	if diff := cmp.Diff(before, contents(t, out)); diff != "" {
		t.Errorf("it changed:\n%s", diff)
	}
}

// TestLinksInside: what is inside a run's directory may be a link that a stranger has made. Nothing is written or
// deleted through one.
func TestLinksInside(t *testing.T) {
	trained := filepath.Join(t.TempDir(), "out")
	mustRun(t, exitDone, moonsRun(trained)...)
	for _, name := range []string{"lock", run.ConfigName, run.StatsName, run.LossCurveName, run.SamplesName,
		run.EvalName, "checkpoints"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out, elsewhere := filepath.Join(dir, "out"), filepath.Join(dir, "elsewhere")
			if err := os.CopyFS(out, os.DirFS(trained)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(out, name)
			if _, err := os.Lstat(path); err != nil { // eval/
				put(t, filepath.Join(elsewhere, "report.json"), "mine")
			} else if err := os.Rename(path, elsewhere); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(elsewhere, path); err != nil {
				t.Skip(err)
			}
			before := contents(t, dir)
			for _, how := range [][]string{{"--overwrite"}, {"--resume", "--steps", "4"}, nil} {
				if code, text := runCLI(t, moonsRun(out, how...)...); code == exitDone ||
					!strings.Contains(text, "symbolic link") {
					t.Errorf("%v: exit code %d, %s", how, code, text)
				}
				if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
					t.Errorf("%v: it changed:\n%s", how, diff)
				}
			}
		})
	}
}

// TestFIFOInside: a FIFO in the place of a run's file makes nobody wait.
func TestFIFOInside(t *testing.T) {
	trained := filepath.Join(t.TempDir(), "out")
	mustRun(t, exitDone, moonsRun(trained)...)
	for _, name := range []string{"lock", run.ConfigName, run.StatsName, run.LossCurveName} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			if err := os.CopyFS(out, os.DirFS(trained)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(out, name)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(path, 0o644); err != nil {
				t.Skip(err)
			}
			for _, how := range [][]string{{"--overwrite"}, {"--resume", "--steps", "4"}, nil} {
				done := make(chan string, 1)
				go func() {
					code, text := runCLI(t, moonsRun(out, how...)...)
					if code == exitDone {
						text = "done"
					}
					done <- text
				}()
				select {
				case text := <-done:
					if !strings.Contains(text, "FIFO") && !strings.Contains(text, "regular file") {
						t.Errorf("%v: %s", how, text)
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("%v: it waits", how)
				}
			}
		})
	}
}

// TestOutputsOfARun: no output replaces a run's data or part of a checkpoint, and weights have the ending of their
// format.
func TestOutputsOfARun(t *testing.T) {
	dir := t.TempDir()
	out, cells := filepath.Join(dir, "run"), writeCells(t, "cells.csv", 1)
	mustRun(t, exitDone, "train", "--dataset", "snapshots:"+cells, "--steps", "1", "--batch", "4", "--sample-every",
		"0", "--out", out)
	before, data := contents(t, dir), contents(t, filepath.Dir(cells))
	state := filepath.Join(run.Dir(out).Checkpoints(), "step-000001", "state.safetensors")
	for what, args := range map[string][]string{
		"it is the data":        {"sample", "-o", cells},
		"it is in a checkpoint": {"sample", "-o", filepath.Join(filepath.Dir(state), "points.csv")},
		"in a checkpoint":       {"weights", "export", "-o", state},
		"FILE.safetensors":      {"weights", "export", "-o", filepath.Join(dir, "weights.pt")},
	} {
		if text := mustRun(t, exitUsage, append(args, "--run", out)...); !strings.Contains(text, what) {
			t.Errorf("%v: %s, want %q", args, text, what)
		}
	}
	if diff := cmp.Diff(before, contents(t, dir)) + cmp.Diff(data, contents(t, filepath.Dir(cells))); diff != "" {
		t.Errorf("it changed:\n%s", diff)
	}
}

// TestChangedFolder: what is compared with a run's training images says so if these have changed since.
func TestChangedFolder(t *testing.T) {
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 6)
	mustRun(t, exitDone, trainArgs(pictures, out, "1")...)
	judge := [][]string{{"eval", "w2", "--features", "pixels", "--run", out, "-n", "2", "--solver", "euler", "--steps",
		"1"},
		{"eval", "bpd", "--run", out, "-n", "2", "--solver", "euler", "--steps", "1"}}
	const warning = "are not those that the checkpoint of step 1 was trained on"
	for _, args := range judge {
		if text := mustRun(t, exitDone, args...); strings.Contains(text, warning) {
			t.Errorf("%v of the same images: %s", args, text)
		}
	}
	if err := os.Remove(filepath.Join(pictures, "005.png")); err != nil {
		t.Fatal(err)
	}
	for _, args := range judge {
		if text := mustRun(t, exitDone, args...); !strings.Contains(text, warning) {
			t.Errorf("%v of others: %s", args, text)
		}
	}
}
