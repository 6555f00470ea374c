package run

import (
	"cmp"
	"slices"
	"strings"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/unet"
)

// training holds the hyperparameters that go with a preset's network: steps and batch size that make good images,
// the learning rate, and an average as long as a few percent of the run.
type training struct {
	steps, batch, warmup int
	rule                 optimizer.Rule
	lr, ema, clip        float64
	decay                string // of the learning rate, "" for constant
	flip                 bool
	sampleEvery          int
	benchBatch           int        // of benchmarks, small enough for a CPU
	noDropout            bool       // where unet.Presets has some
	timeScale            float64    // of new runs, in their config.toml, where old ones have that of unet.Presets
	mlp                  *flows.MLP // of points; unet.Presets has the networks of images
}

// trainings has a line for each preset. A network in unet.Presets without one is trained as "tiny".
var trainings = map[string]training{
	"tiny": {steps: 5000, batch: 32, warmup: 100, rule: optimizer.Muon, lr: 3e-3, decay: "cosine", ema: 0.995, clip: 1,
		sampleEvery: 500, benchBatch: 32, noDropout: true, timeScale: 8},
	"mnist-small": {steps: 3000, batch: 32, warmup: 100, rule: optimizer.Muon, lr: 3e-3, decay: "cosine", ema: 0.995,
		clip: 1, sampleEvery: 500, benchBatch: 32},
	"mnist": {steps: 20000, batch: 32, warmup: 500, lr: 5e-4, ema: 0.999, clip: 1, sampleEvery: 1000,
		benchBatch: 32},
	"cifar10-tiny": {steps: 20000, batch: 32, warmup: 500, rule: optimizer.Muon, lr: 2e-3, decay: "cosine", ema: 0.999,
		clip: 1, flip: true, sampleEvery: 1000, benchBatch: 8, noDropout: true, timeScale: 8},
	"cifar10-small": {steps: 80000, batch: 32, warmup: 500, rule: optimizer.Muon, lr: 2e-3, decay: "cosine",
		ema: 0.9995, clip: 1, flip: true, sampleEvery: 2000, benchBatch: 8},
	"cifar10": {steps: 500000, batch: 128, warmup: 5000, lr: 2e-4, ema: 0.9999, clip: 1, flip: true,
		sampleEvery: 10000, benchBatch: 4},

	"mlp": {steps: 20000, batch: 512, warmup: 50, lr: 3e-3, decay: "cosine", ema: 0.999, clip: 10, sampleEvery: 2000,
		mlp: &flows.MLP{Hidden: []int{128, 128, 128}}},
	"mlp-256": {steps: 20000, batch: 512, warmup: 50, lr: 2e-3, decay: "cosine", ema: 0.999, clip: 10,
		sampleEvery: 2000, mlp: &flows.MLP{Hidden: []int{256, 256, 256, 256}}},
}

// trainingOf is that of a preset.
func trainingOf(preset string) training {
	if t, ok := trainings[preset]; ok {
		return t
	}
	return trainings["tiny"]
}

// Points that come with their path are fewer, or have no edges as sharp as the toys'; pairing them by optimal transport
// takes the cube of the batch. Growth takes longer to learn, in cheaper steps.
const (
	givenPathSteps  = 6000
	givenPathGrowth = 12000
	givenPathBatch  = 256
)

// DefaultEvalSamples are those of images that an evaluation while training draws.
const DefaultEvalSamples = 500

// perceptron is the network of a preset for points.
func perceptron(preset string) (flows.MLP, bool) {
	if mlp := trainings[preset].mlp; mlp != nil {
		return *mlp, true
	}
	return flows.MLP{}, false
}

// BenchmarkBatch is the batch size at which a preset for images is measured, small enough for a CPU.
func BenchmarkBatch(preset string) int { return trainingOf(preset).benchBatch }

