//go:build linux

package slurm

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stub stands for amgen: it says that it runs, and when it is told to stop saves what $SAVE names, and ends as amgen
// does.
const stub = `#!/bin/bash
trap '[ -z "$SAVE" ] || mkdir -p "$SAVE"; exit 143' TERM
touch running
while :; do sleep 0.02; done
`

// TestRequeue gives the scripts the signal of a time-out, without SLURM: a job is queued again if something was saved,
// and only then.
func TestRequeue(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	train := []string{"train.sbatch", "run", "--dataset", "moons"}
	shards := func(output ...string) []string {
		return append([]string{"shards.sbatch", "8", "sample", "-n", "64"}, output...)
	}
	for _, c := range []struct {
		name   string
		args   []string
		save   string
		queued bool
	}{
		{"train", train, "run/checkpoints/step-1000000", true},
		{"train saves nothing", train, "", false},
		{"train saves what there was", train, "run/checkpoints/step-999999", false},
		{"sample", shards("-o", "parts"), "parts/00000064.npz", true},
		{"sample -oparts", shards("-oparts"), "parts/00000064.npz", true},
		{"sample --output=", shards("--output=parts", "--cols", "3"), "parts/00000064.npz", true},
		{"eval", shards("--store", "parts", "--json"), "parts/00000064.npz", true},
		{"eval --store=", shards("--store=parts"), "parts/00000064.npz", true},
		{"sample saves nothing", shards("-o", "parts"), "", false},
		{"sample saves half", shards("-o", "parts"), "parts/.00000064.npz1", false},
		{"sample saves what there was", shards("-o", "parts"), "parts/00000000.npz", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			queued, code := timeOut(t, bash, c.args, c.save)
			if queued != c.queued || code != 143 {
				t.Errorf("queued again: %v, want %v; exit code %d, want 143", queued, c.queued, code)
			}
		})
	}
}

// timeOut runs a script in a directory with a run and a shard begun until amgen runs, and sends it USR1.
func timeOut(t *testing.T, bash string, args []string, save string) (queued bool, code int) {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"run/checkpoints/step-000500", "run/checkpoints/step-999999", "parts/00000000.npz"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"amgen":    stub,
		"scontrol": "#!/bin/sh\necho \"$@\" >queued\n",
		"sleep":    "#!/bin/sh\n[ \"$1\" = 60 ] || exec /bin/sleep \"$1\"\n", // no minute until SLURM ends it
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs(args[0])
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bash, slices.Insert(args[1:], 0, script)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "AMGEN="+filepath.Join(dir, "amgen"), "SAVE="+
		save, "SLURM_JOB_ID=7", "SLURM_ARRAY_TASK_ID=3")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "running")); err == nil {
			break
		}
		if time.Since(began) > 30*time.Second {
			_ = cmd.Process.Kill() // it fails either way
			t.Fatal("amgen was not started")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("%v: %v\n%s", args, err, &out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "queued"))
	if err == nil && strings.TrimSpace(string(text)) != "requeue 7" {
		t.Errorf("scontrol was told %q", text)
	}
	return err == nil, exit.ExitCode()
}
