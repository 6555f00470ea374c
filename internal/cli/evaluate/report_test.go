package evaluate

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

func reportOf(value float64) eval.Report {
	seed := int64(3)
	return eval.Report{Metric: "fid", Value: value, Seconds: 1, Version: "devel",
		Measure: eval.Measure{Metric: "fid", Network: "lenet-mnist", NetworkHash: "aa", Reference: "mnist:train",
			ReferenceHash: "bb", ReferenceCount: 9, Count: 5},
		Samples: eval.Origin{Source: "run step 7", Hash: "cc", Run: "run", Step: 7, Seed: &seed, Solver: "euler",
			Steps: 2, NFE: 2, Backend: "simd"}}
}

// TestReportsAreKept: whatever a report was measured with, and whatever it found, no other replaces it; the same found
// again is one file.
func TestReportsAreKept(t *testing.T) {
	runDir := t.TempDir()
	var out, errs bytes.Buffer
	std := term.Streams{Out: &out, Err: &errs}
	record := func(change func(r *eval.Report)) string {
		t.Helper()
		r := reportOf(41.6)
		change(&r)
		errs.Reset()
		if err := recordEval(run.Dir(runDir), r.Metric, reportName(r), r, r.String(), true, std); err != nil {
			t.Fatal(err)
		}
		_, path, _ := strings.Cut(strings.TrimSpace(errs.String()), "the report is in ")
		var kept eval.Report
		text, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(text, &kept) != nil || kept.Value != r.Value {
			t.Fatalf("%s: %s %v", path, text, err)
		}
		if !IsReport(path) {
			t.Errorf("%s is no report", path)
		}
		return path
	}
	seen := map[string]int{}
	changes := []func(r *eval.Report){
		func(*eval.Report) {},
		func(r *eval.Report) { r.Measure.Network, r.Value = "pixels", 25.5 },
		func(r *eval.Report) { r.Measure.Mode = "clean" },
		func(r *eval.Report) {
			r.Measure.Reference, r.Measure.ReferenceHash = "/data/mnist:test/../ä.npz", "dd"
		},
		func(r *eval.Report) { r.Measure.ReferenceHash = "changed" },
		func(r *eval.Report) { r.Measure.Count = 6 },
		func(r *eval.Report) { r.Measure.Options = map[string]any{"extrapolate": true} },
		func(r *eval.Report) { r.Samples.Solver = "heun" },
		func(r *eval.Report) { *r.Samples.Seed = math.MaxInt64 },
		func(r *eval.Report) { *r.Samples.Seed = math.MaxInt64 - 1 },
		func(r *eval.Report) { r.Samples.Raw = true },
		func(r *eval.Report) { r.Samples.Hash = "another batch" },
		func(r *eval.Report) { r.Samples.Step = 8 },
		func(r *eval.Report) { r.Value = 41.7 }, // as a GPU may find
	}
	for range 2 {
		for i, change := range changes {
			path := record(change)
			if was, known := seen[path]; known && was != i {
				t.Errorf("%s is of change %d and %d", path, was, i)
			}
			seen[path] = i
		}
	}
	record(func(r *eval.Report) { r.Seconds = 99 })
	if entries, err := os.ReadDir(filepath.Join(runDir, run.EvalName)); err != nil ||
		len(entries) != len(changes) || len(seen) != len(changes) {
		t.Errorf("%d files, %d names, want %d: %v", len(entries), len(seen), len(changes), err)
	}
	if name := filepath.Base(record(func(*eval.Report) {})); !strings.HasPrefix(name,
		"fid-lenet-mnist-mnist-train-step-000007-") {
		t.Error(name)
	}
}

