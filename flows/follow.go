package flows

import (
	"context"
	"fmt"

	"github.com/amgen/amgen/flows/internal/host"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// FollowOptions say how particles are followed. The zero value is right for dynamics that don't diffuse.
type FollowOptions struct {
	// Seed and First choose the noise of a diffusion: example i of the batch moves by that of number First + i of
	// the seed, the same in any batch and refined by more steps, see [solve.Brownian].
	Seed  int64
	First int

	// Times are where states are kept, in the order that they are passed in. They don't change the steps.
	Times []float64

	// Condition is what the model sees beside x, [batch, ..., channels], where the path has a condition.
	Condition *tensors.Tensor

	// Classes are the classes of the examples, [batch], of a model that has some: from 0 on, or [NoClass]. nil is
	// NoClass for all.
	Classes []int32

	// Guidance towards these classes. An evaluation with guidance is one in solve.Report, though it takes the network
	// twice the examples.
	Guidance Guidance

	// OnStep, unless nil, sees the state at the start and after each accepted step, during the call only. An error
	// stops the integration and is returned.
	OnStep func(t float64, x *tensors.Tensor) error
}

// Particles are what [Sampler.Follow] arrives at.
type Particles struct {
	// X are the states, [batch, ...].
	X *tensors.Tensor

	// LogWeights are log ω of each example, 0 at the start; nil for dynamics without growth. Averages over the
	// distribution at the end are those over examples weighted by ω.
	LogWeights []float64

	// Trajectory has the states at FollowOptions.Times.
	Trajectory []State

	// Report counts steps and evaluations, those of an integration that failed too.
	Report solve.Report
}

// State is where particles are at one time: X and LogWeights as in [Particles].
type State struct {
	T          float64
	X          *tensors.Tensor
	LogWeights []float64
}

// Finalize frees the tensors.
func (p *Particles) Finalize() {
	for _, state := range p.Trajectory {
		state.X.MustFinalizeAll()
	}
	if p.X != nil {
		p.X.MustFinalizeAll()
	}
}

// Follow moves x along the dynamics from t0 to t1: by a stochastic solver where they diffuse, with log-weights where
// they grow. x is left as it is.
//
// Dynamics that diffuse refuse a solver without noise, for the drift alone has other marginals, and a t1 before t0. See
// also [CheckSolver].
// When ctx is done it stops before the next step, with an error that wraps ctx.Err() and [context.Cause].
func (s *Sampler) Follow(ctx context.Context, solver solve.Solver, x *tensors.Tensor, t0, t1 float64,
	options FollowOptions) (Particles, error) {
	var out Particles
	if x.Rank() < 2 || !x.DType().IsFloat() {
		return out, fmt.Errorf("flows: cannot sample from a state of shape %s; give floats, [batch, dim] or "+
			"[batch, height, width, channels]", x.Shape())
	}
	if err := checkSolver(solver, s.model.Path.Name(), s.schedule, s.dynamics); err != nil {
		return out, err
	}
	leave, ok := s.gate.Enter()
	if !ok {
		return out, ErrFinalized
	}
	defer leave()
	told, err := s.model.tell(x.Shape().Dimensions[0], options.Classes, options.Guidance)
	if err != nil {
		return out, err
	}
	defer told.finalize()
	start := particles{x: x}
	if s.dynamics.Growth {
		if start.number, err = zeroNumbers(x); err != nil {
			return out, err
		}
		defer s.space.numbers.Release(start.number)
	}
	problem := solve.Problem[particles]{
		Space: s.space, Times: options.Times, Schedule: s.schedule, Jumps: told.guidance.jumps(),
		Field: func(t float64, p particles) (particles, error) { return s.tangent(t, p, told, options.Condition) },
		OnTime: func(t float64, p particles) error {
			state, err := s.state(t, p)
			if err == nil {
				out.Trajectory = append(out.Trajectory, state)
			}
			return err
		},
	}
	if options.OnStep != nil {
		problem.OnStep = func(t float64, p particles) error { return options.OnStep(t, p.x) }
	}
	if problem.Noise, err = s.noise(x, options); err != nil {
		return out, err
	}
	end, report, err := solve.Integrate(ctx, problem, solver, start, t0, t1)
	out.Report = report
	if err == nil {
		out.X = end.x
		out.LogWeights, err = logWeights(end)
		s.space.numbers.Release(end.number)
	}
	if err != nil {
		out.Finalize()
		return Particles{Report: report}, err
	}
	return out, nil
}

// state is a copy of particles at t.
func (s *Sampler) state(t float64, p particles) (State, error) {
	x, err := s.space.points.Advance(p.x, nil, nil)
	if err != nil {
		return State{}, err
	}
	weights, err := logWeights(p)
	if err != nil {
		s.space.Release(particles{x: x})
		return State{}, err
	}
	return State{T: t, X: x, LogWeights: weights}, nil
}

func logWeights(p particles) ([]float64, error) {
	if p.number == nil {
		return nil, nil
	}
	return host.Numbers(p.number)
}

// noise is the diffusion's, nil without one, for a batch like x.
func (s *Sampler) noise(x *tensors.Tensor, options FollowOptions) (*solve.Noise[particles], error) {
	if s.dynamics.Diffusion == nil {
		return nil, nil
	}
	dims := x.Shape().Dimensions
	path, err := solve.NewBrownian(options.Seed, options.First, dims[0], x.Size()/dims[0])
	if err != nil {
		return nil, err
	}
	return &solve.Noise[particles]{
		Scale: func(t float64) (float64, error) { return s.sigma(x.DType(), t) },
		Increment: func(t0, t1 float64) (particles, error) {
			increment, err := path.Increment(t0, t1)
			if err != nil {
				return particles{}, err
			}
			tensor, err := host.Tensor(x.DType(), increment, dims...)
			return particles{x: tensor}, err
		},
	}, nil
}

// sigma is σ(t).
func (s *Sampler) sigma(dtype dtypes.DType, t float64) (float64, error) {
	time, err := host.Vector(dtype, []float64{t})
	if err != nil {
		return 0, err
	}
	defer time.MustFinalizeAll()
	out, err := s.scale.Exec(time)
	if err != nil {
		return 0, fmt.Errorf("flows: σ at t=%.6g: %w", t, err)
	}
	defer out[0].MustFinalizeAll()
	if out[0].Size() != 1 {
		return 0, fmt.Errorf("flows: σ at t=%.6g has shape %s; build one number for each time", t, out[0].Shape())
	}
	return host.Scalar(out[0])
}
