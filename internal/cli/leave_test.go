package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		t.Errorf("%s of %s and %s:\n%s", statsName, a, b, diff)
	}
}

// TestStepGivenUp: where steps are too slow to wait for, a signal saves the copy after the step before, and the run goes on
// from there to the same bits.
func TestStepGivenUp(t *testing.T) {
	slow, wait := slowStep, patience
	slowStep, patience = 0, 0 // every step is slow, and nobody waits for one
	defer func() { slowStep, patience = slow, wait }()
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
	go func() {
		for { // until some steps are logged
			if lines, _ := readStats(filepath.Join(cut, statsName)); len(lines) >= 4 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var out, errs bytes.Buffer
	if code := run(ctx, args(cut), streams{&out, &errs}); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d: %s", code, exitInterrupted, &errs)
	}
	list, err := weights.List(weights.CheckpointDir(cut))
	if err != nil || len(list) != 1 || list[0].Step < 3 || list[0].Step == 8 {
		t.Fatalf("left %v (%v), want the copy of a step", list, err)
	}
	mustRun(t, exitDone, "train", "--resume", "--out", cut)
	sameState(t, whole, cut, "step-000008")
}

// TestMaxTime: a run leaves with exit code 0 before its time is over, says so, and goes on to the same bits.
func TestMaxTime(t *testing.T) {
	dir := t.TempDir()
	pictures := filepath.Join(dir, "pictures")
	writeDiscs(t, pictures, 6)
	whole, cut := filepath.Join(dir, "whole"), filepath.Join(dir, "cut")
	mustRun(t, exitDone, trainArgs(pictures, whole, "6")...)
	text := mustRun(t, exitDone, append(trainArgs(pictures, cut, "6"), "--max-time", "1ms")...)
	if !strings.Contains(text, "--max-time 1ms is over, state saved at step 1;") {
		t.Errorf("got %q", text)
	}
	mustRun(t, exitDone, "train", "--resume", "--out", cut, "--max-time", "10m")
	sameState(t, whole, cut, "step-000006")
	mustRun(t, exitUsage, append(trainArgs(pictures, filepath.Join(dir, "none"), "6"), "--max-time", "-1s")...)
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
	text = mustRun(t, exitDone, "train", "--resume", "--out", out, "--steps", "7", "--lr", "0.002", "--batch", "3", "--force")
	if !strings.Contains(text, "forced: --lr is 0.001") {
		t.Errorf("forced by %q", text)
	}
	if cfg, err := readRunConfig(out); err != nil || cfg.LR != 0.002 || cfg.Batch != 3 {
		t.Errorf("the run's configuration is %+v (%v)", cfg, err)
	}
	var steps []int64
	list, err := weights.List(weights.CheckpointDir(out))
	for _, e := range list {
		steps = append(steps, e.Step)
	}
	if diff := cmp.Diff([]int64{7, 4}, steps); diff != "" || err != nil {
		t.Errorf("checkpoints kept (%v):\n%s", err, diff)
	}
	mustRun(t, exitUsage, append(trainArgs(pictures, filepath.Join(dir, "none"), "2"), "--force")...)
}
