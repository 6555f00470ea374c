package science_test

import (
	"flag"
	"math"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// The two-gene simulation is a .csv with columns samples, x1 and x2: simulation_gene_data.csv of the repository
// zhenyiizhang/DeepRUOT. It isn't part of amgen.
var genesFile = flag.String("genes", "", "measure growth on this file of the two-gene simulation")

// measureGenes compares the growth that is learned with that of the simulation, x₂²/(1 + x₂²), over all cells at their
// times; and the mass and the weighted W₁ at each time after the first.
func measureGenes(t *testing.T) {
	if *genesFile == "" {
		t.Skip("give -genes FILE")
	}
	for seed := int64(1); seed <= 5; seed++ {
		p := open(t, science.SnapshotsName(*genesFile), science.Options{Batch: 256, Seed: seed,
			Snapshots: science.SnapshotOptions{Raw: true, Coupling: science.Unbalanced}})
		s := p.Snapshots
		delta, err := s.GrowthCost()
		if err != nil {
			t.Fatal(err)
		}
		sampler, took := run{testBackend(t), p, signed(128, 128, 128), flows.ActionMatching{
			Dynamics: flows.Dynamics{Growth: true, GrowthCost: delta}},
			flows.TrainerConfig{LearningRate: 3e-3, Warmup: 50, ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true,
				Seed: seed}, 6000}.sampler(t)
		var growth, truth []float64
		for k := range s.Times {
			growth = append(growth, growthAt(t, sampler, s.Points(k), s.Times[k])...)
			for i := range s.Len(k) {
				x := s.Population.Cells[k][2*i+1]
				truth = append(truth, x*x/(1+x*x))
			}
		}
		began := time.Now()
		start, err := p.Source(0, 0, s.Len(0))
		if err != nil {
			t.Fatal(err)
		}
		end, err := sampler.Follow(t.Context(), solve.RK4{Steps: 20}, start, 0, 1,
			flows.FollowOptions{Times: s.Times[1:]})
		if err != nil {
			t.Fatal(err)
		}
		sampling := time.Since(began)
		t.Logf("seed %d: δ %.3f, training %.0f s, sampling %.1f s, NFE %d, growth correlation %.4f", seed, delta,
			took.Seconds(), sampling.Seconds(), end.Report.NFE, stat.Correlation(growth, truth, nil))
		for k, state := range end.Trajectory {
			got := points(t, state.X, nil)
			got.Weights = eval.RelativeWeights(state.LogWeights)
			w1, err := eval.Wasserstein(1, got, points(t, s.Points(k+1), nil))
			if err != nil {
				t.Fatal(err)
			}
			mass, err := flows.LogMeanWeight(state.LogWeights)
			if err != nil {
				t.Fatal(err)
			}
			size, _ := flows.EffectiveSize(state.LogWeights)
			t.Logf("  t%d: W₁ %.4f, mass %.4f of %.4f (%+.2f %%), effective %.2f", k+1, w1, math.Exp(mass),
				s.Masses[k+1], 100*(math.Exp(mass)/s.Masses[k+1]-1), size/float64(s.Len(0)))
		}
	}
}

// growthAt is the rate of growth of points at t: the log-weight of one short step of Euler's method, over the step.
func growthAt(t *testing.T, sampler *flows.Sampler, x *tensors.Tensor, at float64) []float64 {
	t.Helper()
	const step = 1e-3
	end, err := sampler.Follow(t.Context(), solve.Euler{Steps: 1}, x, at, at+step, flows.FollowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range end.LogWeights {
		end.LogWeights[i] /= step
	}
	return end.LogWeights
}
