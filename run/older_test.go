package run

import (
	"strings"
	"testing"

	"github.com/amgen/amgen/unet"
)

// older is the config.toml of a run of tiny from before there were optimizers and time scales, without its comments.
const older = `dataset = 'mnist'
preset = 'tiny'
objective = 'am'
estimator = 'pathwise'
weight = 'constant'
sigma = 0.0
anneal = false
cost_p = 2.0
path = 'linear'
antithetic = false
times = 'weyl'
action = 'inner-product'
steps = 300
batch = 32
lr = 0.001
warmup = 100
lr_decay = 'constant'
clip = 1.0
ema = 0.999
dropout = 0.1
flip = false
seed = 0
backend = 'simd'
precision = 'f32'
accumulate = 1
devices = 1
log_every = 10
sample_every = 500
checkpoint_every = 500
keep_checkpoints = 3
keep_best = 1
`

// TestOlderConfigs: what an earlier amgen wrote means what it meant then, whether a run has it or --config names it.
func TestOlderConfigs(t *testing.T) {
	kept, err := DecodeKept([]byte(older))
	if err != nil {
		t.Fatal(err)
	}
	named, err := ConfigFile{"older.toml", []byte(older)}.Preset("", "")
	if err != nil {
		t.Fatal(err)
	}
	other, err := ConfigFile{"older.toml", []byte(older)}.Preset("", "mnist-small")
	if err != nil {
		t.Fatal(err)
	}
	const text = older + "[presets.mine]\npreset = 'tiny'\ntime_scale = 5.0\n"
	mine, err := ConfigFile{"older.toml", []byte(text)}.Preset("", "mine")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cfg   Config
		scale float64
	}{"kept": {kept, unet.DefaultTimeScale}, "named": {named, unet.DefaultTimeScale}, "another preset": {other, 16},
		"a preset of its own": {mine, 5}} {
		p, err := test.cfg.Resolve(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c := p.Config; c.Optimizer != "adam" || c.LRDecay != "constant" || c.whole().TimeScale != test.scale ||
			c.Dropout != 0.1 || c.LR != 1e-3 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if text, err := kept.TOML(); err != nil || strings.Contains(string(text), "time_scale") {
		t.Errorf("the run gets a time scale: %v", err)
	}
}

// TestNewConfigs: a new run of tiny has the settings that were measured to be better. A file of single settings has
// them, too; one that was printed for tiny has them of another preset that is named.
func TestNewConfigs(t *testing.T) {
	c, err := ConfigFile{"new.toml", []byte("dataset = 'mnist'\npreset = 'tiny'\nsteps = 3\n")}.Preset("", "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Optimizer != "muon" || c.LRDecay != "cosine" || c.TimeScale != 8 || c.Dropout != 0 || c.Network() != "tiny" {
		t.Errorf("%+v", c)
	}
	text, err := c.TOML()
	if err != nil {
		t.Fatal(err)
	}
	for preset, scale := range map[string]float64{"tiny": 8, "mnist-small": 16, "mnist": unet.DefaultTimeScale} {
		again, err := ConfigFile{"printed.toml", text}.Preset("", preset)
		if err != nil || again.whole().TimeScale != scale || again.Network() != preset {
			t.Errorf("%s: time scale %g of %s, want %g: %v", preset, again.whole().TimeScale, again.Network(), scale,
				err)
		}
	}
}

// TestOlderSnapshots: a run of snapshots from before there was a choice learns the cells as they are, by the distance.
func TestOlderSnapshots(t *testing.T) {
	kept, err := DecodeKept([]byte("dataset = 'embryo'\npreset = 'mlp'\nsteps = 3\nbatch = 8\n"))
	if err != nil || kept.Smoothing != 0 || kept.Action != "distance" {
		t.Errorf("smoothing %g, action %s: %v", kept.Smoothing, kept.Action, err)
	}
	c, err := Preset("embryo", "")
	if err != nil || c.Smoothing == 0 {
		t.Errorf("a new run has a smoothing of %g: %v", c.Smoothing, err)
	}
}
