package science_test

import (
	"context"
	"fmt"
	"log"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Learn two moons for a moment. It takes thousands of steps to learn their edges, but their centre is there soon.
func Example() {
	backend, err := backends.NewWithConfig("simd") // which a blank import of backends/simd brings
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	moons, err := science.Open("moons", science.Options{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	ctx, vars := context.Background(), mlcontext.New()
	model := flows.Model{Action: flows.MLP{Hidden: []int{32, 32}}.Action(), Path: moons.Path,
		Objective: flows.ActionMatching{}}
	trainer, err := flows.NewTrainer(backend, vars, model, flows.TrainerConfig{LearningRate: 3e-3})
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(ctx, moons.Dataset, 200); err != nil {
		log.Fatal(err)
	}
	start, err := moons.Source(1, 0, 500)
	if err != nil {
		log.Fatal(err)
	}
	x, _, err := flows.Sample(ctx, backend, vars, model, solve.Dopri5{}, start)
	if err != nil {
		log.Fatal(err)
	}
	truth, err := moons.Marginals[len(moons.Marginals)-1].Points(2, 500)
	if err != nil {
		log.Fatal(err)
	}
	centre := func(x *tensors.Tensor) (mean [2]float64) {
		for i, v := range tensors.MustCopyFlatData[float32](x) {
			mean[i%2] += float64(v) / 500
		}
		return mean
	}
	got, want := centre(x), centre(truth)
	off := max(got[0]-want[0], want[0]-got[0], got[1]-want[1], want[1]-got[1])
	fmt.Printf("%d coordinates, the centres are less than 0.3 apart: %v\n", moons.Dim, off < 0.3)
	// Output: 2 coordinates, the centres are less than 0.3 apart: true
}
