package cli

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/run/train"
	"github.com/amgen/amgen/weights"
)

// trainArgs trains on discs, with a checkpoint every two steps, at a rate that doesn't depend on the number of steps.
func trainArgs(pictures, out, steps string) []string {
	return []string{"train", "--dataset", "folder:" + pictures, "--preset", "tiny", "--batch", "4", "--steps", steps,
		"--lr", "0.001", "--lr-decay", "constant", "--sample-every", "0", "--log-every", "1", "--checkpoint-every", "2", "--seed", "5", "--out", out}
}

// mustRun runs amgen in this process and wants an exit code; it returns what went to stderr.
func mustRun(t *testing.T, want int, args ...string) string {
	t.Helper()
	got, said := runCLI(t, args...)
	if got != want {
		t.Fatalf("amgen %v: exit code %d, want %d\n%s", args, got, want, said)
	}
	return said
}

// runCLI runs amgen in this process; it returns the exit code and what went to stderr.
func runCLI(t *testing.T, args ...string) (code int, said string) {
	var out, err bytes.Buffer
	code = execute(t.Context(), args, term.Streams{Out: &out, Err: &err})
	return code, err.String()
}

// stopProcess runs amgen in a process of its own and sends it a signal once it has written a checkpoint.
func stopProcess(t *testing.T, out string, signal os.Signal, args ...string) (code int) {
	t.Helper()
	return stopWhen(t, func() bool {
		found, _ := weights.List(run.Dir(out).Checkpoints())
		return len(found) > 0
	}, signal, args...)
}

// stopWhen runs amgen in a process of its own and sends it a signal once it is ready.
func stopWhen(t *testing.T, ready func() bool, sent os.Signal, args ...string) (code int) {
	t.Helper()
	return stopCommand(t, command(t, args...), ready, sent)
}

// command is amgen in a process of its own.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

func stopCommand(t *testing.T, cmd *exec.Cmd, ready func() bool, sent os.Signal) (code int) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // should the test fail before
	deadline := time.Now().Add(time.Minute)
	for !ready() {
		if time.Now().After(deadline) {
			t.Fatal("not ready for the signal within a minute")
		}
		time.Sleep(2 * time.Millisecond)
	}
	if err := cmd.Process.Signal(sent); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }).Stop() // should it not mind the signal
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// TestNohup: a signal that was ignored when amgen started stays ignored.
func TestNohup(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 6)
	if code := stopProcess(t, out, syscall.SIGHUP, trainArgs(pictures, out, "10")...); code != exitDone {
		t.Errorf("exit code %d, want %d", code, exitDone)
	}
	if list, err := weights.List(run.Dir(out).Checkpoints()); err != nil || len(list) == 0 || list[0].Step != 10 {
		t.Errorf("checkpoints %v (%v), want one of step 10", list, err)
	}
}

// TestResumeAfterSignals trains the same run three ways: in one go, killed without warning, and interrupted. All
// end with the same bits and the same log of losses.
func TestResumeAfterSignals(t *testing.T) {
	minded := make(chan os.Signal, 1)
	signal.Notify(minded, syscall.SIGHUP) // what this process ignores, its children would: it may run under nohup
	defer signal.Stop(minded)
	dir := t.TempDir()
	pictures := filepath.Join(dir, "pictures")
	writeDiscs(t, pictures, 6)
	whole := filepath.Join(dir, "whole")
	mustRun(t, exitDone, trainArgs(pictures, whole, "12")...)

	for _, c := range []struct {
		name   string
		signal os.Signal
		code   int
	}{
		{"killed", syscall.SIGKILL, -1},
		{"interrupted", syscall.SIGINT, exitInterrupted},
		{"terminated", syscall.SIGTERM, 128 + int(syscall.SIGTERM)},
		{"hung up", syscall.SIGHUP, 128 + int(syscall.SIGHUP)},
	} {
		out := filepath.Join(dir, c.name)
		// Many steps, so that the signal finds it training; fewer when it resumes.
		if code := stopProcess(t, out, c.signal, trainArgs(pictures, out, "100000")...); code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.name, code, c.code)
		}
		list, err := weights.List(run.Dir(out).Checkpoints())
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: no checkpoint: %v", c.name, err)
		}
		if list[0].Step >= 12 {
			t.Skipf("%s only at step %d: this machine is too slow to signal for the comparison", c.name, list[0].Step)
		}
		mustRun(t, exitDone, "train", "--resume", "--out", out, "--steps", "12")
		for _, file := range []string{"state.safetensors", "ema.safetensors"} {
			a, b := readFile(t, whole, "step-000012", file), readFile(t, out, "step-000012", file)
			if !bytes.Equal(a, b) {
				t.Errorf("%s: %s differs from that of an uninterrupted run", c.name, file)
			}
		}
		if diff := cmp.Diff(losses(t, whole), losses(t, out)); diff != "" {
			t.Errorf("%s: stats.jsonl, uninterrupted against resumed:\n%s", c.name, diff)
		}
	}
}

