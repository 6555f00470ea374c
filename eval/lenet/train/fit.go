package main

import (
	stdcontext "context"
	"errors"
	"fmt"
	"io"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/losses"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers/cosineschedule"

	"github.com/amgen/amgen/eval/lenet"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/weights"
)

// fit minimises the cross entropy of the network's classes with Adam, whose rate falls to 0 along a cosine, and returns
// the network's variables. Cancelling ctx ends it with an error, after leaving the state of the run in o.state.
func fit(ctx stdcontext.Context, backend backends.Backend, data *imaging.Dataset, r recipe, o options,
	log io.Writer) ([]weights.Tensor, error) {
	batches, err := newAugmented(data, r, o.batch, o.seed)
	if err != nil {
		return nil, err
	}
	made := provenance(data, o)
	vars, err := begin(made, o)
	if err != nil {
		return nil, err
	}
	model := func(ctx *context.Context, _ any, inputs []*graph.Node) []*graph.Node {
		cosineschedule.New(ctx, inputs[0].Graph(), dtypes.Float32).LearningRate(o.rate).PeriodSteps(o.steps).Done()
		_, logits := lenet.Model(ctx, inputs[0])
		return []*graph.Node{logits}
	}
	// Not checked: some variables are there after an interruption, the others are new.
	trainer := train.NewTrainer(backend, vars.Checked(false), model, losses.SparseCategoricalCrossEntropyLogits,
		optimizers.Adam().LearningRate(o.rate).Done(), nil, nil)
	loop := train.NewLoop(trainer)
	mean, since := 0.0, 0
	loop.OnStep("log", 0, func(loop *train.Loop, metrics []*tensors.Tensor) error {
		mean += shapes.ConvertTo[float64](metrics[0].Value())
		since++
		if step := loop.LoopStep + 1; step%200 == 0 || step == o.steps {
			fmt.Fprintf(log, "step %d of %d: loss %.4f\n", step, o.steps, mean/float64(since))
			mean, since = 0, 0
		}
		return ctx.Err()
	})
	batches.step = int(optimizers.GetGlobalStep(vars))
	if _, err := loop.RunSteps(batches, o.steps-batches.step); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(fmt.Errorf("interrupted at step %d of %d: %w", optimizers.GetGlobalStep(vars), o.steps,
				ctx.Err()), leave(vars, made, o))
		}
		return nil, fmt.Errorf("lenet: training: %w", err)
	}
	return weights.FromContext(vars.InAbsPath(context.RootScope + lenet.Scope))
}

// accuracy is the fraction of the images that the network puts into their classes.
func accuracy(network *lenet.Network, data *imaging.Dataset) (float64, error) {
	images, err := data.Tensor(0, data.Len())
	if err != nil {
		return 0, err
	}
	_, logits, err := network.Extract(images)
	if err != nil {
		return 0, err
	}
	right := 0
	for i, label := range data.Labels {
		row := logits[i*network.Classes() : (i+1)*network.Classes()]
		best := 0
		for class, value := range row {
			if value > row[best] {
				best = class
			}
		}
		if int32(best) == label {
			right++
		}
	}
	return float64(right) / float64(data.Len()), nil
}
