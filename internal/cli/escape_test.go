package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// TestNamesDontControlTheTerminal: neither the name of a run nor the device in its manifest is printed as it is, by any
// command.
func TestNamesDontControlTheTerminal(t *testing.T) {
	t.Setenv("AMGEN_CACHE", t.TempDir())
	t.Chdir(t.TempDir())
	const evil = "\x1b]0;owned\a\u009b31m\u202e"
	run1 := filepath.Join(flags.RunsDir, "a"+evil)
	points := func(name string) string { return filepath.Join(evil, name) }
	if err := os.Mkdir(evil, 0o755); err != nil {
		t.Skip(err)
	}
	printed := func(args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		execute(t.Context(), args, term.Streams{Out: &out, Err: &errs})
		for _, text := range []string{out.String(), errs.String()} {
			for _, r := range text {
				if r != '\n' && !strconv.IsPrint(r) {
					t.Fatalf("%v prints %q", args, text)
				}
			}
		}
		if out.Len()+errs.Len() == 0 {
			t.Errorf("%v prints nothing", args)
		}
	}
	printed("train", "--dataset", "moons", "--batch", "8", "--steps", "2", "--sample-every", "0", "--out", run1)
	c, _, err := weights.Latest(run.Dir(run1).Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	if c.Extra[run.DeviceKey], err = json.Marshal(evil); err != nil {
		t.Fatal(err)
	}
	c.Preset = evil
	if _, _, err := weights.Save(run.Dir(run1).Checkpoints(), c.State); err != nil {
		t.Fatal(err)
	}
	printed("train", "--resume", "--steps", "3", "--out", run1)
	printed("train", "--resume", "--steps", "3", "--out", run1)
	printed("weights", "list")
	printed("weights", "list", "--verify", run1)
	printed("weights", "inspect", run1)
	printed("weights", "inspect", run1, "--json")
	printed("weights", "export", "--run", run1, "-o", points("w.safetensors"))
	printed("weights", "import", points("w.safetensors"), "--out", points("back"))
	printed("sample", "-n", "2", "--solver", "euler", "--steps", "1", "-o", points("x.npy"))
	printed("sample", "-n", "2", "--run", evil, "-o", points("x.csv"))
	printed("eval", "points", "--run", run1, "-n", "20")
	printed("eval", "points", "--run", run1, "-n", "20", "--json")
	printed("eval", "w2", "--samples", points("x.npy"), "--reference", points("x.npy"))
	printed("eval", "w2", "--samples", points("x.npy"), "--reference", points("x.npy"), "--json")
	printed("data", "info", "snapshots:"+points("none.csv"))
}