// TestReaderGone: whoever reads amgen's output goes first, as `tee` on Ctrl-C. The state is saved all the same, and the
// exit code is the signal's.
func TestReaderGone(t *testing.T) {
	minded := make(chan os.Signal, 1)
	signal.Notify(minded, syscall.SIGHUP)
	defer signal.Stop(minded)
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		out := filepath.Join(t.TempDir(), "run")
		cmd := command(t, "train", "--dataset", "moons", "--batch", "16", "--steps", "10000000", "--log-every", "1",
			"--sample-every", "0",
			"--checkpoint-every", "0", "--out", out)
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = writer, writer
		training := func() bool {
			lines, _, _ := train.ReadStats(filepath.Join(out, run.StatsName))
			return len(lines) > 3
		}
		code := stopCommand(t, cmd, func() bool {
			if !training() {
				return false
			}
			_, _ = reader.Close(), writer.Close() // from here on there is no reader
			return true
		}, sent)
		if code != 128+int(sent) {
			t.Errorf("%v: exit code %d, want %d", sent, code, 128+int(sent))
		}
		if list, err := weights.List(run.Dir(out).Checkpoints()); err != nil || len(list) != 1 {
			t.Errorf("%v: checkpoints %v (%v), want one", sent, list, err)
		}
	}
}

// TestReaderOfLogGone: a run whose log nobody reads any more goes on to its end.
func TestReaderOfLogGone(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	cmd := command(t, moonsRun(out, "--steps", "40", "--log-every", "1")...)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = writer
	if err := errors.Join(cmd.Start(), reader.Close(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if lines, _, err := train.ReadStats(filepath.Join(out, run.StatsName)); err != nil || len(lines) != 40 {
		t.Errorf("%d lines of the log (%v), want 40", len(lines), err)
	}
}

func readFile(t *testing.T, out string, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{run.Dir(out).Checkpoints()}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// losses are the steps and losses of a run's log; the times differ from run to run.
func losses(t *testing.T, out string) (list []train.Stat) {
	t.Helper()
	lines, _, err := train.ReadStats(filepath.Join(out, run.StatsName))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		list = append(list, train.Stat{Step: l.Step, Loss: l.Loss, GradNorm: l.GradNorm, LR: l.LR})
	}
	return list
}

func TestRunDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 2)
	lock, err := lock.Take(out)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	text := mustRun(t, exitFailed, trainArgs(pictures, out, "2")...)
	if !bytes.Contains([]byte(text), []byte("in use by process")) {
		t.Errorf("got %q, want it to say who holds the directory", text)
	}
	if _, err := os.Stat(filepath.Join(out, run.ConfigName)); err == nil {
		t.Error("the refused run wrote a configuration")
	}
}

// TestSignalWhileOpening: principal components that take long do not hold up a signal, and what might never come, a
// pipe, isn't waited for.
func TestSignalWhileOpening(t *testing.T) {
	dir := t.TempDir()
	out, pipe := filepath.Join(dir, "run"), filepath.Join(dir, "cells.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if text := mustRun(t, exitFailed, "train", "--dataset", "snapshots:"+pipe, "--out",
		out); !strings.Contains(text, "cells.csv is a pipe") {
		t.Errorf("a pipe: %s", text)
	}
	const n, dim = 2500, 2000
	rng := rand.New(rand.NewPCG(1, 3))
	cells, times := make([]float32, n*dim), make([]float64, n)
	for i := range cells {
		cells[i] = float32(rng.NormFloat64())
		times[i/dim] = float64(i / dim % 2)
	}
	data := filepath.Join(dir, "cells.npz")
	if err := replace.Output(data, func(w io.Writer) error {
		return npy.WriteArchive(w, npy.Array{Name: "pcs", Shape: []int{n, dim}, Values: cells},
			npy.Array{Name: "sample_labels", Shape: []int{n}, Values: times})
	}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	code := stopWhen(t, func() bool { return time.Since(began) > time.Second }, syscall.SIGTERM, "train", "--dataset",
		"snapshots:"+data,
		"--components", "50", "--out", out)
	if code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d, want %d", code, 128+int(syscall.SIGTERM))
	}
}
