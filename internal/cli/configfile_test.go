package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amgen/amgen/run"
)

// TestConfigFiles: nothing is read without end, and nothing waits.
func TestConfigFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	var many bytes.Buffer
	for i := 0; many.Len() < 12<<20; i++ {
		many.WriteString("key" + strings.Repeat("x", i%7) + time.Duration(i).String() + " = 1\n")
	}
	for path, text := range map[string]string{at("many.toml"): many.String(),
		at("most.toml"): many.String()[:1<<20-20]} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("fifo"), 0o644); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink("/dev/zero", at("zero")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"many.toml": "larger than 1048576 bytes", "most.toml": "most.toml",
		"fifo": "a FIFO", "zero": "a device", ".": "is a directory"} {
		began := time.Now()
		var out, log bytes.Buffer
		code := Main([]string{"train", "--config", at(name), "--dry-run"}, &out, &log)
		if code != exitUsage || !strings.Contains(log.String(), want) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: exit code %d after %s, %.300s; want %q", name, code, time.Since(began), &log, want)
		}
	}
	runDir := at("run")
	if err := os.Mkdir(runDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(runDir, run.ConfigName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	if code := Main([]string{"sample", "--run", runDir, "-o", at("a.png")}, &out, &log); code != exitFailed ||
		!strings.Contains(log.String(), "run/config.toml of 0 bytes names no dataset: it is damaged") {
		t.Errorf("empty configuration: exit code %d, %s", code, &log)
	}
}

// TestConfigPipe: a configuration may come through a pipe, which gives its bytes once.
func TestConfigPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.WriteString("dataset = 'moons'\nseed = 4\nsteps = 3\n"); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "train", "--config", "/dev/stdin", "--dry-run")
	cmd.Stdin = reader
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	for _, want := range []string{"dataset = 'moons'\n", "seed = 4\n", "steps = 3\n"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: got %s, want %q", err, out, want)
		}
	}
}
