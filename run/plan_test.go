package run

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/mistake"
)

// TestSettleSettlesAll: what was settled is settled to itself, for each data set and objective. So a configuration
// may be resolved again wherever it is resumed.
func TestSettleSettlesAll(t *testing.T) {
	settled := 0
	for _, dataset := range []string{"mnist", "cifar10", "moons", "mass-mixture", "hydrogen", "snapshots:cells.csv",
		imaging.FolderName("pictures")} {
		for _, objective := range flows.ObjectiveNames() {
			c, err := Preset(dataset, "")
			if err != nil {
				t.Fatal(err)
			}
			c.Objective = objective
			once, err := c.Settle()
			if err != nil {
				var wrong ConfigError
				if !errors.As(err, &wrong) {
					t.Errorf("%s on %s: %v is no ConfigError", objective, dataset, err)
				}
				continue
			}
			twice, err := once.Settle()
			if err != nil || !reflect.DeepEqual(once, twice) {
				t.Errorf("%s on %s: settled to %+v (%v), want %+v", objective, dataset, twice, err, once)
			}
			text, err := once.TOML()
			if err != nil {
				t.Fatal(err)
			}
			var read Config
			if err := read.Decode(text); err != nil || !reflect.DeepEqual(read, once) {
				t.Errorf("%s on %s: read as %+v (%v), want %+v", objective, dataset, read, err, once)
			}
			if list := Changes(once.Deciding(), read); len(list) > 0 {
				t.Errorf("%s on %s: changed %v", objective, dataset, list)
			}
			settled++
		}
	}
	if settled < 30 {
		t.Errorf("only %d were settled", settled)
	}
}

// TestDeciding: the texts are those that checkpoints have had from the beginning: names of flags and what these print.
func TestDeciding(t *testing.T) {
	c := Config{Dataset: "folder:/x/y", LRDecay: "cosine", CostP: 1.5, EMA: 0.9999, LR: 3e-5, Flip: true, Batch: 32,
		Seed: -1, Columns: []string{"a", "b,c"}, Steps: 7, Convention: "amgen"}
	got := c.Deciding()
	for name, want := range map[string]string{"dataset": "folder:…", "lr-decay": "cosine", "cost-p": "1.5",
		"ema": "0.9999",
		"lr":  "3e-05", "flip": "true", "anneal": "false", "batch": "32", "seed": "-1", "columns": `a,"b,c"`,
		"drop":           "",
		"lr-decay-steps": "0", "sigma": "0"} {
		if text, there := got[name]; !there || text != want {
			t.Errorf("%s is %q (%t), want %q", name, text, there, want)
		}
	}
	for _, name := range []string{"steps", "log-every", "keep-best", "convention", "lr_decay"} {
		if _, there := got[name]; there {
			t.Errorf("%s decides", name)
		}
	}
	other := c
	other.Dataset, other.Steps, other.LR, other.CostP = "folder:/elsewhere", 9, 1e-3, 2
	list := Changes(got, other)
	if want := []Change{{"cost_p", "1.5", "2"}, {"lr", "3e-05", "0.001"}}; !reflect.DeepEqual(list, want) {
		t.Errorf("changes %v, want %v", list, want)
	}
	err := Refuse(list, "runs/{batch}")
	flags := mistake.Text(err, func(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") })
	for text, want := range map[string]string{err.Error(): "cost_p is 1.5 in runs/{batch} and cannot become 2, lr is",
		flags: "--cost-p is 1.5 in runs/{batch} and cannot become 2, --lr is"} {
		if !strings.HasPrefix(text, want) {
			t.Errorf("got %q, want %q", text, want)
		}
	}
}

// TestPlan: a plan has the model of its configuration, and smaller ones fit the same data.
func TestPlan(t *testing.T) {
	for _, want := range []struct {
		dataset, preset, unit string
		smaller               int
	}{{"mnist", "mnist", "images", 2}, {"cifar10", "cifar10", "images", 2}, {"moons", "mlp-256", "points", 1}, {"mnist",
		"tiny", "images", 0}} {
		c, err := Preset(want.dataset, want.preset)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if p.Unit() != want.unit || p.Model.Action == nil || p.Model.Path == nil || p.Model.Objective == nil ||
			p.Times == nil {
			t.Errorf("%s: %s of %+v", want.preset, p.Unit(), p.Model)
		}
		if points := p.Problem != nil; points != p.Config.Points() || points != (p.Network.Size == 0) {
			t.Errorf("%s: problem %v, network %+v", want.preset, p.Problem, p.Network)
		}
		smaller, err := p.Smaller()
		if err != nil || len(smaller) != want.smaller {
			t.Errorf("%s: %d smaller (%v), want %d", want.preset, len(smaller), err, want.smaller)
		}
		for _, s := range smaller {
			if s.Params() >= p.Params() || s.FLOPs(1) >= p.FLOPs(1) {
				t.Errorf("%s has %d parameters, %s %d", s.Config.Preset, s.Params(), want.preset, p.Params())
			}
		}
		if other, err := p.WithLoss("boundary", "constant"); err != nil || other.Config.Estimator != "boundary" ||
			p.Config.Estimator == "boundary" {
			t.Errorf("%s with another loss: %v", want.preset, err)
		}
	}
}

// TestWrongConfigs: what doesn't go together is a ConfigError, whose text has keys and no flags.
func TestWrongConfigs(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"{preset}":     func(c *Config) { c.Preset = "mlp" },
		"batch":        func(c *Config) { c.Batch = 0 },
		"lr_decay":     func(c *Config) { c.LRDecay, c.LRSteps = "constant", 5 },
		"leave_out":    func(c *Config) { c.LeaveOut = 1 },
		"dataset":      func(c *Config) { c.Columns = []string{"a"} },
		"objective":    func(c *Config) { c.Objective = "none" },
		"precision":    func(c *Config) { c.Precision = "f64" },
		"accumulate":   func(c *Config) { c.Batch, c.Accumulate = 7, 2 },
		"sample_every": func(c *Config) { c.SampleEvery = -1 },
		"lr":           func(c *Config) { c.LR = 2 },
	} {
		c, err := Preset("mnist", "tiny")
		if err != nil {
			t.Fatal(err)
		}
		change(&c)
		_, err = c.Settle()
		var wrong ConfigError
		if !errors.As(err, &wrong) || strings.Contains(err.Error(), "--") || !strings.Contains(err.Error(),
			strings.Trim(name, "{}")) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := Open(t.Context(), t.TempDir(), Options{}); !errors.As(err, new(*NoRunError)) {
		t.Errorf("no run: got %v", err)
	}
	for _, o := range []Options{{Checkpoint: "newest"}, {Checkpoint: "-3"}, {Backend: "abacus"}, {Precision: "f16"}} {
		var wrong ConfigError
		if err := o.Check(); !errors.As(err, &wrong) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
	if err := (Options{}).Check(); err != nil {
		t.Errorf("no options: %v", err)
	}
}