// DefaultPreset is the network that makes the most of a data set, given the hardware for it.
func DefaultPreset(dataset string) string {
	switch {
	case science.Known(dataset):
		return PointPresets()[0]
	case dataset == "cifar10" || isFolder(dataset):
		return "cifar10"
	default:
		return "mnist"
	}
}

// Preset is the configuration of a run on a data set with a network, each by its name: the defaults of all that a
// user may set. An empty preset is [DefaultPreset]. Its error is a [ConfigError] for a name that there isn't, or for
// a network that isn't one for the data.
func Preset(dataset, preset string) (Config, error) {
	if err := KnownDataset(dataset); err != nil {
		return Config{}, err
	}
	if preset == "" {
		preset = DefaultPreset(dataset)
	}
	if err := (Config{Dataset: dataset, Preset: preset}).checkPreset(); err != nil {
		return Config{}, err
	}
	net, t := unet.Presets[preset], trainingOf(preset) // of points no network
	c := Config{
		Dataset: dataset, Preset: preset,
		Objective: flows.ObjectiveNames()[0], Estimator: flows.EstimatorNames()[0], Weight: flows.WeightNames()[0],
		CostP: 2, Path: flows.PathNames()[0], Times: flows.TimesNames()[0],
		Steps: t.steps, Batch: t.batch, Optimizer: t.rule.String(), LR: t.lr, Warmup: t.warmup,
		LRDecay: cmp.Or(t.decay, flows.DecayNames()[0]), Clip: t.clip, EMA: t.ema,
		Dropout: net.Dropout, TimeScale: t.timeScale, Flip: t.flip,
		Backend: engine.Auto, Precision: Float32, Accumulate: 1, Devices: 1,
		LogEvery: 10, SampleEvery: t.sampleEvery, CheckpointEvery: 500, KeepCheckpoints: 3, KeepBest: 1,
		EvalSamples: DefaultEvalSamples,
	}
	if t.noDropout {
		c.Dropout = 0
	}
	if c.snapshots() {
		c.Smoothing = science.DefaultSmoothing
	}
	if !c.Points() {
		c.Action = net.Form.String()
	} else if _, ok := science.OwnPath(c.Dataset); ok {
		c.Path, c.Steps, c.Batch = givenPath, 0, givenPathBatch // Settle knows the objective
	}
	return c, nil
}

// checkPreset returns a usage error that names the presets for the data set, unless the preset is one for its kind, or
// one that amgen doesn't have and whose network the configuration has.
func (c Config) checkPreset() error {
	_, forPoints := perceptron(c.Preset)
	_, forImages := unet.Presets[c.Preset]
	switch {
	case c.Points() && forImages:
		return mistake.New("preset %s is for images, %s has points; use {preset} %s", c.Preset, c.Dataset,
			strings.Join(PointPresets(), " or "))
	case !c.Points() && forPoints:
		fitting, err := fittingPresets(c.Dataset)
		if err != nil {
			return err
		}
		return mistake.New("preset %s is for points, %s has images; use {preset} %s", c.Preset, c.Dataset,
			strings.Join(fitting, " or "))
	case !forPoints && !forImages:
		return c.checkOwn()
	}
	return nil
}

// ImagePresets lists the presets for images, smallest network first.
func ImagePresets() []string {
	names := unet.PresetNames()
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(unet.Presets[a].Params(), unet.Presets[b].Params())
	})
	return names
}

// PointPresets lists the presets for points, smallest network first.
func PointPresets() []string {
	var names []string
	for name, t := range trainings {
		if t.mlp != nil {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Compare(trainings[a].mlp.Params(2), trainings[b].mlp.Params(2))
	})
	return names
}

var actionForms = []unet.Form{unet.InnerProduct, unet.Quadratic}

// ActionNames lists the forms in which a U-Net makes an action.
func ActionNames() []string {
	var names []string
	for _, form := range actionForms {
		names = append(names, form.String())
	}
	return names
}