// TestReportsAndLinks: nothing is written through a link in a run, and what can't be encoded isn't written.
func TestReportsAndLinks(t *testing.T) {
	runDir, elsewhere := t.TempDir(), t.TempDir()
	std := term.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
	record := func(r eval.Report) error {
		return recordEval(run.Dir(runDir), r.Metric, reportName(r), r, "", true, std)
	}
	if err := os.Symlink(elsewhere, filepath.Join(runDir, run.EvalName)); err != nil {
		t.Skip(err)
	}
	if err := record(reportOf(1)); err == nil || !strings.Contains(err.Error(), "but a symbolic link; move it away") {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(runDir, run.EvalName)); err != nil {
		t.Fatal(err)
	}
	if err := record(reportOf(1)); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(runDir, run.EvalName, "*.json"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	if err := os.Remove(paths[0]); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(elsewhere, "target")
	if err := os.Symlink(target, paths[0]); err != nil {
		t.Fatal(err)
	}
	if err := record(reportOf(1)); err == nil || !strings.Contains(err.Error(), "in the place of a report") {
		t.Error(err)
	}
	if IsReport(paths[0]) {
		t.Error("a link is a report")
	}
	if err := record(reportOf(math.Inf(1))); err == nil || !strings.Contains(err.Error(), "isn't finite (+Inf)") {
		t.Error(err)
	}
	if entries, err := os.ReadDir(elsewhere); err != nil || len(entries) > 0 {
		t.Errorf("%v %v", entries, err)
	}
}

// TestIsReport tells reports, of earlier ones too, from what else is called .json.
func TestIsReport(t *testing.T) {
	fid, err := json.Marshal(reportOf(1))
	if err != nil {
		t.Fatal(err)
	}
	const (
		points = `{"metric":"points","marginals":[{"name":"1"}],"n":20,"run":"r","step":5,"seconds":0.1}`
		bpd    = `{"metric":"bpd","value":3,"run":"r","step":5,"seconds":0.1}`
	)
	for _, tc := range []struct {
		name, text string
		want       bool
	}{
		{"fid-step-000007.json", string(fid), true},
		{"fid-lenet-mnist-mnist-train-step-000007-01234567.json", string(fid), true},
		{"fid-lenet-mnist-mnist-train-step-1000007-01234567-2.json", string(fid), true},
		{"points-step-000005.json", points, true}, {"points-step-000005-89abcdef.json", points, true},
		{"bpd-step-000005.json", bpd, true},
		{"kid-step-000007.json", string(fid), false},
		{"fid-mine.json", string(fid), false}, {"my-own.json", string(fid), false},
		{"fid-step-7.json", string(fid), false},
		{"fid-step-000007-final.json", string(fid), false}, {"fid-step-000007.json.bak", string(fid), false},
		{"fid-step-000008.json", `{"metric":"fid"}`, false},
		{"fid-step-000009.json", `{"metric":"fid","seconds":1,"note":"mine"}`, false},
		{"fid-step-000010.json", "", false}, {"fid-step-000011.json", "[1, 2]", false},
		{"fid-step-000012.json", "null", false},
		{"points-step-000006.json", bpd, false}, {"other-step-000006.json",
			strings.ReplaceAll(string(fid), "fid", "other"), false},
	} {
		if path := writeBytes(t, t.TempDir(), tc.name, []byte(tc.text)); IsReport(path) != tc.want {
			t.Errorf("%s %.40s: %v", tc.name, tc.text, !tc.want)
		}
	}
	dir := filepath.Join(t.TempDir(), "fid-step-000001.json")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if IsReport(dir) || IsReport(filepath.Join(dir, "fid-step-000001.json")) {
		t.Error("a folder, or nothing, is a report")
	}
}

// TestEarlierReports: reports of bpd and points as earlier versions wrote them, with what was drawn at their top, are
// still known and can be compared with those of today.
func TestEarlierReports(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const measure = `"measure":{"metric":"points","reference":"moons","reference_hash":"sha256:aa","count":20}`
	const marginal = `"marginals":[{"name":"t=1","time":1,"from":0,"count":20,"w1":1,"w2":2,"mmd_squared":0.5}]`
	before := write("points-step-000005-1a2b3c4d.json", `{"metric":"points",`+marginal+`,`+measure+
		`,"n":20,"solver":"heun","steps":2,"nfe":4,"seed":0,"dataset":"moons","run":"was","step":5,"backend":"simd",`+
		`"seconds":1}`)
	now := write("points-step-000006-1a2b3c4d.json", `{"command":"eval points","version":"devel","metric":"points",`+
		`"value":1,"value_name":"mean_w1",`+marginal+`,`+measure+`,"samples":{"source":"is step 6","run":"is","step":6},`+
		`"seconds":1}`)
	bpd := write("bpd-step-000005.json", `{"metric":"bpd","value":3,"run":"was","step":5,"seconds":1}`)
	for _, path := range []string{before, now, bpd} {
		if !IsReport(path) {
			t.Errorf("%s is no report", path)
		}
	}
	var out bytes.Buffer
	if err := compareReports(before, now, false, term.Streams{Out: &out, Err: &out}); err != nil ||
		!strings.Contains(out.String(), "t=1: W₁ 1.0000, 1.0000, +0.0000") || !strings.Contains(out.String(), "A: was") {
		t.Errorf("compared as %s (%v)", &out, err)
	}
}
