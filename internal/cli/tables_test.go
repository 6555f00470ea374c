package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/cli/train"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// writeCells writes snapshots at the times 0, 1 and 2, three cells each.
func writeCells(t *testing.T, name string, last float64) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("time,x,y\n")
	for i := range 9 {
		x := float64(i*i%7) + float64(i/3)
		if i == 8 {
			x += last
		}
		fmt.Fprintf(&b, "%d,%g,%d\n", i/3, x, (i*5)%4)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOldCheckpointOfPoints: a checkpoint that keeps no transform is used as before, and with a warning where the data
// are others than its hash tells; a transform that is damaged, or another's, is refused.
func TestOldCheckpointOfPoints(t *testing.T) {
	cells := writeCells(t, "cells.csv", 0)
	dir := t.TempDir()
	runDir := filepath.Join(dir, "run")
	mustRun(t, exitDone, "train", "--dataset", "snapshots:"+cells, "--batch", "4", "--steps", "1", "--sample-every",
		"0", "--components", "2", "--out", runDir)
	sample := func(name string) []string {
		return []string{"sample", "--run", runDir, "-n", "3", "--solver", "euler", "--steps", "1", "-o",
			filepath.Join(dir, name)}
	}
	mustRun(t, exitDone, sample("new.csv")...)
	edit := func(change func(extra map[string]json.RawMessage)) {
		c, _, err := weights.Latest(run.Dir(runDir).Checkpoints())
		if err != nil {
			t.Fatal(err)
		}
		change(c.Extra)
		if _, _, err := weights.Save(run.Dir(runDir).Checkpoints(), c.State); err != nil {
			t.Fatal(err)
		}
	}
	type pointsRecord struct { // as package run keeps it
		Hash      string    `json:"hash"`
		Time      string    `json:"time_column"`
		Columns   []string  `json:"columns"`
		Mean      []float64 `json:"mean"`
		Deviation []float64 `json:"deviation"`
		Axes      []byte    `json:"axes,omitempty"`
		Scale     float64   `json:"scale"`
		Explained float64   `json:"explained"`
	}
	for name, damage := range map[string]func(*pointsRecord){
		"too few means":     func(r *pointsRecord) { r.Mean = r.Mean[:1] },
		"a zero deviation":  func(r *pointsRecord) { r.Deviation[0] = 0 },
		"a huge mean":       func(r *pointsRecord) { r.Mean[1] = 1e300 },
		"too few axes":      func(r *pointsRecord) { r.Axes = r.Axes[:8] },
		"broken axes":       func(r *pointsRecord) { r.Axes = r.Axes[:9] },
		"other dimensions":  func(r *pointsRecord) { r.Axes = r.Axes[:16] },
		"axes out of place": func(r *pointsRecord) { copy(r.Axes, "\xff\xff\xff\xff\xff\xff\xef\x7f") },
	} {
		var whole json.RawMessage
		edit(func(extra map[string]json.RawMessage) {
			whole = extra[run.RecordKey]
			var r pointsRecord
			if err := json.Unmarshal(whole, &r); err != nil {
				t.Fatal(err)
			}
			damage(&r)
			extra[run.RecordKey], _ = json.Marshal(r)
		})
		if text := mustRun(t, exitFailed, sample("no.csv")...); !strings.Contains(text, "it is damaged") {
			t.Errorf("%s: %s", name, text)
		}
		edit(func(extra map[string]json.RawMessage) { extra[run.RecordKey] = whole })
	}
	edit(func(extra map[string]json.RawMessage) { delete(extra, run.RecordKey) })
	if text := mustRun(t, exitDone, sample("old.csv")...); strings.Contains(text, "warning") {
		t.Errorf("same data: %s", text)
	}
	a, _ := os.ReadFile(filepath.Join(dir, "new.csv"))
	if b, err := os.ReadFile(filepath.Join(dir, "old.csv")); err != nil || string(a) != string(b) {
		t.Errorf("an old checkpoint gives %q (%v), a new one %q", b, err, a)
	}
	other, err := os.ReadFile(writeCells(t, "cells.csv", 100))
	if err == nil {
		err = os.WriteFile(cells, other, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if text := mustRun(t, exitDone, sample("warned.csv")...); !strings.Contains(text,
		"warning: the data of snapshots:") || !strings.Contains(text, "may be wrong") {
		t.Errorf("other data: %s", text)
	}
}

// TestFirstStepTooLong: the first step is given up when the time is over, and the run says so, since it would come back
// for ever.
func TestFirstStepTooLong(t *testing.T) {
	var b strings.Builder
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 11_000 {
		fmt.Fprintf(&b, "%d,%g,%g,%g\n", i%2, rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64())
	}
	dir := t.TempDir()
	cells := filepath.Join(dir, "cells.csv")
	if err := os.WriteFile(cells, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var out, errs bytes.Buffer
	p := program{term.Streams{Out: &out, Err: &errs}, train.Host{Least: 300 * time.Millisecond}}
	code := p.execute(t.Context(), []string{"train", "--dataset", "snapshots:" + cells, "--batch", "5500", "--steps",
		"2", "--coupling", "ot", "--max-time", "500ms", "--out", filepath.Join(dir, "run")})
	text := errs.String()
	if code != exitFailed {
		t.Fatalf("exit code %d, want %d\n%s", code, exitFailed, text)
	}
	if !strings.Contains(text, "the first step took longer than --max-time 500ms") {
		t.Skipf("the first step was done in time: %s", text)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
