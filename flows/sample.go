package flows

import (
	"fmt"

	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
)

// Report tells what an integration took, see [solve.Report].
type Report = solve.Report

// Sample follows dx/dt = ∇ₓs(t, x), or the drift of other dynamics, from noise at t = 0 to samples at t = 1, both
// [batch, ...].
//
// ctx holds the model's variables, raw or averaged ([EMAContext]); path decides the space that the state lives in.
// The noise is left as it is. To sample more than once, make a [Sampler]: it compiles once.
func Sample(backend backends.Backend, ctx *context.Context, model Action, path Path, solver solve.Solver,
	noise *tensors.Tensor, options ...SamplerOption) (*tensors.Tensor, Report, error) {
	sampler, err := NewSampler(backend, ctx, model, path, options...)
	if err != nil {
		return nil, Report{}, err
	}
	defer sampler.Finalize()
	return sampler.Sample(solver, noise)
}

// SamplerOption changes what a [Sampler] follows.
type SamplerOption func(*Sampler)

// WithDynamics makes the sampler follow the drift ∇c*(∇ₓs) of the dynamics that the action was trained for.
func WithDynamics(d Dynamics) SamplerOption { return func(s *Sampler) { s.dynamics = d } }

// Sampler samples many times from one model with what is compiled once for each shape. Changes of the variables'
// values in its context count from the next sample on. It is not safe for concurrent use.
type Sampler struct {
	space    *TensorSpace
	velocity *context.Exec
	dynamics Dynamics

	// OnStep, if set, sees the state at t = 0 and after each accepted step, during the call only. An error stops
	// the integration and is returned.
	OnStep func(t float64, x *tensors.Tensor) error
}

// NewSampler returns a sampler of the model on the path, with the variables in ctx.
func NewSampler(backend backends.Backend, ctx *context.Context, model Action, _ Path, options ...SamplerOption) (*Sampler, error) {
	space, err := NewTensorSpace(backend) // every path so far is flat
	if err != nil {
		return nil, err
	}
	s := &Sampler{space: space}
	for _, option := range options {
		option(s)
	}
	velocity, err := context.NewExec(backend, forModel(ctx), func(ctx *context.Context, t, x *Node) *Node {
		return s.dynamics.drift(model.gradient(ctx, t, x))
	})
	if err != nil {
		return nil, err
	}
	s.velocity = velocity.WithName("flows.velocity").SetMaxCache(-1)
	return s, nil
}

// gradient builds ∇ₓs(t, x), [batch, ...], for one t, [1].
func (model Action) gradient(ctx *context.Context, t, x *Node) *Node {
	checkData(x)
	x = variable(x)
	s := model.potential(ctx, BroadcastToDims(Reshape(t), batchSize(x)), x)
	return Gradient(ReduceAllSum(s), x)[0]
}

// Velocity returns the drift at (t, x), ∇ₓs unless the dynamics has another cost, of the shape of x, [batch, ...].
func (s *Sampler) Velocity(t float64, x *tensors.Tensor) (*tensors.Tensor, error) {
	time, err := vectorOf(x.DType(), []float64{t})
	if err != nil {
		return nil, err
	}
	defer time.MustFinalizeAll()
	out, err := s.velocity.Exec(time, x)
	if err != nil {
		return nil, fmt.Errorf("flows: ∇s at t=%.6g: %w", t, err)
	}
	return out[0], nil
}

// Sample integrates from noise at t = 0 to samples at t = 1, see [Sample].
//
// With fixed steps an example follows the same curve in any batch. An adaptive solver takes the steps that the
// worst example of the batch needs, so each meets the tolerance, but the curves depend on the batch within it.
func (s *Sampler) Sample(solver solve.Solver, noise *tensors.Tensor) (*tensors.Tensor, Report, error) {
	return s.Integrate(solver, noise, 0, 1)
}

// Integrate follows the flow from x at t0 to t1, in either direction.
func (s *Sampler) Integrate(solver solve.Solver, x *tensors.Tensor, t0, t1 float64) (*tensors.Tensor, Report, error) {
	if x.Rank() < 2 || !x.DType().IsFloat() {
		return nil, Report{}, fmt.Errorf("flows: cannot sample from a state of shape %s; give floats, [batch, dim] or "+
			"[batch, height, width, channels]", x.Shape())
	}
	problem := solve.Problem[*tensors.Tensor]{Space: s.space, Field: s.Velocity, OnStep: s.OnStep}
	return solve.Integrate(problem, solver, x, t0, t1)
}

// Finalize frees what was compiled. The sampler is of no use afterwards.
func (s *Sampler) Finalize() {
	s.space.Finalize()
	s.velocity.Finalize()
}
