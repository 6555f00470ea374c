package flows_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// trainAndSample learns N((3, 1), ½²) from points of it, and draws a thousand new ones.
func trainAndSample(ctx context.Context, backend backends.Backend) (*tensors.Tensor, error) {
	// batches of 128 points of 2 numbers, of seed 1
	data, err := flows.NewPoints("gaussian", 128, 2, 1, func(rng *rand.Rand, p []float32) {
		p[0], p[1] = float32(3+0.5*rng.NormFloat64()), float32(1+0.5*rng.NormFloat64())
	})
	if err != nil {
		return nil, err
	}
	model := flows.Model{
		Action:    flows.MLP{Hidden: []int{32, 32}}.Action(), // s(t, x); for images unet.Action(config)
		Path:      flows.Linear{},                            // x_t = (1 − t) noise + t data
		Objective: flows.ActionMatching{},                    // what s minimises, and so how samples move
	}
	vars := mlcontext.New() // GoMLX's context: the parameters, and all that training remembers
	config := flows.TrainerConfig{LearningRate: 2e-3, EMADecay: 0.98, EMAWarmup: true}
	trainer, err := flows.NewTrainer(backend, vars, model, config)
	if err != nil {
		return nil, err
	}
	if err := trainer.Run(ctx, data, 300); err != nil { // ctx stops it between two steps
		return nil, err
	}
	averaged, err := flows.EMAContext(vars)
	if err != nil {
		return nil, err
	}
	noise, err := flows.Noise(7, 0, 1000, 2) // samples 0 to 999 of seed 7, 2 numbers each
	if err != nil {
		return nil, err
	}
	x, _, err := flows.Sample(ctx, backend, averaged, model, solve.Heun{Steps: 20}, noise)
	return x, err
}

// Learn a distribution of points by Action Matching, and draw from it. The guide to the library shows trainAndSample.
func Example() {
	backend, err := backends.NewWithConfig(defaultBackend) // "simd", with a blank import of backends/simd
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	x, err := trainAndSample(context.Background(), backend)
	if err != nil {
		log.Fatal(err)
	}
	var mean [2]float64
	for i, v := range tensors.MustCopyFlatData[float32](x) {
		mean[i%2] += float64(v) / 1000
	}
	fmt.Printf("the mean is about (%.0f, %.0f)\n", mean[0], mean[1])
	// Output: the mean is about (3, 1)
}

// The action s = 2x₁ − x₂ moves N(0, I) to N((2, −1), I), whose log-density at its mean is −log 2π.
func ExampleLogLikelihood() {
	backend, err := backends.NewWithConfig(defaultBackend)
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	action := func(_ *mlcontext.Context, _, x *graph.Node) *graph.Node {
		direction := graph.ConvertDType(graph.Const(x.Graph(), [][]float64{{2, -1}}), x.DType())
		return graph.ReduceSum(graph.Mul(x, direction), 1)
	}
	model := flows.Model{Action: action, Path: flows.Linear{}, Objective: flows.ActionMatching{}}
	x := tensors.FromValue([][]float32{{2, -1}, {3, -1}})
	logs, _, err := flows.LogLikelihood(context.Background(), backend, mlcontext.New(), model, solve.RK4{Steps: 4}, x,
		flows.LikelihoodOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f nats, %.3f beside\n", logs[0], logs[1])
	// Output: -1.838 nats, -2.338 beside
}

// Entropic Action Matching makes a diffusion: a sampler of its model follows the noise too, by a seed.
func ExampleSampler_Follow() {
	backend, err := backends.NewWithConfig(defaultBackend)
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	still := func(_ *mlcontext.Context, _, x *graph.Node) *graph.Node { // s = 0: no drift
		return graph.ReduceSum(graph.ZerosLike(x), 1)
	}
	entropic := flows.ActionMatching{Dynamics: flows.Dynamics{Diffusion: flows.ConstantDiffusion(2)}}
	model := flows.Model{Action: still, Path: flows.Linear{}, Objective: entropic}
	sampler, err := flows.NewSampler(backend, mlcontext.New(), model)
	if err != nil {
		log.Fatal(err)
	}
	defer sampler.Finalize()
	ctx, x := context.Background(), tensors.FromFlatDataAndDimensions(make([]float32, 20_000), 20_000, 1)
	if _, _, err := sampler.Sample(ctx, solve.Heun{}, x); err != nil {
		fmt.Println("refused: Sample has no seed")
	}
	end, err := sampler.Follow(ctx, solve.EulerMaruyama{Steps: 8}, x, 0, 1, flows.FollowOptions{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer end.Finalize()
	var square float64
	for _, v := range tensors.MustCopyFlatData[float32](end.X) {
		square += float64(v) * float64(v) / 20_000
	}
	fmt.Printf("variance %.0f\n", square)
	// Output:
	// refused: Sample has no seed
	// variance 4
}
