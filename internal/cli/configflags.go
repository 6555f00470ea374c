package cli

import (
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
)

// flagName is the flag, without dashes, of a setting of [run.Config].
func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// settingFlag is what messages call a setting or an option of package run.
func settingFlag(key string) string {
	if key == "n" {
		return "-n"
	}
	return "--" + flagName(key)
}

// configHelp has the help of each flag that is a setting, by its key.
func configHelp() map[string]string {
	const presets = " (default: the preset's, see --dry-run)"
	list := func(names []string) string { return strings.Join(names, ", ") }
	return map[string]string{
		"dataset": "data `NAME`: images " + list(imaging.Names()) + "; points " + list(science.Names()),
		"preset": "network `NAME`: " + list(run.ImagePresets()) + "; for points " + list(run.PointPresets()) +
			" (default: the data set's)",
		"objective": "loss: " + list(flows.ObjectiveNames()),
		"estimator": "of the loss: " + list(flows.EstimatorNames()),
		"weight":    "w(t) of the loss: " + list(flows.WeightNames()),
		"sigma": fmt.Sprintf("noise of eam and euam (default %g), or of Langevin dynamics along the score of ssm and dsm (default none)",
			flows.DefaultSigma),
		"anneal": "noise sigma·(1−t) instead of sigma",
		"cost_p": "p of the cost |v|^p/p of motion, in (1, 2] (default 2)",
		"path": "from noise to data: " + list(flows.PathNames()) +
			" (embryo, snapshots, hydrogen and mass-mixture have their own)",
		"antithetic": "opposite noise in the two halves of a batch",
		"times":      "training times: " + list(flows.TimesNames()),
		"action": "scalar from the network: " + list(run.ActionNames()) + "; of points " + list(run.PointActionNames()) +
			" (default: distance, sum for objectives with growth)",
		"leave_out": "time point `K` of snapshots to keep from training, counted from 1",
		"coupling": "of cells of neighbouring snapshots: " + list(science.CouplingNames()) + " (default " +
			science.CouplingNames()[0] + ")",
		"components":       "principal components of snapshots to learn in, 0 for the columns themselves",
		"raw_columns":      "take the columns of snapshots as they are, without standardising them",
		"time_column":      timeColumnHelp,
		"columns":          columnsHelp,
		"drop":             dropHelp,
		"steps":            "training steps in all" + presets,
		"batch":            "examples a step" + presets,
		"lr":               "Adam's learning rate" + presets,
		"warmup":           "steps of linear learning-rate warm-up" + presets,
		"lr_decay":         "of the learning rate after the warm-up: " + list(flows.DecayNames()),
		"lr_decay_steps":   "steps over which it decays (default: all that a run begins with)",
		"clip":             "clip the global gradient norm to this, 0 for never" + presets,
		"ema":              "decay of the parameters' moving average" + presets,
		"dropout":          "dropout rate",
		"flip":             "mirror training images at random",
		"seed":             "of parameters, data order, noise and times",
		"backend":          backendHelp(),
		"precision":        precisionHelp,
		"accumulate":       "compute a batch in `K` parts one after another, for the memory of one",
		"devices":          "share a batch among `N` GPUs of this machine (or virtual devices of xla:cpu)",
		"log_every":        "steps between log lines",
		"sample_every":     "steps between sample grids, 0 for none",
		"checkpoint_every": "steps between checkpoints, 0 for the last step only",
		"keep_checkpoints": "newest checkpoints kept",
		"keep_best":        "keep besides the `N` checkpoints of the smallest loss, a mean over the lines of the log since the checkpoint before",
		"keep_every":       "keep besides every checkpoint whose step is a multiple of `N`",
	}
}

// bindConfig registers a flag for each setting that takes says, writing to c.
func bindConfig(f *pflag.FlagSet, c *run.Config, takes func(key string) bool) {
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
	}
}

// overlayFlags copies to a configuration the settings whose flags are in changed.
func overlayFlags(to *run.Config, from run.Config, changed []string) {
	for _, s := range run.Settings() {
		for _, name := range changed {
			if name == flagName(s.Key) {
				s.Copy(to, from)
			}
		}
	}
}
