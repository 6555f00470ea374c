package summary_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/run/summary"
)

func of(t *testing.T, dir string) summary.Summary {
	t.Helper()
	s, err := summary.Of(run.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A run is training as long as a process holds its lock, which looking never takes.
func TestStates(t *testing.T) {
	dir := smallrun.Train(t, func(c *run.Config) { c.LogEvery = 1 })
	if s := of(t, dir); s.State != summary.Done || s.Step != 3 || s.Saved != 3 || !s.Logged || s.Changed.IsZero() {
		t.Errorf("after three steps of three: %+v", s)
	}
	held, err := lock.Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s := of(t, dir); s.State != summary.Training {
		t.Errorf("while its lock is held it is %s", s.State)
	}
	if err := held.Check(); err != nil {
		t.Errorf("looking took the lock: %v", err)
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	if s := of(t, dir); s.State != summary.Done { // the file of the lock still has this process
		t.Errorf("after the lock it is %s", s.State)
	}
	if err := os.RemoveAll(run.Dir(dir).Checkpoints()); err != nil {
		t.Fatal(err)
	}
	if s := of(t, dir); s.State != summary.Stopped || s.Saved != 0 || s.Step != 3 {
		t.Errorf("without checkpoints: %+v", s)
	}
}

// Of reports that were measured alike the latest step's counts; what is no report is passed over.
func TestScores(t *testing.T) {
	dir := smallrun.Train(t, nil)
	folder := run.Dir(dir).File(run.EvalName)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"fid-1.json": `{"metric":"fid","value":9,"stderr":0.5,"samples":{"step":1,"solver":"ab2","steps":20,"nfe":20},` +
			`"measure":{"metric":"fid","network":"pixels","count":4}}`,
		"fid-2.json": `{"metric":"fid","value":7,"samples":{"step":2,"solver":"ab2","steps":20,"nfe":20},"measure": ` +
			`{"metric":"fid","network":"pixels","count":4}}`,
		"fid-3.json": `{"metric":"fid","value":8,"samples":{"step":2,"solver":"ab2","steps":4,"nfe":4},"measure":` +
			`{"metric":"fid","network":"pixels","count":4}}`,
		"points.json": `{"metric":"points","marginals":[{"from":0,"w1":2},{"from":0,"w1":4,"left_out":true,"unchanged":` +
			`{"w1":5},"baselines":{"optimal_pairs":{"w1":3}},"mass":{"off":-0.125}},` +
			`{"from":0.5,"w1":1,"left_out":true}],"solver":"dopri5","nfe":80,"step":3,"measure":{"count":4}}`,
		"none.json": `{"metric":"points","marginals":[]}`, "other.json": `[1, 2]`, "cut.json": `{"metric":"fid",`,
		"notes.txt": `{"metric":"kid","value":1}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, s := range of(t, dir).Scores {
		got = append(got, s.Title()+" "+s.Number())
	}
	want := []string{"fid (pixels, 4, NFE 20) 7", "fid (pixels, 4, NFE 4) 8", "W₁ left out (4, NFE 80) 4"}
	if !slices.Equal(got, want) {
		t.Errorf("scores %q, want %q", got, want)
	}
	scores := of(t, dir).Scores
	const beside = "unchanged 5, optimal pairs 3, mass off by -12.5 %"
	if got := scores[2].Beside; got != beside || scores[0].Beside != "" {
		t.Errorf("beside %q and %q, want nothing and %q", scores[0].Beside, got, beside)
	}
}
