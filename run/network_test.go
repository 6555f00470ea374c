package run

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// TestNetworkOfPresets: a preset's run has no settings of a network, so its config.toml stays as it is, and its
// architecture is the preset's. The time scale and dropout that two presets have by now are in config.toml, as a run of
// an earlier amgen lacks them.
func TestNetworkOfPresets(t *testing.T) {
	for _, name := range append(ImagePresets(), PointPresets()...) {
		dataset := map[bool]string{true: "moons", false: "mnist"}[strings.HasPrefix(name, "mlp")]
		if strings.HasPrefix(name, "cifar10") {
			dataset = "cifar10"
		}
		c, err := Preset(dataset, name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text, err := p.Config.TOML()
		if err != nil || c.Network() != name {
			t.Errorf("%s is called %s (%v)", name, c.Network(), err)
		}
		later := name == "tiny" || name == "cifar10-tiny"
		for _, key := range networkKeys {
			if strings.Contains(string(text), "\n"+key+" =") != (later && key == "time_scale") {
				t.Errorf("%s: config.toml has %s", name, key)
			}
		}
		net, ok := unet.Presets[name]
		if later {
			net.TimeScale, net.Dropout = 8, 0
		}
		if ok && !reflect.DeepEqual(p.Network, net) {
			t.Errorf("%s: network %+v, want %+v", name, p.Network, net)
		}
	}
}

// TestDecidingNetwork: a network's settings decide, and by those that the preset has where they are left out.
func TestDecidingNetwork(t *testing.T) {
	c, err := Preset("mnist", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	same, other := c, c
	same.Base, same.Multipliers = 16, []int{1, 2, 2}
	other.Base, other.Attention = 32, []int{0}
	if list := Changes(c.Deciding(), same); len(list) > 0 {
		t.Errorf("the preset's own settings are changes: %v", list)
	}
	want := []Change{{"attention", "7", "0"}, {"base", "16", "32"}}
	if list := Changes(c.Deciding(), other); !reflect.DeepEqual(list, want) {
		t.Errorf("changes %v, want %v", list, want)
	}
	if got := other.Network(); got != "tiny with base 32, attention 0" {
		t.Errorf("got %q", got)
	}
	older := &weights.Checkpoint{}
	older.Extra = map[string]json.RawMessage{SettingsKey: json.RawMessage(`{"preset": "tiny"}`)}
	same.TimeScale = 0
	if err := same.CheckTrained(older); err != nil {
		t.Errorf("a checkpoint from before there was a choice: %v", err)
	}
	if err := other.CheckTrained(older); err == nil || !strings.Contains(err.Error(), "base was 16 and is 32") {
		t.Errorf("a network that a checkpoint doesn't have: %v", err)
	}
}

// TestWrongNetworks: what doesn't go together is refused in a line that names the setting.
func TestWrongNetworks(t *testing.T) {
	for _, c := range []struct {
		dataset string
		change  func(*Config)
		want    string
	}{
		{"mnist", func(c *Config) { c.Base = 10 }, "--base must be a multiple of 4"},
		{"mnist", func(c *Config) { c.Blocks = -1 }, "--blocks must be from 1"},
		{"mnist", func(c *Config) { c.Multipliers = []int{} }, "--multipliers must be one for each resolution"},
		{"mnist", func(c *Config) { c.Multipliers = []int{1, 1, 1, 1, 1, 1, 1} },
			"--multipliers must be at most 6 numbers"},
		{"mnist", func(c *Config) { c.Attention = []int{16, 0} }, "--attention must be at resolutions of the " +
			"network, which has 32,16,8"},
		{"mnist", func(c *Config) { c.Patch = 3 }, "--patch must divide the images of 32×32 pixels, got 3"},
		{"mnist", func(c *Config) { c.TimeScale = 0.05 }, "--time_scale must be more than 0.1"},
		{"mnist", func(c *Config) { c.TimeScale = math.NaN() }, "--time_scale must be a positive number, got NaN"},
		{"moons", func(c *Config) { c.Patch = 2 }, "--patch is for images"},
		{"mnist", func(c *Config) { c.Size = 16 }, "the network takes 16×16×1 images, mnist has 28×28×1; use " +
			"--channels 1 and a --size of 28 or more"},
		{"mnist", func(c *Config) { c.Channels = 2 }, "--channels must be 1 for grey or 3 for colour"},
		{"mnist", func(c *Config) { c.Hidden = []int{8} }, "--hidden is for points"},
		{"moons", func(c *Config) { c.Hidden = []int{8, 0} }, "--hidden must have widths from 1 to 65536, got 0"},
		{"moons", func(c *Config) { c.Hidden = []int{} }, "--hidden must have from 1 to 256 layers, got 0"},
		{"moons", func(c *Config) { c.Attention = []int{8} }, "--attention is for images"},
		{"mnist", func(c *Config) { c.Preset = "mine" }, `unknown --preset "mine"; there are tiny`},
		{"mnist", func(c *Config) { c.Preset, c.Base, c.Size = "mine", 8, 32 }, "it lacks --channels, --multipliers, " +
			"--blocks, --attention;"},
		{"moons", func(c *Config) { c.Preset, c.Hidden = "a\x1bb", []int{8} }, "no name for a network"},
	} {
		cfg, err := Preset(c.dataset, "")
		if err != nil {
			t.Fatal(err)
		}
		c.change(&cfg)
		_, err = cfg.Resolve(t.Context())
		var wrong ConfigError
		text := ""
		if errors.As(err, &wrong) {
			text = mistake.Text(err, func(key string) string { return "--" + key })
		}
		if !strings.Contains(text, c.want) || strings.ContainsAny(text, "\n\x1b") {
			t.Errorf("got %q (%v), want %q", text, err, c.want)
		}
	}
}

// TestEveryNetwork: a configuration of any network is refused in a line, or it is settled to itself, the same in
// config.toml, and its network has parameters.
func TestEveryNetwork(t *testing.T) {
	refused, planned := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string, good ...int) int {
			if rapid.IntRange(0, 29).Draw(t, name+" is odd") > 0 {
				return rapid.SampledFrom(append(good, 0, 0)).Draw(t, name)
			}
			return rapid.SampledFrom([]int{-4, -1, 1, 2, 3, 6, 100, 1 << 12, 1 << 30, math.MaxInt, math.MinInt}).Draw(t,
				name)
		}
		list := func(name string, good ...int) (list []int) {
			switch n := rapid.IntRange(-2, 4).Draw(t, name+" has"); {
			case n == 0:
				return []int{}
			case n > 0:
				for range n {
					list = append(list, number(name, good...))
				}
			}
			return list
		}
		dataset := rapid.SampledFrom([]string{"mnist", "cifar10", "moons", "folder:photos"}).Draw(t, "dataset")
		c, err := Preset(dataset, "")
		if err != nil {
			t.Fatal(err)
		}
		c.Preset = rapid.SampledFrom([]string{c.Preset, c.Preset, "tiny", "cifar10-tiny", "mlp-256", "mine",
			""}).Draw(t, "preset")
		if c.Points() {
			c.Hidden = list("hidden", 8, 64)
		} else {
			c.Size, c.Channels, c.Base = number("size", 28, 32, 64), number("channels", 1, 3),
				number("base", 8, 12, 64, 128)
			c.Multipliers, c.Blocks = list("multipliers", 1, 1, 2, 3), number("blocks", 1, 2)
			c.Attention = list("attention", 8, 16, 7)
			c.Patch = number("patch", 1, 2, 4)
			c.TimeScale = float64(number("time scale", 16, 1000))
		}
		p, err := c.Resolve(t.Context())
		if err != nil {
			refused++
			var wrong ConfigError
			if !errors.As(err, &wrong) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
				t.Fatalf("refused by %T: %v", err, err)
			}
			return
		}
		planned++
		if p.Params() < 1 || p.FLOPs(1) < 1 || p.LeastMemory() < 1 {
			t.Fatalf("%d parameters, %d operations, %g bytes", p.Params(), p.FLOPs(1), p.LeastMemory())
		}
		text, err := p.Config.TOML()
		if err != nil {
			t.Fatal(err)
		}
		var read Config
		if err := read.Decode(text); err != nil || !reflect.DeepEqual(read, p.Config) {
			t.Fatalf("read as %+v (%v), want %+v", read, err, p.Config)
		}
		again, err := read.Resolve(t.Context())
		if err != nil || !reflect.DeepEqual(again.Architecture(), p.Architecture()) {
			t.Fatalf("resolved to %+v (%v), want %+v", again.Architecture(), err, p.Architecture())
		}
		if list := Changes(p.Config.Deciding(), again.Config); len(list) > 0 {
			t.Fatalf("changed %v", list)
		}
	})
	t.Logf("%d were refused and %d planned", refused, planned)
	if refused == 0 || planned == 0 {
		t.Error("want some of each")
	}
}
