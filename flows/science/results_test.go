package science_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	"github.com/gomlx/gomlx/pkg/ml/context"
)

// What docs/science.md reports is measured by
//
//	go test ./flows/science -run 'TestResults/NAME' -v -results DIR
//
// with NAME one of the subtests below. Without the flag nothing is measured.
var results = flag.String("results", "", "measure what docs/science.md reports, and write plots to this folder")

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
func (r run) train(t *testing.T) (*context.Context, time.Duration) {
	t.Helper()
	ctx, start := context.New(), time.Now()
	for phase := range phases {
		cfg := r.cfg
		cfg.LearningRate *= math.Pow(0.3, float64(phase))
		trainer, err := flows.NewTrainer(r.backend, ctx, r.model, r.problem.Path, r.objective, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := trainer.Run(r.problem.Dataset, r.steps/phases); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(start)
	averaged, err := flows.EMAContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return averaged, took
}

// sampler trains, and returns a sampler of the averaged model.
func (r run) sampler(t *testing.T) (*flows.Sampler, time.Duration) {
	t.Helper()
	ctx, took := r.train(t)
	sampler, err := flows.NewSampler(r.backend, ctx, r.model, r.problem.Path, flows.WithDynamics(r.objective.Motion()))
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
	return func(ctx *context.Context, t, x *Node) *Node { return ReduceSum(field(ctx, t, x), -1) }
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

// plot writes a picture to the folder of results.
func plot(t *testing.T, name, title string, layers []science.Layer, trajectory []*tensors.Tensor) {
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
		flows.TrainerConfig{LearningRate: 3e-3, Warmup: 50, ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true, Seed: 1}, 12_000}.sampler(t)
	noise, err := p.Source(2, 0, n)
	if err != nil {
		t.Fatal(err)
	}
	x, report, err := sampler.Sample(solve.Dopri5{RTol: 1e-4, ATol: 1e-4}, noise)
	got := points(t, x, err)
	plot(t, name, name, []science.Layer{{Points: x}}, nil)
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
	t.Logf("| %s | %.0f s | %d | %.4f | %.4f | %.2f |", name, took.Seconds(), report.NFE, distances[0], distances[1], distances[0]/distances[1])
}

// Unbalanced Action Matching has the masses of the mixture at t = 1 within 3 per cent of the truth, 0.2 and 0.8, where
// the particles stay on their sides; AM can't but move them across.
func TestGrowthChangesMasses(t *testing.T) {
	p := open(t, "mass-mixture", science.Options{Batch: 256, Seed: 1})
	backend := testBackend(t)
	const n = 4000
	for _, growth := range []bool{true, false} {
		r := run{backend, p, signed(64, 64), flows.ActionMatching{Weight: flows.Constant, Dynamics: flows.Dynamics{Growth: growth}},
			flows.TrainerConfig{LearningRate: 5e-3, Warmup: 20, ClipNorm: 10, EMADecay: 0.99, EMAWarmup: true, Seed: 1}, 1600}
		sampler, took := r.sampler(t)
		start, err := p.Source(2, 0, n)
		if err != nil {
			t.Fatal(err)
		}
		end, err := sampler.Follow(solve.Heun{Steps: 40}, start, 0, 1, flows.FollowOptions{})
		if err != nil {
			t.Fatal(err)
		}
		from, to := rows(t, start, nil), rows(t, end.X, nil)
		crossed, right, total, before := 0.0, 0.0, 0.0, 0.0
		for i := range to {
			weight := 1.0
			if growth {
				weight = math.Exp(end.LogWeights[i])
			}
			total += weight / n
			if to[i][0] > 0 {
				right += weight / n
			}
			if from[i][0] > 0 {
				before += 1. / n
			}
			if (from[i][0] > 0) != (to[i][0] > 0) {
				crossed += 1. / n
			}
		}
		end.Finalize()
		// What particles start with has an error of its own, which growth multiplies: 0.8/0.2 on the right.
		wantRight := before / 0.2 * 0.8
		t.Logf("| growth %t | %.1f s | mass on the right %.4f of %.4f (%.4f expected of these particles) | crossed %.3f |",
			growth, took.Seconds(), right, total, wantRight, crossed)
		if growth && (math.Abs(right/wantRight-1) > 0.03 || math.Abs((total-right)/((1-before)/0.8*0.2)-1) > 0.03 || crossed > 0.02) {
			t.Errorf("mass %.4f on the right and %.4f on the left, want %.4f and %.4f within 3 %%; %.4f crossed",
				right, total-right, wantRight, (1-before)/0.8*0.2, crossed)
		}
		if !growth && crossed < 0.1 {
			t.Errorf("without growth %.4f crosses, want most of 0.6", crossed)
		}
	}
}

// measureEmbryo leaves out a stage of the embryos, counted from 1, and predicts it from the stage before.
func measureEmbryo(t *testing.T, point int) {
	backend := testBackend(t)
	distances := map[string][]float64{}
	var names []string
	note := func(name string, w float64, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if distances[name] == nil {
			names = append(names, name)
		}
		distances[name] = append(distances[name], w)
	}
	start := time.Now()
	for seed := int64(1); seed <= 5; seed++ {
		o := science.Options{Batch: 64, Seed: seed, Snapshots: science.SnapshotOptions{LeaveOut: point, Components: 5}}
		p := open(t, "snapshots:testdata/guo.csv", o)
		s, k := p.Snapshots, point-1
		truth := points(t, s.Points(k), nil)
		before := points(t, s.Points(k-1), nil)
		w, err := eval.Wasserstein(1, before, truth)
		note("previous stage unchanged", w, err)
		w, err = eval.Wasserstein(1, interpolated(s, k, seed), truth)
		note("random pairs, interpolated", w, err)
		for _, m := range []struct {
			name      string
			model     flows.Action
			objective flows.Objective
		}{
			{"AM, pathwise", flows.MLP{Hidden: []int{64, 64, 64}}.Action(), flows.ActionMatching{}},
			{"AM, boundary", flows.MLP{Hidden: []int{64, 64, 64}}.Action(), flows.ActionMatching{Estimator: flows.Boundary, Weight: flows.Constant}},
			{"uAM, pathwise", signed(64, 64, 64), flows.ActionMatching{Dynamics: flows.Dynamics{Growth: true}}},
			{"flow matching", flows.MLP{Hidden: []int{64, 64, 64}}.Field(), flows.FlowMatching{}},
		} {
			p.Dataset.Reset()
			sampler, _ := run{backend, p, m.model, m.objective, flows.TrainerConfig{LearningRate: 3e-3, Warmup: 50,
				ClipNorm: 10, EMADecay: 0.99, EMAWarmup: true, Seed: seed}, 1200}.sampler(t)
			ahead, back := followed(t, sampler, s, k-1, k), followed(t, sampler, s, k+1, k)
			w, err := eval.Wasserstein(1, ahead, truth)
			note(m.name+", from the stage before", w, err)
			w, err = eval.Wasserstein(1, pooled(ahead, back), truth)
			note(m.name+", from both sides", w, err)
			if seed == 1 && m.name == "AM, pathwise" {
				plotEmbryo(t, sampler, s, point)
			}
		}
	}
	for _, name := range names {
		mean, stderr := meanOf(distances[name])
		t.Logf("| %d cells | %s | %.3f ± %.3f |", 1<<point, name, mean, stderr)
	}
	t.Logf("%v in all", time.Since(start).Round(time.Second))
}

// followed takes the cells of one stage to the time of another.
func followed(t *testing.T, sampler *flows.Sampler, s *science.Snapshots, from, to int) eval.Cloud {
	t.Helper()
	end, err := sampler.Follow(solve.RK4{Steps: 20}, s.Points(from), s.Times[from], s.Times[to], flows.FollowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer end.Finalize()
	c := points(t, end.X, nil)
	for _, log := range end.LogWeights {
		c.Weights = append(c.Weights, math.Exp(log))
	}
	return c
}

// pooled has half of its mass from each cloud.
func pooled(clouds ...eval.Cloud) eval.Cloud {
	out := eval.Cloud{Dim: clouds[0].Dim}
	for _, c := range clouds {
		out.X = append(out.X, c.X...)
		sum := float64(c.Len())
		if c.Weights != nil {
			sum = 0
			for _, w := range c.Weights {
				sum += w
			}
		}
		for i := range c.Len() {
			weight := 1.0
			if c.Weights != nil {
				weight = c.Weights[i]
			}
			out.Weights = append(out.Weights, weight/sum)
		}
	}
	return out
}

func meanOf(values []float64) (mean, stderr float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		stderr += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, math.Sqrt(stderr / float64(len(values)))
}

// interpolated pairs the cells of the stages around k at random and goes in straight lines.
func interpolated(s *science.Snapshots, k int, seed int64) eval.Cloud {
	rng := newRNG(seed)
	share := (s.Times[k] - s.Times[k-1]) / (s.Times[k+1] - s.Times[k-1])
	c := eval.Cloud{Dim: s.Dim}
	for range 500 {
		i, j := rng.IntN(s.Len(k-1)), rng.IntN(s.Len(k+1))
		for d := range s.Dim {
			c.X = append(c.X, (1-share)*s.Cells[k-1][i*s.Dim+d]+share*s.Cells[k+1][j*s.Dim+d])
		}
	}
	return c
}

// plotEmbryo draws all cells, those left out hollow, and the way of the first stage's cells.
func plotEmbryo(t *testing.T, sampler *flows.Sampler, s *science.Snapshots, point int) {
	t.Helper()
	var times []float64
	for i := range 51 {
		times = append(times, float64(i)/50)
	}
	way, err := sampler.Follow(solve.RK4{Steps: 100}, s.Points(0), 0, 1, flows.FollowOptions{Times: times})
	if err != nil {
		t.Fatal(err)
	}
	defer way.Finalize()
	var trajectory []*tensors.Tensor
	for _, m := range way.Trajectory {
		trajectory = append(trajectory, m.X)
	}
	var layers []science.Layer
	for k := range s.Times {
		layers = append(layers, science.Layer{Name: fmt.Sprintf("%d cells", 2<<k), Points: s.Points(k), Hollow: k == point-1})
	}
	plot(t, fmt.Sprintf("embryo-%d", point), fmt.Sprintf("Mouse embryos, AM without the %d-cell stage", 1<<point), layers, trajectory)
}

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
