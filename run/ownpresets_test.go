package run

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/dustin/go-humanize"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/internal/mistake"
)

const netsFile = `dataset = "mnist"
batch = 16

[presets.mine]
preset = "tiny"
base = 24
attention = []
batch = 64
lr = 0.004
flip = false

[presets.wide]
preset = "mlp-256"
hidden = [64, 32]
`

// TestOwnPresets: a preset of a file is over the one that it begins with and under the file's other settings; the
// configuration has its network whole, and can do without the file.
func TestOwnPresets(t *testing.T) {
	file := ConfigFile{"nets.toml", []byte(netsFile)}
	c, err := file.Preset("", "mine")
	if err != nil {
		t.Fatal(err)
	}
	if c, err = c.Settle(); err != nil {
		t.Fatal(err)
	}
	want, err := Preset("mnist", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	if want, err = want.Settle(); err != nil {
		t.Fatal(err)
	}
	want.Preset, want.Size, want.Channels, want.Base, want.Multipliers = "mine", 28, 1, 24, []int{1, 2, 2}
	want.Blocks, want.Attention, want.LR, want.Batch = 1, []int{0}, 0.004, 16
	want.Patch = 1 // the network is told whole
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
	text, err := c.TOML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ConfigFile{"config.toml", text}.Preset("", "")
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("again %+v (%v)\nwant %+v", again, err, c)
	}
	resumed := c
	if err := resumed.Overlay(file, ""); err != nil {
		t.Fatal(err)
	}
	if resumed, err = resumed.Settle(); err != nil || len(Changes(c.Deciding(), resumed)) > 0 {
		t.Errorf("resumed with %v (%v)", Changes(c.Deciding(), resumed), err)
	}
	edited := ConfigFile{"nets.toml", []byte(strings.Replace(netsFile, "base = 24", "base = 32", 1))}
	if err := resumed.Overlay(edited, ""); err != nil {
		t.Fatal(err)
	}
	if list := Changes(c.Deciding(), resumed); !reflect.DeepEqual(list, []Change{{"base", "24", "32"}}) {
		t.Errorf("resumed with %v by an edited file", list)
	}
	points, err := file.Preset("moons", "wide")
	if err != nil || points.Preset != "wide" || !reflect.DeepEqual(points.Hidden, []int{64, 32}) || points.LR != 2e-3 ||
		points.Dataset != "moons" {
		t.Errorf("points: %+v (%v)", points, err)
	}
	if plain, err := file.Preset("", ""); err != nil || plain.Preset != "mnist" || plain.ownNetwork() {
		t.Errorf("without a preset: %+v (%v)", plain, err)
	}
}

// TestNetworksPage: the file that the documentation shows makes the network whose parameters it tells.
func TestNetworksPage(t *testing.T) {
	page, err := os.ReadFile("../docs/reference/networks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```toml\n")
	text, _, _ = strings.Cut(text, "```")
	for name, want := range map[string]string{"photos64": "17 085 315", "small": ""} {
		c, err := ConfigFile{"nets.toml", []byte(text)}.Preset("", name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(humanize.Comma(int64(p.Params())), ",", " ")
		if want != "" && (got != want || !strings.Contains(string(page), want+" parameters")) {
			t.Errorf("%s has %s parameters, want %s", name, got, want)
		}
	}
}

// TestWrongPresets: a preset that makes no sense is refused in a line that says where.
func TestWrongPresets(t *testing.T) {
	for _, c := range []struct{ text, preset, want string }{
		{"[presets.tiny]\nbase = 8", "", "[presets.tiny] has the name of a preset of amgen"},
		{"[presets.'a b']\nbase = 8", "", `[presets."a b"] is no name`},
		{"[presets.a]\npreset = 'b'\n[presets.b]\nbase = 8", "a", `preset = "b" in [presets.a] is none of amgen's`},
		{"[presets.a]\nbase = 8\nseed = 5", "", "seed is no part of a preset; write it above [presets.a]"},
		{"[presets.a]\nbase = 8\ndataset = 'cifar10'", "a", "dataset is no part of a preset"},
		{"[presets.a]\nbases = 8", "", "unknown key presets.a.bases (line 2)"},
		{"[presets.a]\nbase = 'x'", "", "line 2, column 8: base takes a whole number"},
		{"[presets.a]\nmultipliers = ['x']", "", "multipliers takes whole numbers, [1, 2, 2]"},
		{"[presets.a]\nblocks = 0", "", "--blocks must be at least 1, got 0"},
		{"base = 0", "", "--base must be at least 1, got 0"},
		{"presets = 3", "", "presets = 3: a preset is a table, as in [presets.NAME]"},
		{"[presets]\na = 3", "", "a = 3: a preset is a table, as in [presets.NAME]"},
		{"[presets.a]\nhidden = [8]", "a", "--hidden is for points"},
		{"[presets.a]\npreset = 'mlp'", "a", "preset mlp is for points, mnist has images"},
		{"[presets.a]\nbase = 6", "a", "--base must be a multiple of 4"},
		{"", "a", `unknown --preset "a"; there are tiny`},
		{"base = 8", "a", "amgen has no --preset a, so its network has to be told whole"},
		{"preset = 'tiny'\nbase = 8", "mnist",
			"describes the network of its preset tiny; to begin with --preset mnist"},
	} {
		cfg, err := ConfigFile{"nets.toml", []byte(c.text)}.Preset("mnist", c.preset)
		if err == nil {
			_, err = cfg.Resolve(t.Context())
		}
		var wrong ConfigError
		text := ""
		if errors.As(err, &wrong) {
			text = mistake.Text(err, func(key string) string { return "--" + key })
		}
		if !strings.Contains(text, c.want) || strings.Contains(text, "\n") {
			t.Errorf("%q: got %q (%v), want %q", c.text, text, err, c.want)
		}
	}
}

// TestPresetTables: no text of a file makes its reader panic.
func TestPresetTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"[presets.a]", "[presets]", "[[presets.a]]", "presets", ".a",
			" = ", "{", "}",
			"base", "attention", "[", "]", "8", "0", "'tiny'", "preset", "\n", "\n", ",", "1.5"}), 0, 14).Draw(t,
			"text")
		text := strings.Join(parts, "")
		c, err := ConfigFile{"c.toml", []byte(text)}.Preset("mnist", "a")
		if err == nil {
			_, err = c.Resolve(t.Context())
		}
		if err != nil && strings.Contains(fmt.Sprint(err), "\n") {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
