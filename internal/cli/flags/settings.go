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
	"github.com/amgen/amgen/imaging/fit"
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

// FolderPresetOnCPU is the preset for a folder of pictures that a CPU can train in hours.
const FolderPresetOnCPU = "cifar10-small"

// FitHelp is the help of --fit.
func FitHelp() string {
	return "`NAME` fit of the pictures of a folder to a square: " + glossed("fit", fit.Names()[1:])
}

// StrictHelp is the help of --strict.
const StrictHelp = "refuse a folder with a file that can't be read as a picture, instead of skipping and counting " +
	"such files"

// configHelp has the help of each flag that is a setting, by its key.
func configHelp() map[string]string {
	const presets = " (default: the preset's, see --dry-run)"
	list := func(names []string) string { return strings.Join(names, ", ") }
	return map[string]string{
		"dataset": "`NAME` data set: images " + list(imaging.Names()) + "; points " + list(science.Names()),
		"preset": "`NAME` network and its hyperparameters: " + list(run.ImagePresets()) +
			"; for points and snapshots " + list(run.PointPresets()) + " (default: the data set's; for a folder on a " +
			"CPU " + FolderPresetOnCPU + ")",
		"from": "`NAME` model, file of a model or run directory whose parameters training begins with; without " +
			"--preset its network is taken (default: random parameters)",
		"distill": "`FILE` another run's samples with their states, as amgen sample --times 0,0.25,0.5,0.75 -o " +
			"FILE.npz writes them; the jumps from each state to the next are learned, one evaluation each, and " +
			"--flip is off",
		"objective": "`NAME` training objective: " + glossed("objective", flows.ObjectiveNames()),
		"estimator": "`NAME` loss estimator: " + glossed("estimator", flows.EstimatorNames()),
		"weight":    "`NAME` weight w(t) of the loss: " + glossed("weight", flows.WeightNames()),
		"sigma": fmt.Sprintf("diffusion coefficient σ of eam and euam (default %g), or of Langevin sampling for ssm "+
			"and dsm (default: none)", flows.DefaultSigma),
		"anneal": "use the diffusion coefficient σ·(1−t) instead of σ",
		"growth_cost": "`LENGTH` at which uam and euam find growing by a factor of e as dear as moving by it, in the " +
			"coordinates that are learned (default 1; for --coupling unbalanced the root-mean-square distance " +
			"between two cells)",
		"cost_p": "exponent p of the kinetic cost |v|^p/p, 1 < p ≤ 2 (default 2)",
		"path": "`NAME` path from source to data: " + glossed("path", flows.PathNames()) +
			"; embryo, snapshots, hydrogen and mass-mixture come with a path",
		"antithetic": AntitheticHelp,
		"times":      "`NAME` sampling of training times: " + glossed("times", flows.TimesNames()),
		"action": "`NAME` scalar action s made of the network's output h: " + glossed("action", run.ActionNames()) +
			"; for points " + list(glosses("action", run.PointActionNames())) + " (default: distance, or sum for " +
			"snapshots, uam and euam)",
		"classes": "condition the model on the images' class labels, so that samples of a class can be drawn",
		"leave_out": "`WHICH` snapshot to hold out of training: 2 is the second in time, time=72 the one at 72, and " +
			"\"Day 7\" the one of that label; neither the first nor the last (default 0: none)",
		"coupling": "`NAME` coupling of cells in successive snapshots: " +
			list(glosses("coupling", science.CouplingNames())) + " (default exact; unbalanced for uam and euam)",
		"smoothing": fmt.Sprintf("standard deviation of the Gaussian that stands for each cell of snapshots, in units "+
			"of the median distance to the nearest cell over √dimension; 0 learns the cells as they are (default %g)",
			science.DefaultSmoothing),
		"masses": "masses of the snapshots for --coupling unbalanced: counts, the numbers of cells; equal, for " +
			"numbers of cells that say nothing; or 1,1.2,1.9, one for each snapshot (default counts)",
		"components": "number of principal components of the snapshots to train on (default 0: the columns " +
			"themselves)",
		"raw_columns": "use the columns of snapshots as they are, without standardising them",
		"time_column": timeColumnHelp,
		"time_order":  timeOrderHelp,
		"columns":     columnsHelp,
		"drop":        dropHelp,
		"steps":       "number of training steps" + presets,
		"batch":       "examples per training step" + presets,
		"optimizer": "`NAME` optimizer: " + list(optimizer.RuleNames()) + ", which takes orthogonal steps for " +
			"matrices and adam's for other parameters" + presets,
		"lr":     "learning rate" + presets,
		"warmup": "steps of linear learning-rate warm-up" + presets,
		"lr_decay": "`NAME` learning-rate schedule after the warm-up: " +
			list(glosses("lr_decay", flows.DecayNames())) + presets,
		"lr_decay_steps": "step at which the learning-rate decay ends (default: --steps of the run's first session)",
		"clip":           "maximum global gradient norm, 0 for no clipping" + presets,
		"ema":            "decay of the exponential moving average of the parameters" + presets,
		"ema_warmup": fmt.Sprintf("warm-up of that average: after n steps its decay is at most (1+n)/(N+n), 1 for no "+
			"warm-up (default %d)", optimizer.EMAWarmupLength),
		"dropout": "dropout rate" + presets,
		"fit":     FitHelp(),
		"strict":  StrictHelp,
		"flip":    "mirror training images horizontally at random; --flip=false turns it off" + presets,
		"augment": "probability of each kind of change of training images (mirrors, quarter turns, scaling, " +
			"stretching, moving); the network is told, so that samples stay like the images (default 0: none)",
		"seed":    "seed of the parameters, data order, noise and times (default 0)",
		"backend": backendHelp() + " (default " + engine.Auto + ")",
		"precision": precisionHelp + "; parameters, averages and the loss stay f32 (default " +
			run.Float32 + ")",
		"accumulate":       AccumulateHelp + " (default 1)",
		"devices":          "number of devices that share a batch, on an XLA backend only (default 1)",
		"log_every":        "steps between lines of stats.jsonl (default 10)",
		"sample_every":     "steps between sample grids, 0 for none" + presets,
		"checkpoint_every": "steps between checkpoints, 0 for the last step only (default 500)",
		"keep_checkpoints": "number of newest checkpoints to keep (default 3)",
		"keep_best": "number of checkpoints with the lowest training loss, the mean since the checkpoint before, to " +
			"keep as well (default 1)",
		"eval_every": "steps between evaluations of the averaged parameters: the loss of held-out examples and, for " +
			"images, the FID of some samples, both in stats.jsonl and loss.png (default 0: none)",
		"eval_samples": fmt.Sprintf("samples for the FID of each evaluation, 0 for the loss alone (default %d)",
			run.DefaultEvalSamples),
		"keep_every": "also keep every checkpoint whose step is a multiple of this number (default 0: none)",
	}
}

