package flows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
)

var errLeft = errors.New("the client has left")

// wrapsBoth checks the error of what a context stopped.
func wrapsBoth(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) || !errors.Is(err, errLeft) {
		t.Errorf("%s: error %v, want one that wraps %v and %v", what, err, context.Canceled, errLeft)
	}
}

// A context that ends stops training after the step that is under way, whose result stays; another Run goes on with the
// bits of training that was never stopped.
func TestContextStopsTraining(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newSmall(t, mlcontext.New(), flows.TrainerConfig{Seed: 1, OnStep: func(step flows.Step) error {
		if step.Step == 3 {
			cancel(errLeft)
		}
		return nil
	}})
	wrapsBoth(t, "training", s.trainer.Run(ctx, s.data, 10))
	if s.trainer.Step() != 3 {
		t.Fatalf("stopped at step %d, want 3", s.trainer.Step())
	}
	s.run(t, 2)
	whole := newSmall(t, mlcontext.New(), flows.TrainerConfig{Seed: 1})
	whole.run(t, 5)
	if diff := cmp.Diff(whole.losses(), s.losses()); diff != "" {
		t.Errorf("after the stop training goes on otherwise:\n%s", diff)
	}
}

// A context that ends stops sampling and likelihoods before their next step, and the sampler is good for the next
// caller.
func TestContextStopsSampling(t *testing.T) {
	s, x := sampler(t, plain(quadratic, flows.Linear{})), noise(t, 1, 0, 4, 2)
	steps := 0
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := s.Follow(ctx, solve.Heun{}, x, 0, 1, flows.FollowOptions{OnStep: func(float64, *tensors.Tensor) error {
		if steps++; steps == 3 {
			cancel(errLeft)
		}
		return nil
	}})
	wrapsBoth(t, "sampling", err)
	if steps != 3 {
		t.Errorf("%d states shown, want 3", steps)
	}
	if _, _, err := s.Sample(t.Context(), solve.Heun{}, x); err != nil {
		t.Errorf("after one that was stopped: %v", err)
	}
	x = noise(t, 1, 0, 4, 2) // the one before is on the sampler's backend
	backend := testBackend(t)
	_, _, err = flows.Sample(ctx, backend, mlcontext.New(), plain(quadratic, flows.Linear{}), solve.Heun{}, x)
	wrapsBoth(t, "Sample", err)
	_, _, err = flows.LogLikelihood(ctx, backend, mlcontext.New(), plain(quadratic, flows.Linear{}), solve.Heun{}, x,
		flows.LikelihoodOptions{})
	wrapsBoth(t, "LogLikelihood", err)
}
