package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStatsCutAnywhere cuts the log of 8 steps at every byte, goes on from the checkpoint of step 4, and reads it: no step
// occurs twice, and none is missing unless it had been on the disk before the checkpoint and went by other means; that is
// told.
func TestStatsCutAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), statsName)
	write := func(log *statsLog, from, to int) {
		t.Helper()
		for step := from; step <= to; step++ {
			if err := log.append(Stat{Step: step, Loss: 0.5 * float64(step), Seconds: float64(step)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	log, err := openStats(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	write(log, 1, 4)
	logged := log.position()
	if err := log.sync(); err != nil {
		t.Fatal(err)
	}
	synced, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(log, 5, 8)
	if err := log.close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		log, err := openStats(path, 4)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		lost := logged.Lines - log.position().Lines
		write(log, 5, 8)
		if err := log.close(); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// A line without its end is whole.
		if int64(cut) >= synced.Size()-1 {
			if lost != 0 || !bytes.Equal(got, whole) {
				t.Fatalf("cut at %d of %d: %d lines lost, got\n%s", cut, synced.Size(), lost, got)
			}
			continue
		}
		if want := 4 - bytes.Count(append(whole[:cut:cut], whole[cut]), []byte("\n")); lost != want {
			t.Fatalf("cut at %d: %d lines lost, want %d", cut, lost, want)
		}
	}

	// Lines in disorder, of a log that was written by two: those after the first doubt go.
	twice := append(append([]byte{}, whole[:synced.Size()]...), whole...)
	if err := os.WriteFile(path, twice, 0o644); err != nil {
		t.Fatal(err)
	}
	lines, err := readStats(path)
	var steps []int
	for _, l := range lines {
		steps = append(steps, l.Step)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4}, steps); diff != "" || err != nil {
		t.Errorf("steps (%v):\n%s", err, diff)
	}
}

// The score of a checkpoint is the mean over the lines since the one before, nothing where there are none.
func TestMeanLoss(t *testing.T) {
	log := &statsLog{lines: []Stat{{Step: 1, Loss: 100}, {Step: 5, Loss: 4}, {Step: 6, Loss: 1}, {Step: 9, Loss: 4}}}
	if mean := log.meanLoss(4); mean == nil || *mean != 3 {
		t.Errorf("mean %v, want 3", mean)
	}
	if mean := log.meanLoss(9); mean != nil {
		t.Errorf("mean %v of no lines", *mean)
	}
}