// settingGroups has the groups of help and the settings whose flags are in them.
var settingGroups = map[string][]string{
	MainGroup: {"dataset", "preset", "from", "objective", "steps", "seed"},
	snapshotGroup: {"leave_out", "coupling", "smoothing", "masses", "growth_cost", "components", "raw_columns",
		"time_column", "time_order", "columns", "drop"},
	imageGroup:     {"classes", "distill", "flip", "augment", "size", "fit", "strict", "channels"},
	objectiveGroup: {"estimator", "weight", "sigma", "anneal", "cost_p", "path", "antithetic", "times"},
	networkGroup: {"action", "base", "multipliers", "blocks", "attention", "patch", "time_scale", "hidden",
		"dropout"},
	trainingGroup: {"batch", "optimizer", "lr", "warmup", "lr_decay", "lr_decay_steps", "clip", "ema",
		"ema_warmup"},
	OutputGroup: {"log_every", "sample_every", "checkpoint_every", "keep_checkpoints", "keep_every", "keep_best",
		"eval_every", "eval_samples"},
	ComputeGroup: {"backend", "precision", "accumulate", "devices"},
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
		if s.Key == leaveOutKey {
			f.Var(&leaveOut{c}, name, usage)
			setGroup(f.Lookup(name), settingGroup(s.Key))
			continue
		}
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
			switch {
			case name != flagName(s.Key):
			case s.Key == leaveOutKey:
				overlayLeaveOut(to, from)
			default:
				s.Copy(to, from)
			}
		}
	}
}
