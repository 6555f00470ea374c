package flags

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
)

// flagName is the flag, without dashes, of a setting of [run.Config].
func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// SettingFlag is the name that messages give a setting or an option of package run.
func SettingFlag(key string) string {
	switch key {
	case "n":
		return "-n"
	case "output":
		return "-o"
	case "average":
		return "--" + AverageFlag
	}
	return "--" + flagName(key)
}

// configHelp has the help of each flag that is a setting, by its key.
func configHelp() map[string]string {
	const presets = " (default: the preset's, see --dry-run)"
	list := func(names []string) string { return strings.Join(names, ", ") }
	first := func(names []string) string { return list(names) + " (default " + names[0] + ")" }
	return map[string]string{
		"dataset": "`NAME` data set: images " + list(imaging.Names()) + "; points " + list(science.Names()),
		"preset": "`NAME` network and its hyperparameters: " + list(run.ImagePresets()) + "; for points " +
			list(run.PointPresets()) + " (default: the data set's)",
		"from": "`NAME` model, file of a model or run directory whose parameters training begins with; without " +
			"--preset its network is taken (default: random parameters)",
		"objective": "`NAME` training objective: " + first(flows.ObjectiveNames()),
		"estimator": "`NAME` loss estimator: " + first(flows.EstimatorNames()),
		"weight":    "`NAME` weight w(t) of the loss: " + first(flows.WeightNames()),
		"sigma": fmt.Sprintf("noise of eam and euam (default %g), or of Langevin dynamics along the score of ssm and "+
			"dsm (default: none)", flows.DefaultSigma),
		"anneal": "use noise sigma·(1−t) instead of sigma",
		"cost_p": "exponent p of the cost |v|^p/p of motion, in (1, 2] (default 2)",
		"path": "`NAME` path from noise to data: " + first(flows.PathNames()) +
			"; embryo, snapshots, hydrogen and mass-mixture have their own",
		"antithetic": AntitheticHelp,
		"times":      "`NAME` distribution of training times: " + first(flows.TimesNames()),
		"action": "`NAME` form of the action: " + first(run.ActionNames()) + "; for points " +
			list(run.PointActionNames()) + " (default: distance, or sum for objectives with growth)",
		"classes":     "learn each class of the images, so that samples can be asked for by class",
		"leave_out":   "time point of snapshots to leave out of training, counted from 1 (default 0: none)",
		"coupling":    "`NAME` pairing of the cells of neighbouring snapshots: " + first(science.CouplingNames()),
		"components":  "number of principal components of snapshots to learn in (default 0: the columns themselves)",
		"raw_columns": "use the columns of snapshots as they are, without standardising them",
		"time_column": timeColumnHelp,
		"columns":     columnsHelp,
		"drop":        dropHelp,
		"steps":       "number of training steps" + presets,
		"batch":       "examples per training step" + presets,
		"optimizer": "`NAME` optimizer: " + list(optimizer.RuleNames()) + ", which takes orthogonal steps for " +
			"matrices and adam's for other parameters" + presets,
		"lr":     "learning rate" + presets,
		"warmup": "steps of linear learning-rate warm-up" + presets,
		"lr_decay": "`NAME` decay of the learning rate after the warm-up: " + list(flows.DecayNames()) +
			presets,
		"lr_decay_steps":   "steps over which the learning rate decays (default: --steps when the run starts)",
		"clip":             "maximum global gradient norm, 0 for no clipping" + presets,
		"ema":              "decay rate of the parameters' moving average" + presets,
		"dropout":          "dropout rate" + presets,
		"flip":             "mirror training images at random, or not with --flip=false" + presets,
		"seed":             "seed of the parameters, data order, noise and times (default 0)",
		"backend":          backendHelp() + " (default " + engine.Auto + ")",
		"precision":        precisionHelp + " (default " + run.Float32 + ")",
		"accumulate":       AccumulateHelp + " (default 1)",
		"devices":          "number of GPUs, or of virtual devices of xla:cpu, that share a batch (default 1)",
		"log_every":        "steps between log lines (default 10)",
		"sample_every":     "steps between sample grids, 0 for none" + presets,
		"checkpoint_every": "steps between checkpoints, 0 for the last step only (default 500)",
		"keep_checkpoints": "number of newest checkpoints to keep (default 3)",
		"keep_best":        "number of checkpoints with the lowest mean loss to keep as well (default 1)",
		"keep_every":       "also keep every checkpoint whose step is a multiple of this (default 0: none)",
	}
}

// settingGroups has the groups of help and the settings whose flags are in them.
var settingGroups = map[string][]string{
	MainGroup: {"dataset", "preset", "from", "objective", "steps", "seed"},
	DataGroup: {"leave_out", "coupling", "components", "raw_columns", "time_column", "columns", "drop", "flip",
		"classes"},
	objectiveGroup: {"estimator", "weight", "sigma", "anneal", "cost_p", "path", "antithetic", "times"},
	networkGroup: {"action", "size", "channels", "base", "multipliers", "blocks", "attention", "patch", "time_scale",
		"hidden", "dropout"},
	trainingGroup: {"batch", "optimizer", "lr", "warmup", "lr_decay", "lr_decay_steps", "clip", "ema"},
	OutputGroup:   {"log_every", "sample_every", "checkpoint_every", "keep_checkpoints", "keep_every", "keep_best"},
	ComputeGroup:  {"backend", "precision", "accumulate", "devices"},
}

// settingGroup is the group of a setting's flag, "" for none.
func settingGroup(key string) string {
	for group, keys := range settingGroups {
		if slices.Contains(keys, key) {
			return group
		}
	}
	return ""
}

// BindSettings registers a flag for each setting that takes accepts; the flags write to c.
func BindSettings(f *pflag.FlagSet, c *run.Config, takes func(key string) bool) {
	help := configHelp()
	maps.Copy(help, networkHelp)
	for _, s := range run.Settings() {
		if !takes(s.Key) {
			continue
		}
		name, usage := flagName(s.Key), help[s.Key]
		switch v := s.Pointer(c).(type) {
		case *string:
			f.StringVar(v, name, *v, usage)
		case *int:
			f.IntVar(v, name, *v, usage)
		case *int64:
			f.Int64Var(v, name, *v, usage)
		case *float64:
			f.Float64Var(v, name, *v, usage)
		case *bool:
			f.BoolVar(v, name, *v, usage)
		case *[]int:
			f.Var(&wholeNumbers{v}, name, usage)
		case *[]string:
			f.Var(&columnNames{list: v}, name, usage)
		}
		setGroup(f.Lookup(name), settingGroup(s.Key))
	}
}

// Overlay copies to a configuration the settings whose flags are in changed.
func Overlay(to *run.Config, from run.Config, changed []string) {
	for _, s := range run.Settings() {
		for _, name := range changed {
			if name == flagName(s.Key) {
				s.Copy(to, from)
			}
		}
	}
}
