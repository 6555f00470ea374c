package torture

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/cli"
)

var everything = flag.Bool("resume.all", false, "resume runs of every objective with every time sampler on every "+
	"kind of data")

// kinds of data, by what the tests have at hand; those with paths of their own are at the end.
func kinds(t *testing.T) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	writeDiscs(t, filepath.Join(dir, "pictures"), 5)
	var cells strings.Builder
	cells.WriteString("time,a,b\n")
	for i := range 60 {
		fmt.Fprintf(&cells, "%d,%g,%g\n", i%3, float64(i%7)+float64(i%3), float64(i%5))
	}
	file := filepath.Join(dir, "cells.csv")
	if err := os.WriteFile(file, []byte(cells.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return map[string][]string{
		"images": {"--dataset", "folder:" + filepath.Join(dir, "pictures"), "--preset", "tiny", "--batch", "2",
			"--dropout", "0.1", "--flip"},
		"moons":     {"--dataset", "moons", "--batch", "16"},
		"growth":    {"--dataset", "mass-mixture", "--batch", "16"},
		"snapshots": {"--dataset", "snapshots:" + file, "--coupling", "independent", "--batch", "16"},
		"coupled":   {"--dataset", "snapshots:" + file, "--coupling", "ot", "--batch", "16"},
		"masses":    {"--dataset", "snapshots:" + file, "--coupling", "unbalanced", "--batch", "16"},
		"hydrogen":  {"--dataset", "hydrogen", "--batch", "16"},
	}
}

// TestResumed: what goes on from the second of six steps ends in the bits of what was never interrupted. Each
// objective, time sampler and kind of data occurs; with -resume.all each with each, as far as they combine.
func TestResumed(t *testing.T) {
	data := kinds(t)
	type one struct{ objective, times, kind, more string }
	list := []one{
		{"am", "weyl", "images", ""}, {"am", "adaptive", "images", "--path inpaint"},
		{"am", "adaptive", "moons", "--estimator boundary --antithetic"}, {"eam", "adaptive", "moons", ""},
		{"uam", "weyl", "growth", ""}, {"euam", "adaptive", "snapshots", ""},
		{"uam", "adaptive", "masses", ""},
		{"am", "uniform", "coupled", "--leave-out 2"}, {"am", "weyl", "hydrogen", ""}, {"fm", "adaptive", "moons", ""},
		{"dsm", "weyl", "moons", "--path vp"},
		{"ssm", "uniform", "moons", "--path vp"},
	}
	if *everything {
		list = nil
		for _, objective := range flows.ObjectiveNames() {
			for _, times := range flows.TimesNames() {
				for kind := range data {
					more := ""
					if objective == "dsm" || objective == "ssm" {
						more = "--path vp"
					}
					list = append(list, one{objective, times, kind, more})
				}
			}
		}
	}
	resumed, offered := 0, map[string]int{}
	for _, c := range list {
		args := append([]string{"train", "--objective", c.objective, "--times", c.times, "--steps", "6",
			"--checkpoint-every", "2", "--log-every", "1",
			"--keep-checkpoints", "3", "--sample-every", "0", "--seed", "11"}, data[c.kind]...)
		args = append(args, strings.Fields(c.more)...)
		if done := resume(t, fmt.Sprint(c), args, !*everything); done {
			resumed++
			offered[c.objective]++
			offered[c.times]++
			offered[c.kind]++
		}
	}
	t.Logf("%d of %d combinations, the others don't combine: %v", resumed, len(list), offered)
	for _, name := range append(flows.ObjectiveNames(), flows.TimesNames()...) {
		if offered[name] == 0 {
			t.Errorf("%s was not resumed once", name)
		}
	}
	for name := range data {
		if offered[name] == 0 {
			t.Errorf("%s was not resumed once", name)
		}
	}
}

// resume trains a run, cuts it back to its second step, and resumes it. What amgen refuses to train is only counted,
// unless it must be trained.
func resume(t *testing.T, name string, args []string, must bool) (done bool) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "run-*")
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "run")
	var said bytes.Buffer
	if code := cli.Main(append(args, "--out", run), io.Discard, &said); code == 2 && !must {
		return false
	} else if code != 0 {
		t.Errorf("%s: exit code %d: %s", name, code, &said)
		return false
	}
	want, err := bits(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []string{"step-000004", "step-000006"} {
		if err := os.RemoveAll(filepath.Join(run, "checkpoints", later)); err != nil {
			t.Fatal(err)
		}
	}
	if code := cli.Main([]string{"train", "--resume", "--out", run}, io.Discard, &said); code != 0 {
		t.Errorf("%s, resumed: exit code %d: %s", name, code, &said)
		return false
	}
	got, err := bits(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, resumed:\n%s", name, diff)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return true
}
