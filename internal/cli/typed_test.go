package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/term"
)

// amgenHere runs the command in this process.
func amgenHere(args ...string) (code int, out, log string) {
	var stdout, stderr bytes.Buffer
	code = Main(args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// TestNamesNotUTF8: a name that no file of amgen's could keep is refused at the start, wherever it is typed.
func TestNamesNotUTF8(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad\xff")
	if err := os.Mkdir(bad, 0o755); err != nil {
		t.Skip(err)
	}
	for _, args := range [][]string{
		{"train", "--dataset", "snapshots:" + bad + ".csv", "--dry-run"},
		{"train", "--dataset", "folder:" + bad, "--dry-run"},
		{"train", "--dataset", "moons", "--out", bad},
		{"sample", "--run", bad, "-o", filepath.Join(dir, "x.csv")},
		{"eval", "fid", "--samples", bad, "--reference", "mnist:train"},
		{"eval", "merge", bad},
		{"eval", "compare", bad, bad},
		{"weights", "import", bad, "--preset", "tiny", "--out", filepath.Join(dir, "i")},
		{"sample", "merge", bad, "-o", filepath.Join(dir, "x.npz")},
	} {
		code, _, log := amgenHere(args...)
		if code != exitUsage || !strings.Contains(log, "isn't UTF-8") || !strings.Contains(log, `bad\xff`) {
			t.Errorf("%q: exit code %d, %s", args, code, log)
		}
	}
	t.Chdir(bad) // where a relative name is complete only there
	if code, _, log := amgenHere("train", "--dataset", "folder:.",
		"--dry-run"); code != exitUsage || !strings.Contains(log, "isn't UTF-8") {
		t.Errorf("in a folder whose name isn't UTF-8: exit code %d, %s", code, log)
	}
}

// TestLostResults: a command whose results can't be written fails.
func TestLostResults(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"version"}, {"--version"}, {"--help"}, {"data", "list"}, {"train", "--help"},
		{"data", "info", "moons"}, {"train", "--dataset", "moons", "--dry-run"}} {
		var log bytes.Buffer
		if code := Main(args, full, &log); code != exitFailed || !strings.Contains(log.String(), "no space left") {
			t.Errorf("%q > /dev/full: exit code %d, %s", args, code, &log)
		}
	}
}

// TestArgumentCounts: each command that takes words says which, in its own words, and --version prints what version
// does.
func TestArgumentCounts(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if _, takes, some := strings.Cut(cmd.Use, " "); some && cmd.Args != nil && cmd.Runnable() {
			path := strings.Fields(cmd.CommandPath())[1:]
			for _, args := range [][]string{path, append(path, "a", "b", "c")} {
				if cmd.Args(cmd, args[len(path):]) == nil {
					continue
				}
				want := cmd.CommandPath() + "` takes " + takes + ", got "
				code, _, log := amgenHere(args...)
				if code != exitUsage || !strings.Contains(log, want) || strings.Contains(log, "arg(s)") {
					t.Errorf("%q: exit code %d, %s", args, code, log)
				}
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(term.Streams{}))
	_, want, _ := amgenHere("version")
	if code, got, _ := amgenHere("--version"); code != exitDone || got != want || got == "" {
		t.Errorf("--version: exit code %d, %q; want %q", code, got, want)
	}
}
