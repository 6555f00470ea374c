package weights

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/unet"
)

// TestImportIsDurable: the names in the run directory were synced before it appeared, and its own afterwards.
func TestImportIsDurable(t *testing.T) {
	unet.Presets["twin"] = unet.Config{Size: 8, Channels: 1, Base: 4, Multipliers: []int{1, 2}, Blocks: 1,
		Attention: []int{4}} // that of testdata/twin/twin.py
	defer delete(unet.Presets, "twin")
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	var synced []string
	defer func(was func(string) error) { syncDir = was }(syncDir)
	syncDir = func(at string) error {
		_, err := os.Stat(out)
		synced = append(synced, fmt.Sprint(strings.HasPrefix(filepath.Base(at), ".import-"), at == dir, err == nil))
		return nil
	}
	var stdout, stderr bytes.Buffer
	cmd := New(term.Streams{Out: &stdout, Err: &stderr})
	cmd.SetArgs([]string{"import", "../testdata/twin/stream.pt", "--preset", "twin", "--dataset", "folder:" + dir,
		"--out", out})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := "doesn't say how its network was trained; taken: --objective am --path linear "; !strings.Contains(
		stderr.String(), want) {
		t.Errorf("got %q, want %q in it", stderr.String(), want)
	}
	if want := []string{"true false false", "false true true"}; !slices.Equal(synced, want) {
		t.Errorf("synced %q, want %q: the new directory or not, its parent or not, after the rename or not", synced,
			want)
	}
}

// TestImportCommand: the command that export prints gives a file without a configuration the run's settings.
func TestImportCommand(t *testing.T) {
	for name, set := range map[string]func(*run.Config){
		"the preset's": func(*run.Config) {},
		"others": func(c *run.Config) {
			c.Objective, c.Action, c.TimeScale, c.Base, c.Attention = "fm", "quadratic", 8, 8, []int{0}
			c.Estimator, c.Weight = "auto", "constant"
		},
		"a path":   func(c *run.Config) { c.Path, c.Dataset, c.Size = "inpaint", "folder:/my pictures", 16 },
		"of noise": func(c *run.Config) { c.Objective, c.Sigma, c.Anneal, c.Estimator = "eam", 0.5, true, "auto" },
		"own":      func(c *run.Config) { *c = c.WithNetwork(); c.Preset, c.Base = "mine", 12 },
	} {
		t.Run(name, func(t *testing.T) {
			want, err := run.Preset("mnist", "tiny")
			if err != nil {
				t.Fatal(err)
			}
			set(&want)
			command, err := importCommand("a b.pt", want)
			if err != nil {
				t.Fatal(err)
			}
			got := asImported(t, command)
			want = want.WithNetwork()
			for _, s := range run.Settings() {
				if slices.Contains(importFlags, s.Key) && s.Key != "preset" && s.Text(got) != s.Text(want) {
					t.Errorf("%s: %s is %q, want %q", command, s.Key, s.Text(got), s.Text(want))
				}
			}
		})
	}
}

// asImported is the configuration that a command line of import gives a file without one.
func asImported(t *testing.T, command string) run.Config {
	t.Helper()
	words, err := exec.Command("sh", "-c", "for w in "+strings.TrimPrefix(command, "amgen weights import ")+
		"; do printf '%s\\n' \"$w\"; done").Output()
	if err != nil {
		t.Fatal(err)
	}
	o := &importOptions{}
	f := pflag.NewFlagSet("import", pflag.ContinueOnError)
	f.StringVar(&o.out, "out", "", "")
	flags.BindSettings(f, &o.flags, func(key string) bool { return slices.Contains(importFlags, key) })
	if err := f.Parse(strings.Split(strings.TrimSpace(string(words)), "\n")); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	f.Visit(func(f *pflag.Flag) { o.changed = append(o.changed, f.Name) })
	cfg, err := bareConfig(o.flags.Dataset, o.flags.Preset)
	if err != nil {
		t.Fatal(err)
	}
	flags.Overlay(&cfg, o.flags, o.changed)
	return cfg.WithNetwork()
}
