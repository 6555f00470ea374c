// Command gomlx trains a network with GoMLX on backend simd. It uses nothing else of this module: the network, its data
// and the loop are the program's own.
//
// The network is a small convolutional one. It learns to tell horizontal stripes from vertical ones in noise, in about
// a second. The program prints the loss, and at the end the accuracy on other images.
//
//	go run ./examples/gomlx
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/layers"
	"github.com/gomlx/gomlx/pkg/ml/layers/activations"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/losses"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"

	"github.com/amgen/amgen/backends/simd"
)

func main() {
	options := flag.String("options", "", "options of the backend, such as workers=1,memory=1GiB")
	steps := flag.Int("steps", 200, "training steps")
	flag.Parse()
	if err := run(os.Stdout, *options, *steps); err != nil {
		log.Fatal(err)
	}
}

// run trains for so many steps, and then tests.
func run(w io.Writer, options string, steps int) error {
	if steps < 1 {
		return fmt.Errorf("%d steps; give at least 1", steps)
	}
	backend, err := simd.New(options)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	ctx := context.New()
	if err := ctx.SetRNGStateFromSeed(1); err != nil {
		return err
	}
	trainer := train.NewTrainer(backend, ctx, network, losses.SparseCategoricalCrossEntropyLogits,
		optimizers.Adam().LearningRate(3e-3).Done(), nil, nil)
	loop := train.NewLoop(trainer)
	train.EveryNSteps(loop, max(1, steps/10), "print", 0, func(loop *train.Loop, metrics []*tensors.Tensor) error {
		_, err := fmt.Fprintf(w, "step %4d  loss %.4f\n", loop.LoopStep+1, metrics[0].Value())
		return err
	})
	if _, err := loop.RunSteps(newStripes(64, 1), steps); err != nil {
		return err
	}
	accuracy, err := test(backend, ctx, newStripes(500, 2))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "accuracy on 500 other images: %.3f\n", accuracy)
	return err
}

// network returns the logits [batch, 2] of images [batch, height, width, 1].
func network(ctx *context.Context, _ any, inputs []*graph.Node) []*graph.Node {
	x := inputs[0]
	for i, channels := range []int{8, 16} {
		scope := ctx.Inf("convolution %d", i)
		x = layers.Convolution(scope, x).Channels(channels).KernelSize(3).Strides(i + 1).PadSame().Done()
		x = activations.Relu(x)
	}
	x = graph.ReduceMean(x, 1, 2) // [batch, 16]
	return []*graph.Node{layers.Dense(ctx.In("logits"), x, true, 2)}
}

// test returns the share of a batch's images for which the larger logit is the true one's.
func test(backend backends.Backend, ctx *context.Context, images *stripes) (float64, error) {
	_, inputs, labels, err := images.Yield()
	if err != nil {
		return 0, err
	}
	right, err := context.ExecOnce(backend, ctx.Reuse(), func(ctx *context.Context, x, label *graph.Node) *graph.Node {
		predicted := graph.ArgMax(network(ctx, nil, []*graph.Node{x})[0], -1, label.DType())
		equal := graph.Equal(predicted, graph.Reshape(label, predicted.Shape().Dimensions...))
		return graph.ReduceAllMean(graph.ConvertDType(equal, x.DType()))
	}, inputs[0], labels[0])
	if err != nil {
		return 0, err
	}
	return float64(right.Value().(float32)), nil
}
