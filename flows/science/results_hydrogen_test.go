package science_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Steps of training that take the same wall clock.
const (
	hydrogenSteps      = 9600
	hydrogenScoreSteps = 14400
)

const (
	hydrogenParticles = 2000
	hydrogenStart     = 7 // seed of the particles that are taken along
)

var hydrogenHidden = []int{256, 256, 256, 256}

func hydrogenProblem(t *testing.T) *science.Problem {
	return open(t, "hydrogen", science.Options{Batch: 64, Seed: 1, Grid: 128, PerTime: 4096})
}

func hydrogenConfig() flows.TrainerConfig {
	return flows.TrainerConfig{LearningRate: 2e-3, Warmup: 100, ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true, Seed: 1}
}

// measureHydrogen learns by AM and takes samples of the start along over the whole way, three sets of them.
func measureHydrogen(t *testing.T) {
	p, cfg := hydrogenProblem(t), hydrogenConfig()
	cfg.Times = flows.AdaptiveTimes{}
	sampler, took := run{testBackend(t), p, flows.MLP{Hidden: hydrogenHidden}.Action(),
		flows.ActionMatching{Weight: flows.Constant}, cfg, hydrogenSteps}.sampler(t)
	t.Logf("trained %d steps in %.0f s", hydrogenSteps, took.Seconds())
	var times []float64
	for _, m := range p.Marginals[1:] {
		times = append(times, m.Time)
	}
	for seed := int64(hydrogenStart); seed < hydrogenStart+3; seed++ {
		start, err := p.Source(seed, 0, hydrogenParticles)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		end, err := sampler.Follow(t.Context(), solve.RK4{Steps: 20}, start, 0, 1, flows.FollowOptions{Times: times})
		if err != nil {
			t.Fatal(err)
		}
		sampled := time.Since(began)
		var states []eval.Cloud
		for _, m := range end.Trajectory {
			states = append(states, points(t, m.X, nil))
		}
		reportHydrogen(t, "AM", sampled, p, states)
	}
	fresh := make([]eval.Cloud, len(times))
	for k, m := range p.Marginals[1:] {
		x, err := m.Points(101, hydrogenParticles)
		fresh[k] = points(t, x, err)
	}
	reportHydrogen(t, "fresh samples", 0, p, fresh)
}

// scores is sliced score matching on any path: what follows are Langevin steps.
func scores() flows.Objective {
	return flows.SlicedScoreMatching{Langevin: flows.ConstantDiffusion(1)}
}

// measureHydrogenScores learns ∇log q_t by sliced score matching and takes samples of the start through the times by
// annealed Langevin dynamics: at each of so many times a few steps x ← x + ½ε ∇log q_t + √ε z.
func measureHydrogenScores(t *testing.T) {
	backend := testBackend(t)
	p := hydrogenProblem(t)
	model := flows.MLP{Hidden: hydrogenHidden}.Field()
	vars, took := run{backend, p, model, scores(), hydrogenConfig(), hydrogenScoreSteps}.train(t)
	t.Logf("trained %d steps in %.0f s", hydrogenScoreSteps, took.Seconds())
	score, err := mlcontext.NewExec(backend, vars.Reuse(), func(vars *mlcontext.Context, time, x *Node) *Node {
		return model(vars, BroadcastToDims(Reshape(time), x.Shape().Dimensions[0]), x)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, langevin := range []struct {
		inner   int
		epsilon float64
	}{{1, 0.03}, {1, 0.06}, {1, 0.1}, {5, 0.01}, {5, 0.03}, {5, 0.06}} {
		start, err := p.Source(hydrogenStart, 0, hydrogenParticles)
		if err != nil {
			t.Fatal(err)
		}
		x, rng := tensors.MustCopyFlatData[float32](start), newRNG(9)
		var states []eval.Cloud
		began := time.Now()
		for step := 1; step <= 100; step++ {
			for range langevin.inner {
				out, err := score.Exec([]float32{float32(step) / 100},
					tensors.FromFlatDataAndDimensions(x, hydrogenParticles, 3))
				if err != nil {
					t.Fatal(err)
				}
				for i, s := range tensors.MustCopyFlatData[float32](out[0]) {
					x[i] += float32(langevin.epsilon/2*float64(s) + math.Sqrt(langevin.epsilon)*rng.NormFloat64())
				}
			}
			if step%5 == 0 {
				states = append(states, points(t, tensors.FromFlatDataAndDimensions(slices.Clone(x), hydrogenParticles,
					3), nil))
			}
		}
		reportHydrogen(t, fmt.Sprintf("SSM, ε = %g, %d steps at each of 100 times", langevin.epsilon, langevin.inner),
			time.Since(began), p, states)
	}
}

// reportHydrogen prints the mean over the times of unbiased estimates of MMD² to fresh samples, and its root.
func reportHydrogen(t *testing.T, name string, sampled time.Duration, p *science.Problem, states []eval.Cloud) {
	t.Helper()
	mmd := eval.MMD{Bandwidths: []float64{0.25, 0.5, 1, 2, 4}}
	squares := make([]float64, len(states))
	var all sync.WaitGroup
	for k, state := range states {
		truth, err := p.Marginals[k+1].Points(100, hydrogenParticles)
		want := points(t, truth, err)
		all.Go(func() { squares[k], _ = mmd.Squared(state, want) }) // both are sound clouds
	}
	all.Wait()
	var line []string
	for _, square := range squares {
		line = append(line, fmt.Sprintf("%.1f", square*1e4))
	}
	mean, _ := meanOf(squares)
	t.Logf("| %s | %.1f s | MMD² %.6f | MMD %.4f | largest MMD² %.5f |", name, sampled.Seconds(), mean,
		math.Sqrt(max(0, mean)), slices.Max(squares))
	t.Log("1e-4: " + strings.Join(line, " "))
}
