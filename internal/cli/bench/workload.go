package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	mltrain "github.com/gomlx/gomlx/pkg/ml/train"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cost"
	"github.com/amgen/amgen/unet"
)

// toyPreset is the perceptron flows.MLP on points of the plane, 256 at a time: for benchmarks only.
const (
	toyPreset = "toy"
	toyBatch  = 256
)

// pointData is the data set whose presets for points are measured, and pointBatch their batch: that of training on it.
const (
	pointData  = "moons"
	pointBatch = 512
)

// workload is a network and random data for it.
type workload struct {
	cfg     run.Config // the preset's
	model   flows.Model
	times   flows.Times
	params  int
	forward int64   // operations of one evaluation of the network on a batch, as in unet.Config.FLOPs
	example []int   // dimensions of one example
	labels  []int32 // of a batch, nil without classes
	data    mltrain.Dataset
	// prepare makes images of the data, nil nothing.
	prepare func(ctx *mlcontext.Context, batch *graph.Node) *graph.Node
}

// stepFLOPs are the operations of a training step.
func (w workload) stepFLOPs() int64 { return cost.Forwards(w.cfg.Estimator) * w.forward }

// classes of the random images, where there are any: as many as MNIST and CIFAR-10 have.
const classes = 10

// workload is the preset's.
func (o options) workload() (workload, error) {
	if !slices.Contains(run.ImagePresets(), o.preset) {
		return o.points()
	}
	w, err := o.learning(o.preset)
	if err != nil {
		return w, err
	}
	net := unet.Presets[o.preset]
	const bytes = randomSets + 4 // of a number: those that batches are taken from, and noise to sample from
	if err := memory.Check(fmt.Sprintf("--batch: %d images", o.batch), o.batch,
		float64(bytes*net.Size*net.Size*net.Channels), "pass a smaller --batch"); err != nil {
		return workload{}, err
	}
	net.BFloat16 = o.precision == run.BFloat16
	if o.classes {
		net.Classes, w.labels = classes, make([]int32, o.batch)
		for i := range w.labels {
			w.labels[i] = int32(i % classes)
		}
		byClass := unet.ClassAction(net)
		w.model.Classes, w.model.ByClass = classes, func(class *graph.Node) flows.Action {
			return func(vars *mlcontext.Context, t, x *graph.Node) *graph.Node { return byClass(vars, t, x, class) }
		}
	}
	w.model.Action, w.params, w.forward = unet.Action(net), net.Params(), net.FLOPs(o.batch)
	w.example, w.prepare = []int{net.Size, net.Size, net.Channels}, imaging.Prepare(imaging.PrepareOptions{})
	w.data, err = randomImages(net, o.batch)
	return w, err
}

// learning is Action Matching by the estimator that is asked for, at the pace of a preset for images, without a
// network.
func (o options) learning(preset string) (workload, error) {
	cfg, err := run.Preset(imaging.Names()[0], preset)
	if err != nil {
		return workload{}, err
	}
	cfg.Estimator, cfg.Batch = o.estimator, o.batch
	estimator, err := flows.EstimatorByName(o.estimator)
	if err != nil {
		return workload{}, flags.Usage(err)
	}
	objective, err := flows.ObjectiveByName(cfg.Objective, flows.ObjectiveSettings{Estimator: estimator})
	if err != nil {
		return workload{}, flags.Usage(err)
	}
	times, err := flows.TimesByName(cfg.Times)
	return workload{cfg: cfg, model: flows.Model{Path: flows.Linear{}, Objective: objective}, times: times}, err
}

// points is a perceptron on points of the plane: that of a preset, or the toy's.
func (o options) points() (workload, error) {
	if o.precision != run.Float32 {
		return workload{}, flags.Usagef("--precision %s is for the networks of images, and --preset %s has points",
			o.precision, o.preset)
	}
	if o.classes {
		return workload{}, flags.Usagef("--classes is for the networks of images, and --preset %s has points",
			o.preset)
	}
	w, err := o.learning(run.ImagePresets()[0])
	if err != nil {
		return w, err
	}
	const dim = 2
	mlp := flows.MLP{}
	if o.preset != toyPreset {
		hidden, err := pointLayers(o.preset)
		if err != nil {
			return w, err
		}
		mlp.Hidden = hidden
	}
	w.model.Action, w.params, w.forward, w.example = mlp.Action(), mlp.Params(dim), mlp.FLOPs(dim, o.batch), []int{dim}
	w.data, err = flows.NewPoints("gaussian", o.batch, dim, 1, func(rng *rand.Rand, p []float32) {
		for i := range p {
			p[i] = float32(rng.NormFloat64())
		}
	})
	return w, err
}

// pointLayers are the hidden layers of a preset for points.
func pointLayers(preset string) ([]int, error) {
	cfg, err := run.Preset(pointData, preset)
	return cfg.WithNetwork().Hidden, err
}

// randomSets is how many batches there are random images for.
const randomSets = 4

func randomImages(net unet.Config, batch int) (*imaging.Batches, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	pixels := make([]uint8, randomSets*batch*net.Size*net.Size*net.Channels)
	for i := range pixels {
		pixels[i] = uint8(rng.Uint32())
	}
	var labels []int32
	for i := range randomSets * batch {
		if net.Classes > 0 {
			labels = append(labels, int32(i%net.Classes))
		}
	}
	data, err := imaging.New("random", imaging.Train, pixels, labels, net.Size, net.Size, net.Channels)
	if err != nil {
		return nil, err
	}
	return data.Batches(batch, 1)
}
