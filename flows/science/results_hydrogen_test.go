package science_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
)

// Steps of training that take the same wall clock.
const (
	hydrogenSteps      = 2400
	hydrogenScoreSteps = 3600
)

func hydrogenProblem(t *testing.T) *science.Problem {
	return open(t, "hydrogen", science.Options{Batch: 256, Seed: 1, Grid: 128, PerTime: 4096})
}

func hydrogenConfig() flows.TrainerConfig {
	return flows.TrainerConfig{LearningRate: 1e-3, Warmup: 100, ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true, Seed: 1}
}

// measureHydrogen follows 1 000 samples of the start over the whole way.
func measureHydrogen(t *testing.T) {
	p, cfg := hydrogenProblem(t), hydrogenConfig()
	cfg.Times = flows.AdaptiveTimes{}
	sampler, took := run{testBackend(t), p, flows.MLP{Hidden: []int{256, 256, 256, 256}}.Action(),
		flows.ActionMatching{Weight: flows.Constant}, cfg, hydrogenSteps}.sampler(t)
	start, err := p.Source(7, 0, hydrogenParticles)
	if err != nil {
		t.Fatal(err)
	}
	var times []float64
	for _, m := range p.Marginals[1:] {
		times = append(times, m.Time)
	}
	end, err := sampler.Follow(solve.RK4{Steps: 100}, start, 0, 1, flows.FollowOptions{Times: times})
	if err != nil {
		t.Fatal(err)
	}
	var states []eval.Cloud
	for _, m := range end.Trajectory {
		states = append(states, points(t, m.X, nil))
	}
	reportHydrogen(t, "AM, boundary", took, p, states)
	var fresh []eval.Cloud
	for _, m := range p.Marginals[1:] {
		x, err := m.Points(101, hydrogenParticles)
		fresh = append(fresh, points(t, x, err))
	}
	reportHydrogen(t, "fresh samples", 0, p, fresh)
}

const hydrogenParticles = 1000

// reportHydrogen prints the MMD to fresh samples, its root mean square over the times from unbiased estimates of MMD².
func reportHydrogen(t *testing.T, name string, took time.Duration, p *science.Problem, states []eval.Cloud) {
	t.Helper()
	mmd := eval.MMD{Bandwidths: []float64{0.25, 0.5, 1, 2, 4}}
	var squares []float64
	var line []string
	for k, state := range states {
		truth, err := p.Marginals[k+1].Points(100, hydrogenParticles)
		square, merr := mmd.Squared(state, points(t, truth, err))
		if merr != nil {
			t.Fatal(merr)
		}
		squares = append(squares, square)
		line = append(line, fmt.Sprintf("%.5f", square))
	}
	mean, _ := meanOf(squares)
	t.Logf("| %s | %.0f s | MMD² %.5f | MMD %.4f | largest MMD² %.5f |", name, took.Seconds(), mean, math.Sqrt(max(0, mean)), slices.Max(squares))
	t.Log(strings.Join(line, " "))
}
