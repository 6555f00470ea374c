package run

import (
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/augmented"
)

// validate checks what does not depend on data.
func (c *Config) validate() error {
	if err := c.checkPoints(); err != nil {
		return err
	}
	if err := c.checkPreset(); err != nil {
		return err
	}
	if err := c.checkHidden(); err != nil {
		return err
	}
	actions, paths := ActionNames(), flows.PathNames()
	if c.Points() {
		actions = append([]string{""}, pointActions...)
	}
	if _, own := science.OwnPath(c.Dataset); own {
		paths = append(paths, givenPath)
	}
	for _, check := range []struct {
		key, got string
		known    []string
	}{
		{"objective", c.Objective, flows.ObjectiveNames()},
		{"estimator", c.Estimator, flows.EstimatorNames()},
		{"weight", c.Weight, flows.WeightNames()},
		{"path", c.Path, paths},
		{"times", c.Times, flows.TimesNames()},
		{"action", c.Action, actions},
		{"optimizer", c.Optimizer, optimizer.RuleNames()},
		{"lr_decay", c.LRDecay, flows.DecayNames()},
		{"fit", c.Fit, fit.Names()},
	} {
		if err := mistake.OneOf(check.key, check.got, check.known); err != nil {
			return err
		}
	}
	if err := c.checkRanges(); err != nil {
		return err
	}
	if !isFolder(c.Dataset) && (c.Fit != "" || c.Strict) {
		return mistake.New("{fit} and {strict} are for folders of pictures, got {dataset} %s; leave them out",
			c.Dataset)
	}
	if err := augmented.Check(c.Augment, c.whole().Size, c.Distill != ""); err != nil {
		return err
	}
	if err := c.checkDistill(); err != nil {
		return err
	}
	if c.EvalEvery > 0 && (c.snapshots() || c.Distill != "") {
		return mistake.New("{eval_every} needs examples that aren't trained on, and neither snapshots nor {distill} " +
			"have some; leave it out")
	}
	if err := optimizer.CheckPowerAverages(c.PowerAverages); err != nil {
		return mistake.Wrap(err)
	}
	if c.LRSteps != 0 && c.LRDecay == flows.DecayNames()[0] {
		return mistake.New("{lr_decay_steps} are for a rate that decays, and {lr_decay} is %s; use cosine, or leave "+
			"{lr_decay_steps} out", c.LRDecay)
	}
	return c.settleEngine()
}

// checkRanges checks each number by itself.
func (c *Config) checkRanges() error {
	leastSteps := 1
	if _, ok := science.OwnPath(c.Dataset); ok {
		leastSteps = 0 // left open
	}
	for _, check := range []struct {
		key string
		got int
		min int
	}{
		{"leave_out", c.LeaveOut, 0}, {"components", c.Components, 0}, {"steps", c.Steps, leastSteps},
		{"batch", c.Batch, 1}, {"warmup", c.Warmup, 0}, {"lr_decay_steps", c.LRSteps, 0},
		{"log_every", c.LogEvery, 1}, {"accumulate", c.Accumulate, 1}, {"devices", c.Devices, 1},
		{"sample_every", c.SampleEvery, 0}, {"checkpoint_every", c.CheckpointEvery, 0}, {"keep_checkpoints",
			c.KeepCheckpoints, 1},
		{"keep_every", c.KeepEvery, 0}, {"keep_best", c.KeepBest, 0}, {"eval_every", c.EvalEvery, 0},
		{"eval_samples", c.EvalSamples, 0}, {"ema_warmup", c.EMAWarmup, 0},
	} {
		if check.got < check.min {
			return mistake.New("{"+check.key+"} must be at least %d, got %d", check.min, check.got)
		}
	}
	if c.Batch > imaging.MaxBatch {
		return mistake.New("{batch} must be at most %d, got %d", imaging.MaxBatch, c.Batch)
	}
	for _, check := range []struct {
		key      string
		got      float64
		ok       bool
		interval string
	}{
		{"lr", c.LR, c.LR > 0 && c.LR <= 1, "(0, 1]"},
		{"clip", c.Clip, c.Clip >= 0, "[0, ∞)"},
		{"ema", c.EMA, c.EMA >= 0 && c.EMA < 1, "[0, 1)"},
		{"dropout", c.Dropout, c.Dropout >= 0 && c.Dropout < 1, "[0, 1)"},
		{"smoothing", c.Smoothing, c.Smoothing >= 0 && c.Smoothing <= science.MostSmoothing, "[0, 100]"},
		{"augment", c.Augment, c.Augment >= 0 && c.Augment <= 1, "[0, 1]"},
	} {
		if !check.ok { // NaN fails every comparison above
			return mistake.New("{"+check.key+"} must be in %s, got %g", check.interval, check.got)
		}
	}
	return nil
}
