package flows

import (
	"context"
	"errors"
	"fmt"

	"github.com/amgen/amgen/flows/internal/gate"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Sample follows the model's motion, dx/dt = ∇ₓs(t, x) for plain Action Matching, from noise at t = 0 to samples at
// t = 1, both [batch, ...].
//
// vars holds the model's variables, raw or averaged ([EMAContext]). The noise is left as it is. To sample more than
// once, or by a motion that diffuses or grows, make a [Sampler].
func Sample(ctx context.Context, backend backends.Backend, vars *mlcontext.Context, model Model, solver solve.Solver,
	noise *tensors.Tensor) (*tensors.Tensor, solve.Report, error) {
	sampler, err := NewSampler(backend, vars, model)
	if err != nil {
		return nil, solve.Report{}, err
	}
	defer sampler.Finalize()
	return sampler.Sample(ctx, solver, noise)
}

// Sampler samples many times from one model with what is compiled once for each shape.
//
// It is safe for concurrent use: several goroutines may draw from one sampler at once, and each gets the bits that it
// would get alone. They take turns at the model, of which one evaluation uses all cores. Changes of the variables'
// values in its context count from the next sample on, and must not be made while anybody samples.
type Sampler struct {
	space    particleSpace
	law      *evaluator // drift and, with growth, s
	scale    *Exec      // σ
	gather   *Exec
	dynamics Dynamics
	schedule solve.Schedule // of the path, nil without one
	model    Model
	gate     gate.Gate // open until Finalize
}

// ErrFinalized is the error of a [Sampler] that was finalized before it was asked.
var ErrFinalized = errors.New("flows: the sampler is finalized: its run was closed; draw before that")

// NewSampler returns a sampler of the model with the variables in vars. Its error says that the space of the model's
// path can't be made on the backend. A panic in the model is returned as an error by the first evaluation.
func NewSampler(backend backends.Backend, vars *mlcontext.Context, model Model) (*Sampler, error) {
	if err := model.check(); err != nil {
		return nil, err
	}
	s := &Sampler{dynamics: model.Objective.Motion(), model: model, schedule: scheduleOf(model.Path)}
	var err error
	if s.space, err = newParticleSpace(backend, model.Path); err != nil {
		return nil, err
	}
	law := func(vars *mlcontext.Context, inputs []*Node) []*Node {
		return s.dynamics.law(vars, model, inputs)
	}
	if s.law, err = newEvaluator(backend, vars, "flows.law", law); err != nil {
		return nil, err
	}
	if s.scale, err = NewExec(backend, func(t *Node) *Node { return s.dynamics.Diffusion(t) }); err != nil {
		return nil, err
	}
	if s.gather, err = NewExec(backend, func(x, indices *Node) *Node { return Gather(x, indices) }); err != nil {
		return nil, err
	}
	s.gather.SetMaxCache(-1)
	return s, nil
}

// law builds the drift, [batch, ...], and with growth also its rate, [batch, 1], from the inputs of [Model.asked] and
// the path's condition if there is one.
func (d Dynamics) law(vars *mlcontext.Context, model Model, inputs []*Node) []*Node {
	action, t, x, rest := model.asked(inputs)
	checkData(x)
	x = variable(x)
	if len(rest) > 0 {
		action = action.given(rest[0])
	}
	drift, s := d.velocity(vars, action, t, x)
	if !d.Growth {
		return []*Node{drift}
	}
	return []*Node{drift, Reshape(d.rate(s), batchSize(x), 1)}
}

// velocity builds the drift, [batch, ...], and s, [batch], nil where the model is a vector field, at one t, [1], and x.
func (d Dynamics) velocity(vars *mlcontext.Context, model Action, t, x *Node) (drift, s *Node) {
	t = BroadcastToDims(Reshape(t), batchSize(x))
	if d.read != nil {
		return d.read(vars, model, t, x), nil
	}
	s = model.potential(vars, t, x)
	return d.drift(Gradient(ReduceAllSum(s), x)[0]), s
}

// Velocity returns the drift at (t, x), ∇ₓs unless the dynamics has another cost, of the shape of x, [batch, ...]. A
// model that doesn't take the shape is an error. A model with classes is told the null label.
func (s *Sampler) Velocity(t float64, x *tensors.Tensor) (*tensors.Tensor, error) {
	return s.ClassVelocity(t, x, nil, Guidance{})
}

// ClassVelocity is [Sampler.Velocity] of examples of the given classes, [batch], with guidance towards them. nil is the
// null label for all.
func (s *Sampler) ClassVelocity(t float64, x *tensors.Tensor, classes []int32, guidance Guidance) (*tensors.Tensor,
	error) {
	if x.Rank() < 2 {
		return nil, fmt.Errorf("flows: no velocity of a state of shape %s; give a batch, [batch, ...]", x.Shape())
	}
	leave, ok := s.gate.Enter()
	if !ok {
		return nil, ErrFinalized
	}
	defer leave()
	told, err := s.model.tell(x.Shape().Dimensions[0], classes, guidance)
	if err != nil {
		return nil, err
	}
	defer told.finalize()
	tangent, err := s.tangent(t, particles{x: x}, told, nil)
	if err != nil {
		return nil, err
	}
	s.space.numbers.Release(tangent.number)
	return tangent.x, nil
}

// tangent is the drift at particles and, with growth, the rate of their log-weights.
func (s *Sampler) tangent(t float64, p particles, told told, condition *tensors.Tensor) (particles, error) {
	inputs, err := told.inputs(t, p.x)
	if err != nil {
		return particles{}, err
	}
	defer inputs[0].MustFinalizeAll()
	if condition != nil {
		inputs = append(inputs, condition)
	}
	out, err := s.law.exec(inputs)
	if err != nil {
		return particles{}, fmt.Errorf("flows: ∇s at t=%.6g: %w", t, err)
	}
	tangent := particles{x: out[0]}
	if s.dynamics.Growth {
		tangent.number = out[1]
	}
	return tangent, nil
}

// Sample integrates from noise at t = 0 to samples at t = 1, see [Sample].
//
// With fixed steps an example follows the same curve in any batch. An adaptive solver takes the steps that the
// worst example of the batch needs, so each meets the tolerance, but the curves depend on the batch within it.
func (s *Sampler) Sample(ctx context.Context, solver solve.Solver, noise *tensors.Tensor) (*tensors.Tensor,
	solve.Report, error) {
	return s.Integrate(ctx, solver, noise, 0, 1)
}

// Integrate follows the flow from x at t0 to t1, in either direction. Dynamics that diffuse or grow are an error (use
// [Sampler.Follow]), and so is what [solve.Integrate] refuses. When ctx is done it stops before the next step.
func (s *Sampler) Integrate(ctx context.Context, solver solve.Solver, x *tensors.Tensor,
	t0, t1 float64) (*tensors.Tensor, solve.Report, error) {
	if s.dynamics.Diffusion != nil || s.dynamics.Growth {
		return nil, solve.Report{}, errors.New("flows: a sample alone of dynamics that diffuse needs a seed, and of " +
			"dynamics that grow lacks its weights; use Sampler.Follow")
	}
	p, err := s.Follow(ctx, solver, x, t0, t1, FollowOptions{})
	if err != nil {
		return nil, p.Report, err
	}
	return p.X, p.Report, nil
}

// Finalize waits for those who are sampling, and frees what was compiled. Who samples afterwards gets [ErrFinalized].
func (s *Sampler) Finalize() {
	if !s.gate.Close() {
		return
	}
	s.space.Finalize()
	s.law.finalize()
	s.scale.Finalize()
	s.gather.Finalize()
}
