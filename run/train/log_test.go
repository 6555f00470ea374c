package train

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/run"
)

// TestStatsCutAnywhere cuts the log of 8 steps at every byte, goes on from the checkpoint of step 4, and reads it: no
// step occurs twice, and none is missing unless it had been on the disk before the checkpoint and went by other
// means; that is told.
func TestStatsCutAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), run.StatsName)
	write := func(log *statsLog, from, to int) {
		t.Helper()
		for step := from; step <= to; step++ {
			if err := log.append(Stat{Step: step, Loss: 0.5 * float64(step), Seconds: float64(step)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	log, _, err := openStats(path, 0)
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
		log, _, err := openStats(path, 4)
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

	// Lines in disorder, of a log that was written by two: the most that rise stay.
	twice := append(append([]byte{}, whole[:synced.Size()]...), whole...)
	if err := os.WriteFile(path, twice, 0o644); err != nil {
		t.Fatal(err)
	}
	lines, damaged, err := ReadStats(path)
	var steps []int
	for _, l := range lines {
		steps = append(steps, l.Step)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4, 5, 6, 7, 8}, steps); diff != "" || damaged != 4 || err != nil {
		t.Errorf("%d damaged, want 4; steps (%v):\n%s", damaged, err, diff)
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

// TestDamagedLines: a damaged line costs nothing but itself, wherever it is and whatever it says, and the file as it
// was stays.
func TestDamagedLines(t *testing.T) {
	for name, bad := range map[string]string{
		"a bad byte":     "{\"step\":5,\"loss\":\x00}\n",
		"no JSON":        "<<<<<<< HEAD\n",
		"a later step":   "{\"step\":500000,\"loss\":2.5}\n",
		"an early step":  "{\"step\":1,\"loss\":2.5}\n",
		"an endless one": strings.Repeat("x", 3*maxStatsLine) + "\n",
		"an empty one":   "\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), run.StatsName)
			var text, want string
			for step := 1; step <= 9; step++ {
				line := fmt.Sprintf("{\"step\":%d,\"loss\":%g,\"grad_norm\":0,\"lr\":0,\"seconds\":0,\"eta_s\":0}\n",
					step,
					0.5*float64(step))
				if step == 5 {
					text += bad
				} else {
					text, want = text+line, want+line
				}
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			log, kept, err := openStats(path, 9)
			if err != nil {
				t.Fatal(err)
			}
			defer log.close()
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("the log is %s (%v), want %s", got, err, want)
			}
			if got, err := os.ReadFile(kept); err != nil || string(got) != text {
				t.Errorf("%q holds %q (%v), want the file as it was", kept, got, err)
			}
		})
	}
}

// TestMarkedStats: the mark that some editors put at the beginning of a text costs no line.
func TestMarkedStats(t *testing.T) {
	path := filepath.Join(t.TempDir(), run.StatsName)
	text := "\ufeff{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":3}\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if lines, damaged, err := ReadStats(path); err != nil || damaged != 0 || len(lines) != 2 {
		t.Errorf("%d lines, %d damaged, %v; want 2 lines", len(lines), damaged, err)
	}
}

// TestRisingSteps compares the number of lines that stay with the best of all choices, by trying each.
func TestRisingSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(1, 12), 0, 10).Draw(t, "steps")
		lines := make([]Stat, len(steps))
		for i, step := range steps {
			lines[i] = Stat{Step: step, Loss: float64(i)}
		}
		best := 0
		for choice := range 1 << len(steps) {
			last, n := 0, 0
			for i, step := range steps {
				if choice>>i&1 == 1 {
					if step <= last {
						n = -1
						break
					}
					last, n = step, n+1
				}
			}
			best = max(best, n)
		}
		got := risingSteps(lines)
		for i := 1; i < len(got); i++ {
			if got[i].Step <= got[i-1].Step || got[i].Loss <= got[i-1].Loss {
				t.Fatalf("%v isn't in order", got)
			}
		}
		if len(got) != best {
			t.Fatalf("%d lines of %v stay, %d can", len(got), steps, best)
		}
	})
}

// TestStatsWait: lines that can't be written wait, and are written in their place when they can; a file that was
// removed is made anew.
func TestStatsWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), run.StatsName)
	log, _, err := openStats(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	write := func(step int) error { return log.append(Stat{Step: step, Loss: 1}) }
	good := log.file
	readOnly, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	steps := func() (list []int) {
		t.Helper()
		lines, damaged, err := ReadStats(path)
		if err != nil || damaged > 0 {
			t.Fatalf("%d damaged, %v", damaged, err)
		}
		for _, l := range lines {
			list = append(list, l.Step)
		}
		return list
	}
	if err := write(1); err != nil {
		t.Fatal(err)
	}
	log.file = readOnly
	for _, step := range []int{2, 3} {
		if err := write(step); err == nil {
			t.Fatal("a file that can't be written was")
		}
	}
	if diff := cmp.Diff([]int{1}, steps()); diff != "" {
		t.Error(diff)
	}
	log.file = good
	if err := write(4); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4}, steps()); diff != "" {
		t.Error(diff)
	}
	if err := errors.Join(os.Remove(path), write(5), log.finish()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4, 5}, steps()); diff != "" {
		t.Error(diff)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte("mine"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := write(6); err == nil {
		t.Error("somebody's file was written into")
	}
	if text, err := os.ReadFile(path); string(text) != "mine" {
		t.Errorf("somebody's file holds %q (%v)", text, err)
	}
}

// The end of a log is the end of the whole log, however long that is.
func TestLastStats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stats.jsonl")
	if lines, err := LastStats(path, 3); err != nil || lines != nil {
		t.Fatalf("no file: %v, %v", lines, err)
	}
	var text strings.Builder
	for step := 1; step <= 5000; step++ {
		fmt.Fprintf(&text, "{\"step\":%d,\"loss\":%d}\n", step, -step)
		if step != 2 && step != 5000 {
			continue
		}
		for _, end := range []string{"", "{\"step\":9", "junk\n"} {
			if err := os.WriteFile(path, []byte(text.String()+end), 0o644); err != nil {
				t.Fatal(err)
			}
			all, _, err := ReadStats(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := LastStats(path, 3)
			if err != nil || !slices.Equal(got, all[max(0, len(all)-3):]) {
				t.Errorf("%d steps and %q end with %v, %v", step, end, got, err)
			}
		}
	}
}
