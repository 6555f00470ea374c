package flows_test

import (
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

// Learn N((3, 1), ½²) by Action Matching, and draw from it.
func Example() {
	backend, err := backends.NewWithConfig(defaultBackend) // "simd", with a blank import of backends/simd
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	data, err := flows.NewPoints("gaussian", 128, 2, 1, func(rng *rand.Rand, p []float32) {
		p[0], p[1] = float32(3+0.5*rng.NormFloat64()), float32(1+0.5*rng.NormFloat64())
	})
	if err != nil {
		log.Fatal(err)
	}

	vars, model := mlcontext.New(), flows.MLP{Hidden: []int{32, 32}}.Action()
	trainer, err := flows.NewTrainer(backend, vars, model, flows.Linear{}, flows.ActionMatching{}, flows.TrainerConfig{
		LearningRate: 2e-3, EMADecay: 0.98, EMAWarmup: true})
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(data, 300); err != nil {
		log.Fatal(err)
	}

	averaged, err := flows.EMAContext(vars)
	if err != nil {
		log.Fatal(err)
	}
	noise, err := flows.Noise(7, 0, 1000, 2)
	if err != nil {
		log.Fatal(err)
	}
	x, report, err := flows.Sample(backend, averaged, model, flows.Linear{}, solve.Heun{Steps: 20}, noise)
	if err != nil {
		log.Fatal(err)
	}
	var mean float64
	for i, v := range tensors.MustCopyFlatData[float32](x) {
		if i%2 == 0 {
			mean += float64(v) / 1000
		}
	}
	fmt.Printf("%s, %d evaluations: first coordinate about %.0f\n", report.Solver, report.NFE, mean)
	// Output: heun, 40 evaluations: first coordinate about 3
}

// The action s = 2x₁ − x₂ moves N(0, I) to N((2, −1), I), whose log-density at its mean is −log 2π.
func ExampleLogLikelihood() {
	backend, err := backends.NewWithConfig(defaultBackend)
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	model := func(_ *mlcontext.Context, _, x *graph.Node) *graph.Node {
		direction := graph.ConvertDType(graph.Const(x.Graph(), [][]float64{{2, -1}}), x.DType())
		return graph.ReduceSum(graph.Mul(x, direction), 1)
	}
	x := tensors.FromValue([][]float32{{2, -1}, {3, -1}})
	logs, _, err := flows.LogLikelihood(backend, mlcontext.New(), model, flows.Linear{}, solve.RK4{Steps: 4}, x)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f nats, %.3f beside\n", logs[0], logs[1])
	// Output: -1.838 nats, -2.338 beside
}
