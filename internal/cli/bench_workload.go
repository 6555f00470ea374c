package cli

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	mltrain "github.com/gomlx/gomlx/pkg/ml/train"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

// toyPreset is the perceptron flows.MLP on points of the plane, 256 at a time: for benchmarks only.
const (
	toyPreset = "toy"
	toyBatch  = 256
)

// workload is a network and random data for it.
type workload struct {
	cfg     Config // of the training run that it stands for
	action  flows.Action
	params  int
	forward int64 // operations of one evaluation of the network on a batch, as in unet.Config.FLOPs
	example []int // dimensions of one example
	data    mltrain.Dataset
	// prepare makes images of the data, nil nothing.
	prepare func(ctx *mlcontext.Context, batch *graph.Node) *graph.Node
}

// stepFLOPs are the operations of a training step.
func (w workload) stepFLOPs() int64 { return forwards(w.cfg.Estimator) * w.forward }

// workload is the preset's.
func (o *benchOptions) workload() (workload, error) {
	if o.preset == toyPreset {
		return o.toy()
	}
	cfg, err := presetConfig(datasetNames()[0], o.preset)
	if err != nil {
		return workload{}, err
	}
	cfg.Estimator, cfg.Batch = o.estimator, o.batch
	net := unet.Presets[o.preset]
	const bytes = randomSets + 4 // of a number: those that batches are taken from, and noise to sample from
	if err := checkMemory(fmt.Sprintf("--batch: %d images", o.batch), o.batch, float64(bytes*net.Size*net.Size*net.Channels), "pass a smaller --batch"); err != nil {
		return workload{}, err
	}
	net.BFloat16 = o.precision == bfloat16Precision
	data, err := randomImages(net, o.batch)
	return workload{
		cfg: cfg, action: unet.Action(net), params: net.Params(), forward: net.FLOPs(o.batch),
		example: []int{net.Size, net.Size, net.Channels}, data: data, prepare: imaging.Prepare(imaging.PrepareOptions{}),
	}, err
}

func (o *benchOptions) toy() (workload, error) {
	if o.precision != float32Precision {
		return workload{}, usagef("--precision %s is for the networks of images, and --preset %s has points", o.precision, toyPreset)
	}
	cfg, err := presetConfig(datasetNames()[0], presetNames()[0])
	if err != nil {
		return workload{}, err
	}
	cfg.Estimator, cfg.Batch = o.estimator, o.batch
	const dim = 2
	mlp := flows.MLP{}
	data, err := flows.NewPoints("gaussian", o.batch, dim, 1, func(rng *rand.Rand, p []float32) {
		for i := range p {
			p[i] = float32(rng.NormFloat64())
		}
	})
	return workload{
		cfg: cfg, action: mlp.Action(), params: mlp.Params(dim), forward: mlp.FLOPs(dim, o.batch), example: []int{dim}, data: data,
	}, err
}

// randomSets is how many batches there are random images for.
const randomSets = 4

func randomImages(net unet.Config, batch int) (*imaging.Batches, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	pixels := make([]uint8, randomSets*batch*net.Size*net.Size*net.Channels)
	for i := range pixels {
		pixels[i] = uint8(rng.Uint32())
	}
	data, err := imaging.New("random", imaging.Train, pixels, nil, net.Size, net.Size, net.Channels)
	if err != nil {
		return nil, err
	}
	return data.Batches(batch, 1)
}
