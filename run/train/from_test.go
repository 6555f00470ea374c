package train_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
	"github.com/amgen/amgen/weights"
)

// continued is a configuration of a run that begins with the parameters of another in dir.
func continued(t *testing.T, dir string, steps int) run.Config {
	t.Helper()
	cfg, err := run.Dir(dir).Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg.From, cfg.Steps, cfg.Seed, cfg.CheckpointEvery, cfg.KeepCheckpoints = dir, steps, 5, 1, 10
	return cfg
}

// trainFrom trains a configuration, with the parameters that it names.
func trainFrom(t *testing.T, dir string, cfg run.Config, o train.Options) error {
	t.Helper()
	plan, err := cfg.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.From = func() (run.Pretrained, error) {
		return run.Dir(cfg.From).Pretrained(run.Latest, false, run.Output{})
	}
	return train.Train(t.Context(), plan, run.Dir(dir), o)
}

// at are the numbers of a checkpoint's tensors, and the checkpoint.
func at(t *testing.T, dir string, step int64, averages bool) (map[string][]float64, *weights.Checkpoint) {
	t.Helper()
	c, err := weights.At(run.Dir(dir).Checkpoints(), step, weights.Load)
	if err != nil {
		t.Fatal(err)
	}
	list := c.Tensors
	if averages {
		list = c.EMA
	}
	all := map[string][]float64{}
	for _, x := range weights.Within(list, "/mlp") {
		values, err := x.Values()
		if err != nil {
			t.Fatal(err)
		}
		all[x.Name] = slices.Collect(values)
	}
	return all, c
}

// TestFromBegins: after a step of Adam no parameter is further than the learning rate from the other run's average, all
// state but the parameters is fresh, and the checkpoint says where they came from.
func TestFromBegins(t *testing.T) {
	source := smallrun.Train(t, func(c *run.Config) { c.Steps = 20 })
	cfg := continued(t, source, 2)
	cfg.Warmup, cfg.LR = 0, 1e-3
	dir := filepath.Join(t.TempDir(), "run")
	if err := trainFrom(t, dir, cfg, train.Options{}); err != nil {
		t.Fatal(err)
	}
	average, from := at(t, source, 20, true)
	parameters, c := at(t, dir, 1, false)
	moved := 0
	for name, values := range average {
		for i, v := range values {
			// m/(√v + ε) of the first step is a sign, to float32's rounding of numbers of about 1.
			off := math.Abs(parameters[name][i] - v)
			if !(off <= cfg.LR*1.001+1e-7) {
				t.Fatalf("%s %d: %g became %g in a step of %g", name, i, v, parameters[name][i], cfg.LR)
			}
			if off > cfg.LR/2 {
				moved++
			}
		}
	}
	if moved == 0 || len(parameters) != len(average) {
		t.Errorf("%d tensors of %d, and %d numbers moved", len(parameters), len(average), moved)
	}
	var origin run.Origin
	if err := json.Unmarshal(c.Extra[run.FromKey], &origin); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run.Origin{Name: source, SHA256: from.Hash, Step: 20}, origin); diff != "" {
		t.Error(diff)
	}
}

// TestFromResumes: a run that stopped goes on to the same bits, without the parameters that it began with; one that
// stopped before its first checkpoint begins with them again, unless they have changed.
func TestFromResumes(t *testing.T) {
	source := smallrun.Train(t, nil)
	dir := t.TempDir()
	once, twice := filepath.Join(dir, "once"), filepath.Join(dir, "twice")
	cfg := continued(t, source, 4)
	if err := trainFrom(t, once, cfg, train.Options{}); err != nil {
		t.Fatal(err)
	}
	shorter := cfg
	shorter.Steps = 2
	if err := trainFrom(t, twice, shorter, train.Options{}); err != nil {
		t.Fatal(err)
	}
	moved := source + "-moved"
	if err := os.Rename(source, moved); err != nil {
		t.Fatal(err)
	}
	goOn := func() error {
		cfg, err := run.Dir(twice).Config()
		if err != nil {
			t.Fatal(err)
		}
		cfg.Steps = 4
		return trainFrom(t, twice, cfg, train.Options{Resume: true})
	}
	if err := goOn(); err != nil {
		t.Fatal(err)
	}
	same := func() {
		t.Helper()
		a, x := at(t, once, 4, true)
		b, y := at(t, twice, 4, true)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Error(diff)
		}
		if string(x.Extra[run.FromKey]) != string(y.Extra[run.FromKey]) || x.Extra[run.FromKey] == nil {
			t.Errorf("origin %s and %s", x.Extra[run.FromKey], y.Extra[run.FromKey])
		}
	}
	same()
	forget := func() {
		t.Helper()
		for _, path := range []string{run.Dir(twice).Checkpoints(), run.Dir(twice).File(run.LossCurveName)} {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	forget()
	if err := goOn(); err == nil {
		t.Error("began again without the parameters")
	}
	if err := os.Rename(moved, source); err != nil {
		t.Fatal(err)
	}
	if err := goOn(); err != nil {
		t.Fatal(err)
	}
	same()
	forget()
	further, err := run.Dir(source).Config()
	if err != nil {
		t.Fatal(err)
	}
	further.Steps++
	if err := trainFrom(t, source, further, train.Options{Resume: true}); err != nil {
		t.Fatal(err)
	}
	if err := goOn(); err == nil || !strings.Contains(err.Error(), "have changed since") {
		t.Errorf("began again with other parameters: %v", err)
	}
}

// TestFromRefuses: parameters of another network are refused, by what differs, and nothing is written; a run may be
// overwritten by one that begins with its parameters.
func TestFromRefuses(t *testing.T) {
	source := smallrun.Train(t, nil)
	dir := filepath.Join(t.TempDir(), "run")
	for words, change := range map[string]func(c *run.Config){
		"hidden is 128,128,128 there and 64 here": func(c *run.Config) { c.Hidden = []int{64} },
		"action is distance there and sum here":   func(c *run.Config) { c.Action = "sum" },
		"objective is am there and fm here":       func(c *run.Config) { c.Objective = "fm" },
		"Options.From":                            nil,
		"no run in":                               func(c *run.Config) { c.From = dir },
	} {
		cfg := continued(t, source, 2)
		var err error
		if change != nil {
			change(&cfg)
			err = trainFrom(t, dir, cfg, train.Options{})
		} else {
			plan, failed := cfg.Resolve(t.Context())
			if failed != nil {
				t.Fatal(failed)
			}
			err = train.Train(t.Context(), plan, run.Dir(dir), train.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
	if _, err := os.Lstat(dir); err == nil {
		t.Error("a run was written")
	}
	if err := trainFrom(t, source, continued(t, source, 2), train.Options{Overwrite: true}); err != nil {
		t.Error(err)
	}
}
