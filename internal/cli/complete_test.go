package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// TestResumeWantsAll: a checkpoint whose hashes agree and that lacks state of training isn't gone on from, nor is
// anything in the run changed.
func TestResumeWantsAll(t *testing.T) {
	runDir := filepath.Join(t.TempDir(), "run")
	mustRun(t, exitDone, "train", "--dataset", "moons", "--batch", "8", "--steps", "2", "--sample-every", "0", "--out",
		runDir)
	whole, _, err := weights.Latest(run.Dir(runDir).Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	without := func(name string) weights.State {
		state := whole.State
		is := func(x weights.Tensor) bool { return strings.Contains(x.Name, name) }
		state.Tensors = slices.DeleteFunc(slices.Clone(state.Tensors), is)
		return state
	}
	averages := whole.State
	averages.EMA = averages.EMA[1:]
	none := whole.State
	none.EMA = nil
	for name, state := range map[string]weights.State{
		"_1st_moment":                      without("_1st_moment"),
		"/mlp/h2/dense/weights_2nd_moment": without("/mlp/h2/dense/weights_2nd_moment"),
		"/#rngState":                       without("/#rngState"), "/times/weyl": without("/times/weyl"),
		"/global_step":  without("/global_step"),
		"/ema/#updates": without("/ema/#updates"), "of the network's": without("/mlp/out"),
		"/ema" + whole.EMA[0].Name: averages, "/ema/mlp/": none,
	} {
		if _, _, err := weights.Save(run.Dir(runDir).Checkpoints(), state); err != nil {
			t.Fatal(err)
		}
		before := tree(t, runDir)
		text := mustRun(t, exitFailed, "train", "--resume", "--steps", "3", "--out", runDir)
		if strings.Count(text, "\n") > 2 || !strings.Contains(text, "lacks") || !strings.Contains(text, name) {
			t.Errorf("without %s: %q", name, text)
		}
		if after := tree(t, runDir); after != before {
			t.Errorf("without %s the run changed:\n%s\n%s", name, before, after)
		}
	}
	if _, _, err := weights.Save(run.Dir(runDir).Checkpoints(), whole.State); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitDone, "train", "--resume", "--steps", "3", "--out", runDir)
}

// tree lists the files of a folder with their sizes, but for the lock.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		text, err := os.ReadFile(path)
		b.WriteString(path + " " + string(text[:min(len(text), 1000)]) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSampleWantsAll: neither are samples drawn from averages that lack a variable.
func TestSampleWantsAll(t *testing.T) {
	runDir := filepath.Join(t.TempDir(), "run")
	mustRun(t, exitDone, "train", "--dataset", "moons", "--batch", "8", "--steps", "1", "--sample-every", "0", "--out",
		runDir)
	c, _, err := weights.Latest(run.Dir(runDir).Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	c.EMA = c.EMA[:len(c.EMA)-1]
	if _, _, err := weights.Save(run.Dir(runDir).Checkpoints(), c.State); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(runDir, "..", "x.csv")
	text := mustRun(t, exitFailed, "sample", "--run", runDir, "-n", "2", "-o", out)
	if _, err := os.Stat(out); err == nil || strings.Count(text, "\n") > 2 {
		t.Errorf("drawn, or refused by %q (%v)", text, err)
	}
	t.Log(text)
}
