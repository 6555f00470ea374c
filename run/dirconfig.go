package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/tomltext"
)

// NoRunError says that a directory holds no run.
type NoRunError struct{ Dir Dir }

// Error implements error.
func (e *NoRunError) Error() string {
	return fmt.Sprintf("no run in %s: it has no %s", e.Dir, ConfigName)
}

// Config reads the configuration of the run.
func (d Dir) Config() (Config, error) {
	path := d.File(ConfigName)
	text, err := tomltext.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if d.HoldsRun() {
			return Config{}, mistake.New("the run in %s has lost its %s; bring that back, or begin again by "+
				"{overwrite|overwriting it}", d, ConfigName)
		}
		return Config{}, mistake.Wrap(&NoRunError{d})
	} else if err != nil {
		return Config{}, fmt.Errorf("read run: %w; it has to be a file that can be read", err)
	}
	cfg, err := DecodeKept(text)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if cfg.Dataset == "" {
		return Config{}, mistake.Fail("%s of %d bytes names no dataset: it is damaged; bring back a copy, or begin "+
			"again by {overwrite|overwriting it}", path, len(text))
	}
	cfg.kept = kept{path, cfg.Dataset}
	return cfg, nil
}

// DecodeKept reads a configuration that a run, or a file of weights, keeps. An earlier amgen may have written it: a
// setting from before there was a choice is as it was then.
func DecodeKept(text []byte) (Config, error) {
	var cfg Config
	cfg.beforeChoice()
	if err := cfg.Decode(text); err != nil {
		return Config{}, err
	}
	if cfg.Points() {
		cfg.Action = cmp.Or(cfg.Action, distanceAction)
	}
	return cfg, nil
}

// beforeChoice sets what an earlier amgen had no setting for as it was then.
func (c *Config) beforeChoice() {
	c.Optimizer, c.LRDecay, c.TimeScale = optimizer.Adam.String(), flows.DecayNames()[0], 0
	c.Precision, c.Accumulate, c.Devices, c.Smoothing = Float32, 1, 1, 0
}

// isWhole tells whether the file has all settings, as the config.toml of a run has, also of an earlier amgen: what it
// lacks had no setting then.
func (f ConfigFile) isWhole() bool {
	var file map[string]any
	if tomltext.DecodeAny(f.Text, &file) != nil {
		return false
	}
	for _, key := range []string{"preset", "objective", "estimator", "path", "steps", "batch", "lr", "warmup", "clip",
		"ema", "dropout", "backend", "log_every", "checkpoint_every", "keep_checkpoints"} {
		if _, has := file[key]; !has {
			return false
		}
	}
	return true
}
