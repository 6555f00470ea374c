package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// TestSweepStopped: a signal saves the run that is trained and ends the sweep; the same command goes on to the bits of
// a run that wasn't stopped.
func TestSweepStopped(t *testing.T) {
	dir := t.TempDir()
	args := func(command, seed, out string) []string {
		return []string{command, "--dataset", "moons", "--batch", "16", "--steps", "300", "--sample-every", "0",
			"--log-every", "1", "--checkpoint-every", "0", "--seed", seed, "--out", filepath.Join(dir, out)}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first, second := filepath.Join(dir, "sweep", "seed=1"), filepath.Join(dir, "sweep", "seed=2")
	go func() {
		for ctx.Err() == nil { // until some steps are logged
			if lines, _, _ := train.ReadStats(filepath.Join(first, run.StatsName)); len(lines) >= 4 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var out, errs bytes.Buffer
	if code := execute(ctx, args("sweep", "1,2", "sweep"), term.Streams{Out: &out, Err: &errs}); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d: %s", code, exitInterrupted, &errs)
	}
	if text := errs.String(); !strings.Contains(text, "state saved at step ") || !strings.Contains(text,
		"sweep: stopped; the same command goes on") || out.Len() > 0 {
		t.Errorf("stderr %q, stdout %q", text, &out)
	}
	if _, err := os.Stat(second); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the second run was begun after the signal: %v", err)
	}
	if text := mustRun(t, exitDone, args("sweep", "1,2", "sweep")...); !strings.Contains(text, "resumed at step ") {
		t.Errorf("the same command began again: %s", text)
	}
	for seed, swept := range map[string]string{"1": first, "2": second} {
		mustRun(t, exitDone, args("train", seed, "alone-"+seed)...)
		sameState(t, filepath.Join(dir, "alone-"+seed), swept, "step-000300")
	}
}
