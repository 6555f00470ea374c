package science_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// What docs/measurements/science.md reports is measured by
//
//	go test ./flows/science -run 'TestResults/NAME' -v -results DIR
//
// with NAME one of the subtests below. Without the flag nothing is measured.
var results = flag.String("results", "", "measure what docs/measurements/science.md reports; write plots here")

func TestResults(t *testing.T) {
	if *results == "" {
		t.Skip("give -results DIR to measure; it takes minutes")
	}
	for _, toy := range []string{"eight-gaussians", "moons", "checkerboard"} {
		t.Run(toy, func(t *testing.T) { measureToy(t, toy) })
	}
	for point := 2; point <= 5; point++ {
		t.Run(fmt.Sprintf("embryo-%d", point), func(t *testing.T) { measureEmbryo(t, point) })
	}
	t.Run("estimators", measureEstimators)
	t.Run("estimators-on-data", measureEstimatorsOnData)
	t.Run("genes", measureGenes)
	t.Run("hydrogen-am", measureHydrogen)
	t.Run("hydrogen-ssm", measureHydrogenScores)
}

// run is a model and how it is trained on a problem.
type run struct {
	backend   backends.Backend
	problem   *science.Problem
	model     flows.Action
	objective flows.Objective
	cfg       flows.TrainerConfig
	steps     int
}

// phases of training, each with 0.3 times the learning rate of the one before.
const phases = 4

// train returns the averaged variables and the time that it took.
func (r run) train(t *testing.T) (*mlcontext.Context, time.Duration) {
	t.Helper()
	vars, start := mlcontext.New(), time.Now()
	for phase := range phases {
		cfg := r.cfg
		cfg.LearningRate *= math.Pow(0.3, float64(phase))
		trainer, err := flows.NewTrainer(r.backend, vars, flows.Model{Action: r.model, Path: r.problem.Path,
			Objective: r.objective}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := trainer.Run(t.Context(), r.problem.Dataset, r.steps/phases); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(start)
	averaged, err := flows.EMAContext(vars)
	if err != nil {
		t.Fatal(err)
	}
	return averaged, took
}

// sampler trains, and returns a sampler of the averaged model.
func (r run) sampler(t *testing.T) (*flows.Sampler, time.Duration) {
	t.Helper()
	vars, took := r.train(t)
	sampler, err := flows.NewSampler(r.backend, vars, flows.Model{Action: r.model, Path: r.problem.Path,
		Objective: r.objective})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sampler.Finalize)
	return sampler, took
}

// signed is a perceptron's action of either sign, which growth needs: the sum of its outputs. That of [flows.MLP] is
// never below 0.
func signed(hidden ...int) flows.Action {
	field := flows.MLP{Hidden: hidden}.Field()
	return func(vars *mlcontext.Context, t, x *Node) *Node { return ReduceSum(field(vars, t, x), -1) }
}

func open(t *testing.T, name string, o science.Options) *science.Problem {
	t.Helper()
	p, err := science.Open(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func points(t *testing.T, x *tensors.Tensor, err error) eval.Cloud {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	c, err := eval.CloudOf(x)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// savePlot writes a picture to the folder of results.
func savePlot(t *testing.T, name, title string, layers []science.Layer, trajectory []*tensors.Tensor) {
	t.Helper()
	f, err := os.Create(filepath.Join(*results, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := science.Plot(f, title, layers, trajectory); err != nil {
		t.Fatal(err)
	}
}

// measureToy trains AM on a toy and compares 10 000 samples with as many fresh points.
func measureToy(t *testing.T, name string) {
	const n = 10_000
	p := open(t, name, science.Options{Batch: 512, Seed: 1})
	sampler, took := run{testBackend(t), p, flows.MLP{}.Action(), flows.ActionMatching{},
		flows.TrainerConfig{LearningRate: 3e-3, Warmup: 50, ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true, Seed: 1},
		12_000}.sampler(t)
	noise, err := p.Source(2, 0, n)
	if err != nil {
		t.Fatal(err)
	}
	x, report, err := sampler.Sample(t.Context(), solve.Dopri5{RTol: 1e-4, ATol: 1e-4}, noise)
	got := points(t, x, err)
	savePlot(t, name, name, []science.Layer{{Points: x}}, nil)
	truth, err := p.Marginals[0].Points(3, n)
	want := points(t, truth, err)
	other, err := p.Marginals[0].Points(4, n)
	fresh := points(t, other, err)
	var distances [2]float64
	var failures [2]error
	var both sync.WaitGroup
	for i, c := range []eval.Cloud{got, fresh} {
		both.Go(func() { distances[i], failures[i] = eval.Wasserstein(2, c, want) })
	}
	both.Wait()
	if err := errors.Join(failures[:]...); err != nil {
		t.Fatal(err)
	}
	t.Logf("| %s | %.0f s | %d | %.4f | %.4f | %.2f |", name, took.Seconds(), report.NFE, distances[0], distances[1],
		distances[0]/distances[1])
}

func newRNG(seed int64) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 0x5c1e)) }

func meanOf(values []float64) (mean, stderr float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		stderr += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, math.Sqrt(stderr / float64(len(values)))
}
