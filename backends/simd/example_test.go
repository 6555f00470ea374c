package simd_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/layers"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/losses"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"

	_ "github.com/amgen/amgen/backends/simd" // registers the backend by the name simd
)

// Fit a linear model with GoMLX's layers, optimiser and trainer. Command examples/gomlx trains a convolutional network.
func Example() {
	backend, err := backends.NewWithConfig("simd:workers=2")
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()

	model := func(ctx *context.Context, _ any, inputs []*graph.Node) []*graph.Node {
		return []*graph.Node{layers.Dense(ctx, inputs[0], true, 1)} // [batch, 2] → [batch, 1]
	}
	ctx := context.New()
	trainer := train.NewTrainer(backend, ctx, model, losses.MeanSquaredError,
		optimizers.StochasticGradientDescent().WithLearningRate(0.3).WithDecay(false).Done(), nil, nil)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		x, y := make([][]float32, 64), make([][]float32, 64)
		for i := range x {
			a, b := rng.Float32(), rng.Float32()
			x[i], y[i] = []float32{a, b}, []float32{3*a - 2*b + 1}
		}
		inputs, labels := []*tensors.Tensor{tensors.FromValue(x)}, []*tensors.Tensor{tensors.FromValue(y)}
		if _, err := trainer.TrainStep(nil, inputs, labels); err != nil {
			log.Fatal(err)
		}
	}
	w := ctx.GetVariableByScopeAndName("/dense", "weights").MustValue().Value().([][]float32)
	c := ctx.GetVariableByScopeAndName("/dense", "biases").MustValue().Value().([]float32)
	fmt.Printf("y = %.1f a %+.1f b %+.1f\n", w[0][0], w[1][0], c[0])
	// Output: y = 3.0 a -2.0 b +1.0
}
