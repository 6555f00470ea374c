package flows_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
)

// Several goroutines draw from one sampler at once, which is new and so compiles as they come, batches of several sizes
// among them, with trajectories, by fixed and adaptive steps: each gets the bits that it gets alone. make race runs it
// under the race detector.
func TestConcurrentDrawing(t *testing.T) {
	backend := testBackend(t)
	model := plain(flows.MLP{Hidden: []int{32, 32}}.Action(), flows.Linear{})
	open := func() *flows.Sampler {
		vars := mlcontext.New()
		if err := vars.SetRNGStateFromSeed(1); err != nil {
			t.Fatal(err)
		}
		sampler, err := flows.NewSampler(backend, vars, model)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sampler.Finalize)
		return sampler
	}
	draw := func(s *flows.Sampler, k int) ([]float64, error) {
		var solver solve.Solver = solve.Heun{Steps: 8}
		if k%2 == 1 {
			solver = solve.Dopri5{RTol: 1e-3, ATol: 1e-3}
		}
		x, err := flows.Noise(int64(k), 0, 16+k%3, 2)
		if err != nil {
			return nil, err
		}
		defer x.MustFinalizeAll()
		end, err := s.Follow(t.Context(), solver, x, 0, 1, flows.FollowOptions{Times: []float64{0.3, 1}})
		if err != nil {
			return nil, err
		}
		defer end.Finalize()
		return append(float64s(t, end.X), float64s(t, end.Trajectory[0].X)...), nil
	}
	const drawers = 8
	var want [drawers][]float64
	alone := open()
	for k := range drawers {
		var err error
		if want[k], err = draw(alone, k); err != nil {
			t.Fatal(err)
		}
	}
	shared := open()
	var all sync.WaitGroup
	for k := range drawers {
		all.Go(func() {
			for range 3 {
				got, err := draw(shared, k)
				if err != nil {
					t.Errorf("drawer %d: %v", k, err)
					return
				}
				if diff := cmp.Diff(want[k], got); diff != "" {
					t.Errorf("drawer %d gets other numbers than alone:\n%s", k, diff)
				}
			}
		})
	}
	all.Wait()
}

// The same of a diffusion with growth, whose noise is that of each drawer's seed.
func TestConcurrentDiffusions(t *testing.T) {
	model := moving(flows.MLP{Hidden: []int{16}}.Action(), flows.Torus{},
		flows.Dynamics{Diffusion: flows.ConstantDiffusion(0.5), Growth: true})
	model.Action = flows.OnPath(model.Action, model.Path)
	s := sampler(t, model)
	draw := func(seed int64) ([]float64, error) {
		x, err := flows.SourceNoise(model.Path, seed, 0, 16, 2)
		if err != nil {
			return nil, err
		}
		defer x.MustFinalizeAll()
		end, err := s.Follow(t.Context(), solve.StochasticHeun{Steps: 8}, x, 0, 1, flows.FollowOptions{Seed: seed})
		if err != nil {
			return nil, err
		}
		defer end.Finalize()
		numbers := append(float64s(t, end.X), end.LogWeights...)
		return numbers, s.Resample(&end, seed)
	}
	var first [6][]float64
	var all sync.WaitGroup
	for k := range first {
		all.Go(func() {
			var err error
			if first[k], err = draw(int64(k)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for k := range first {
		alone, err := draw(int64(k))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone, first[k]); diff != "" {
			t.Errorf("drawer %d gets other numbers than alone:\n%s", k, diff)
		}
	}
}

// And of likelihoods, each with its seed's probes.
func TestConcurrentLikelihoods(t *testing.T) {
	l := likelihood(t, tiltedTargets[1], flows.LikelihoodOptions{Trace: flows.Hutchinson})
	score := func(seed int64) ([]float64, error) {
		x := noise(t, 9, 0, 12, tiltedTargets[1].dims...)
		defer x.MustFinalizeAll()
		logs, _, err := l.Log(t.Context(), solve.RK4{Steps: 4}, x, flows.LogOptions{Seed: seed})
		return logs, err
	}
	var together [6][]float64
	var all sync.WaitGroup
	for k := range together {
		all.Go(func() {
			var err error
			if together[k], err = score(int64(k)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for k := range together {
		alone, err := score(int64(k))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone, together[k]); diff != "" {
			t.Errorf("seed %d has other likelihoods than alone:\n%s", k, diff)
		}
	}
}

// BenchmarkConcurrentDrawing draws two batches one after the other, and both at once. The ratio of the times is about
// 1.
func BenchmarkConcurrentDrawing(b *testing.B) {
	s := sampler(b, plain(flows.MLP{}.Action(), flows.Linear{}))
	var x [2]*tensors.Tensor
	for i := range x {
		x[i] = noise(b, int64(i), 0, 1024, 2)
	}
	draw := func(i int) {
		y, _, err := s.Sample(b.Context(), solve.Heun{Steps: 20}, x[i])
		if err != nil {
			b.Error(err)
			return
		}
		y.MustFinalizeAll()
	}
	draw(0)
	var apart, together time.Duration
	for b.Loop() {
		start := time.Now()
		draw(0)
		draw(1)
		apart += time.Since(start)
		start = time.Now()
		var both sync.WaitGroup
		both.Go(func() { draw(0) })
		both.Go(func() { draw(1) })
		both.Wait()
		together += time.Since(start)
	}
	b.ReportMetric(together.Seconds()/apart.Seconds(), "together/apart")
}

// A sampler that is finalized while others draw lets them end, and refuses whoever comes later.
func TestFinalizeWaits(t *testing.T) {
	backend := testBackend(t)
	vars := mlcontext.New()
	model := flows.Model{Action: flows.MLP{Hidden: []int{8}}.Action(), Path: flows.Linear{},
		Objective: flows.ActionMatching{}}
	sampler, err := flows.NewSampler(backend, vars, model)
	if err != nil {
		t.Fatal(err)
	}
	x, err := flows.Noise(1, 0, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	inside, finalized := make(chan struct{}), make(chan struct{})
	var once sync.Once
	slow := flows.FollowOptions{OnStep: func(float64, *tensors.Tensor) error {
		once.Do(func() { close(inside) })
		select {
		case <-finalized:
			t.Error("it was finalized in the middle of a drawing")
		case <-time.After(time.Millisecond):
		}
		return nil
	}}
	go func() {
		<-inside
		sampler.Finalize()
		sampler.Finalize() // does nothing
		close(finalized)
	}()
	end, err := sampler.Follow(t.Context(), solve.Heun{Steps: 50}, x, 0, 1, slow)
	if err != nil {
		t.Fatal(err)
	}
	end.Finalize()
	<-finalized
	if _, err := sampler.Velocity(0, x); !errors.Is(err, flows.ErrFinalized) {
		t.Errorf("a velocity afterwards: %v", err)
	}
	if _, _, err := sampler.Sample(t.Context(), solve.Heun{Steps: 2}, x); !errors.Is(err, flows.ErrFinalized) {
		t.Errorf("a sample afterwards: %v", err)
	}
}
