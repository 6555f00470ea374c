package cli

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/unet"
)

// training holds the hyperparameters that go with a preset's network: steps and batch size that make good images,
// the learning rate, and an average as long as a few percent of the run.
type training struct {
	steps, batch, warmup int
	lr, ema, clip        float64
	decay                string // of the learning rate, "" for constant
	flip                 bool
	sampleEvery          int
	benchBatch           int // of `amgen bench`, small enough for a CPU
}

var trainings = map[string]training{
	"tiny":         {steps: 5000, batch: 32, warmup: 100, lr: 1e-3, ema: 0.999, clip: 1, sampleEvery: 500, benchBatch: 32},
	"mnist":        {steps: 20000, batch: 32, warmup: 500, lr: 5e-4, ema: 0.999, clip: 1, sampleEvery: 1000, benchBatch: 32},
	"cifar10-tiny": {steps: 20000, batch: 32, warmup: 500, lr: 5e-4, ema: 0.999, clip: 1, flip: true, sampleEvery: 1000, benchBatch: 8},
	"cifar10":      {steps: 500000, batch: 128, warmup: 5000, lr: 2e-4, ema: 0.9999, clip: 1, flip: true, sampleEvery: 10000, benchBatch: 4},

	"mlp":     {steps: 20000, batch: 512, warmup: 50, lr: 3e-3, decay: "cosine", ema: 0.999, clip: 10, sampleEvery: 2000},
	"mlp-256": {steps: 20000, batch: 512, warmup: 50, lr: 2e-3, decay: "cosine", ema: 0.999, clip: 10, sampleEvery: 2000},
}

// Points that come with their path are fewer, or have no edges as sharp as the toys'; pairing them by optimal transport
// takes the cube of the batch.
const (
	givenPathSteps = 6000
	givenPathBatch = 256
)

// perceptrons are the networks of the presets for points, smallest first; unet.Presets has those for images.
var perceptrons = []struct {
	name string
	mlp  flows.MLP
}{
	{"mlp", flows.MLP{Hidden: []int{128, 128, 128}}},
	{"mlp-256", flows.MLP{Hidden: []int{256, 256, 256, 256}}},
}

// perceptron is the network of a preset for points.
func perceptron(preset string) (flows.MLP, bool) {
	for _, p := range perceptrons {
		if p.name == preset {
			return p.mlp, true
		}
	}
	return flows.MLP{}, false
}

// defaultPreset is the network that makes the most of a data set, given the hardware for it.
func defaultPreset(dataset string) string {
	switch {
	case science.Known(dataset):
		return perceptrons[0].name
	case dataset == "cifar10" || strings.HasPrefix(dataset, "folder:"):
		return "cifar10"
	default:
		return "mnist"
	}
}

// presetConfig is the configuration of a run on a data set with a preset, before any file or flag.
func presetConfig(dataset, preset string) (Config, error) {
	if err := knownDataset(dataset); err != nil {
		return Config{}, err
	}
	if preset == "" {
		preset = defaultPreset(dataset)
	}
	if err := knownPreset(dataset, preset); err != nil {
		return Config{}, err
	}
	net, t := unet.Presets[preset], trainings[preset] // of points no network
	c := Config{
		Dataset: dataset, Preset: preset,
		Objective: objectiveNames()[0], Estimator: estimatorNames()[0], Weight: weightNames()[0],
		CostP: 2, Path: pathNames()[0], Times: timesNames()[0],
		Steps: t.steps, Batch: t.batch, LR: t.lr, Warmup: t.warmup, LRDecay: cmp.Or(t.decay, decayNames()[0]), Clip: t.clip, EMA: t.ema,
		Dropout: net.Dropout, Flip: t.flip,
		Backend: defaultBackend, Precision: float32Precision, Accumulate: 1, Devices: 1,
		LogEvery: 10, SampleEvery: t.sampleEvery, CheckpointEvery: 500, KeepCheckpoints: 3, KeepBest: 1,
	}
	if !c.points() {
		c.Action = net.Form.String()
	} else if _, ok := c.ownPath(); ok {
		c.Path, c.Steps, c.Batch = givenPath, givenPathSteps, givenPathBatch
	}
	return c, nil
}

// knownPreset returns a usage error that names the presets for the data set, unless the preset is one for its kind.
func knownPreset(dataset, preset string) error {
	_, forPoints := perceptron(preset)
	_, forImages := unet.Presets[preset]
	switch {
	case science.Known(dataset) && forImages:
		return usagef("preset %s is for images, %s has points; use --preset %s", preset, dataset, strings.Join(pointPresetNames(), " or "))
	case !science.Known(dataset) && forPoints:
		fitting, err := fittingPresets(dataset)
		if err != nil {
			return err
		}
		return usagef("preset %s is for points, %s has images; use --preset %s", preset, dataset, strings.Join(fitting, " or "))
	}
	return oneOf("preset", preset, append(presetNames(), pointPresetNames()...))
}

// objective, path and times are those that the configuration names.
func (c Config) flow() (objective flows.Objective, path flows.Path, times flows.Times, err error) {
	weight, err := flows.WeightByName(c.Weight)
	if err != nil {
		return nil, nil, nil, usageError{err}
	}
	estimator, err := flows.EstimatorByName(c.Estimator)
	if err != nil {
		return nil, nil, nil, usageError{err}
	}
	if !(c.Sigma >= 0) || math.IsInf(c.Sigma, 0) {
		return nil, nil, nil, usagef("--sigma must be in [0, ∞), got %g", c.Sigma)
	}
	settings := flows.ObjectiveSettings{Weight: weight, Estimator: estimator, Sigma: c.Sigma, Anneal: c.Anneal, CostP: c.CostP}
	if objective, err = flows.ObjectiveByName(c.Objective, settings); err != nil {
		return nil, nil, nil, usageError{err}
	}
	if path, err = c.path(); err != nil {
		return nil, nil, nil, err
	}
	if times, err = flows.TimesByName(c.Times); err != nil {
		return nil, nil, nil, usageError{err}
	}
	if err = objective.Check(path); err != nil {
		return nil, nil, nil, usageError{err}
	}
	return objective, path, times, nil
}

// presetNames lists the presets for images, smallest network first.
func presetNames() []string {
	names := unet.PresetNames()
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(unet.Presets[a].Params(), unet.Presets[b].Params())
	})
	return names
}

// pointPresetNames lists the presets for points, smallest network first.
func pointPresetNames() []string {
	var names []string
	for _, p := range perceptrons {
		names = append(names, p.name)
	}
	return names
}

var actionForms = []unet.Form{unet.InnerProduct, unet.Quadratic}

func actionNames() []string {
	var names []string
	for _, form := range actionForms {
		names = append(names, form.String())
	}
	return names
}

func objectiveNames() []string { return flows.ObjectiveNames() }
func estimatorNames() []string { return flows.EstimatorNames() }
func weightNames() []string    { return flows.WeightNames() }
func pathNames() []string      { return flows.PathNames() }
func timesNames() []string     { return flows.TimesNames() }
func decayNames() []string     { return flows.DecayNames() }
