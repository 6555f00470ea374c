package solve_test

import (
	"context"
	"errors"
	"testing"

	"github.com/amgen/amgen/flows/solve"
)

// A context that ends stops any solver before its next step: the error tells both that and why, and nothing is kept.
func TestContextStops(t *testing.T) {
	reason := errors.New("the client has left")
	for _, name := range solve.Names() {
		solver, err := solve.ByName(name, solve.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		shown := 0
		p := solve.Problem[[]float64]{Space: solve.Vectors{}, Schedule: linear,
			Field: func(_ float64, x []float64) ([]float64, error) { return []float64{-x[0]}, nil },
			OnStep: func(float64, []float64) error {
				if shown++; shown == 2 {
					cancel(reason)
				}
				return nil
			}}
		if solve.IsStochastic(solver) {
			p.Noise = &solve.Noise[[]float64]{Increment: brownian(t, 1, 0, 1, 1).Increment,
				Scale: func(float64) (float64, error) { return 1, nil }}
		}
		x, report, err := solve.Integrate(ctx, p, solver, []float64{1}, 0, 1)
		if !errors.Is(err, reason) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want one that wraps %v and %v", name, err, reason, context.Canceled)
		}
		if x != nil || shown != 2 || report.Accepted != 1 {
			t.Errorf("%s: state %v, %d shown, %d steps; want none, 2 and 1", name, x, shown, report.Accepted)
		}
	}
}

// Without a step to make there is nothing to stop, and before the first one nothing is evaluated.
func TestContextDoneBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: func(float64, []float64) ([]float64, error) {
		t.Error("evaluated")
		return []float64{0}, nil
	}}
	if _, _, err := solve.Integrate(ctx, p, solve.Euler{}, []float64{1}, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// The zero value of each solver is one with its defaults.
func TestZeroSolvers(t *testing.T) {
	for _, zero := range []solve.Solver{solve.Euler{}, solve.Midpoint{}, solve.Heun{}, solve.RK4{}, solve.Dopri5{},
		solve.AB2{}, solve.AB3{}, solve.DPMSolver2M{}, solve.EulerMaruyama{}, solve.StochasticHeun{}} {
		want, err := solve.ByName(zero.Name(), solve.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		a, err := zero.Controller()
		if err != nil {
			t.Fatal(err)
		}
		b, err := want.Controller()
		if err != nil {
			t.Fatal(err)
		}
		ra, aa, _ := a.Tolerance()
		rb, ab, _ := b.Tolerance()
		guess := func() (float64, error) { return 0.5, nil }
		ha, _ := a.Start(0, 1, guess)
		hb, _ := b.Start(0, 1, guess)
		if ra != rb || aa != ab || ha != hb {
			t.Errorf("%s: tolerances %g and %g, first step %g; want %g, %g and %g", zero.Name(), ra, aa, ha, rb, ab, hb)
		}
	}
}
