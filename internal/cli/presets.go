package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

// training holds the hyperparameters that go with a preset's network: steps and batch size that make good images,
// the learning rate, and an average as long as a few percent of the run.
type training struct {
	steps, batch, warmup int
	lr, ema              float64
	flip                 bool
	sampleEvery          int
	benchBatch           int // of `amgen bench`, small enough for a CPU
}

var trainings = map[string]training{
	"tiny":         {steps: 5000, batch: 32, warmup: 100, lr: 1e-3, ema: 0.999, sampleEvery: 500, benchBatch: 32},
	"mnist":        {steps: 20000, batch: 32, warmup: 500, lr: 5e-4, ema: 0.999, sampleEvery: 1000, benchBatch: 32},
	"cifar10-tiny": {steps: 20000, batch: 32, warmup: 500, lr: 5e-4, ema: 0.999, flip: true, sampleEvery: 1000, benchBatch: 8},
	"cifar10":      {steps: 500000, batch: 128, warmup: 5000, lr: 2e-4, ema: 0.9999, flip: true, sampleEvery: 10000, benchBatch: 4},
}

// defaultPreset is the network that makes the most of a data set, given the hardware for it.
func defaultPreset(dataset string) string {
	switch {
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
	if err := oneOf("preset", preset, presetNames()); err != nil {
		return Config{}, err
	}
	net, t := unet.Presets[preset], trainings[preset]
	return Config{
		Dataset: dataset, Preset: preset,
		Objective: objectiveNames()[0], Estimator: estimatorNames()[0], Weight: weightNames()[0],
		CostP: 2, Path: pathNames()[0], Times: timesNames()[0], Action: net.Form.String(),
		Steps: t.steps, Batch: t.batch, LR: t.lr, Warmup: t.warmup, Clip: 1, EMA: t.ema,
		Dropout: net.Dropout, Flip: t.flip, Backend: defaultBackend,
		LogEvery: 10, SampleEvery: t.sampleEvery, CheckpointEvery: 500, KeepCheckpoints: 3,
	}, nil
}

// network is the U-Net that the configuration asks for.
func (c Config) network() (unet.Config, error) {
	net, err := unet.Preset(c.Preset)
	if err != nil {
		return net, usageError{err}
	}
	_, path, _, err := c.flow()
	if err != nil {
		return net, err
	}
	if conditional, ok := path.(flows.Conditional); ok {
		net.ConditionChannels = conditional.ConditionChannels(net.Channels)
	}
	net.Dropout = c.Dropout
	for _, form := range actionForms {
		if form.String() == c.Action {
			net.Form = form
		}
	}
	if err := net.Validate(); err != nil {
		return net, usageError{err}
	}
	return net, nil
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
	settings := flows.ObjectiveSettings{Weight: weight, Estimator: estimator, Sigma: c.Sigma, Anneal: c.Anneal, CostP: c.CostP}
	if objective, err = flows.ObjectiveByName(c.Objective, settings); err != nil {
		return nil, nil, nil, usageError{err}
	}
	if path, err = flows.PathByName(c.Path, flows.PathSettings{Antithetic: c.Antithetic}); err != nil {
		return nil, nil, nil, usageError{err}
	}
	if times, err = flows.TimesByName(c.Times); err != nil {
		return nil, nil, nil, usageError{err}
	}
	if err = objective.Check(path); err != nil {
		return nil, nil, nil, usageError{err}
	}
	return objective, path, times, nil
}

// modelOf makes what the objective learns of the network: an action, or the vector field of a baseline.
func modelOf(net unet.Config, objective flows.Objective) flows.Action {
	if objective.Motion().VectorField() {
		return unet.Network(net)
	}
	return unet.Action(net)
}

// heldOut is the split of images that were not trained on, where there is one.
func (c Config) heldOut() imaging.Split {
	if strings.HasPrefix(c.Dataset, "folder:") {
		return imaging.Train
	}
	return imaging.Test
}

// dataOptions are how images must be brought to the network's shape.
func (c Config) dataOptions(net unet.Config) imaging.Options {
	opts := imaging.Options{Size: net.Size}
	if strings.HasPrefix(c.Dataset, "folder:") {
		opts.Channels = net.Channels
	}
	return opts
}

// fits checks that the network takes the data set's images, and names the presets that do where it doesn't.
func (c Config) fits(net unet.Config) error {
	if c.Path == "color" && net.Channels != 3 {
		return usagef("--path color colours images of 3 channels, preset %s has %d; use --dataset cifar10", c.Preset, net.Channels)
	}
	if strings.HasPrefix(c.Dataset, "folder:") {
		return nil // brought to the network's shape
	}
	info, err := imaging.Describe(c.Dataset, imaging.Options{})
	if err != nil {
		return usageError{err}
	}
	takes := func(net unet.Config) bool {
		return net.Channels == info.Channels && net.Size >= max(info.Height, info.Width)
	}
	if takes(net) {
		return nil
	}
	var others []string
	for _, name := range presetNames() {
		if takes(unet.Presets[name]) {
			others = append(others, name)
		}
	}
	return usagef("preset %s takes %d×%d×%d images, %s has %d×%d×%d; use --preset %s", c.Preset, net.Size, net.Size,
		net.Channels, c.Dataset, info.Height, info.Width, info.Channels, strings.Join(others, " or "))
}

// presetNames lists the presets, smallest network first.
func presetNames() []string {
	names := unet.PresetNames()
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(unet.Presets[a].Params(), unet.Presets[b].Params())
	})
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
