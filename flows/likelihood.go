package flows

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/amgen/amgen/flows/internal/host"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// LogLikelihood returns log q(x), in nats, of each example of x, [batch, ...], under the distribution that the flow
// takes N(0, I) to at t = 1: it follows d/dt log q(x_t) = −∇·v, which is −Δₓs for a quadratic cost, from x at t = 1
// back to t = 0.
//
// To do more than one batch, make a [Likelihood]. Its errors are those of [NewLikelihood] and [Likelihood.Log].
func LogLikelihood(ctx context.Context, backend backends.Backend, vars *mlcontext.Context, model Model,
	solver solve.Solver, x *tensors.Tensor, options LikelihoodOptions) ([]float64, solve.Report, error) {
	l, err := NewLikelihood(backend, vars, model, options)
	if err != nil {
		return nil, solve.Report{}, err
	}
	defer l.Finalize()
	return l.Log(ctx, solver, x, LogOptions{})
}

// Trace is a way to compute the divergence of the drift.
type Trace int

// Traces.
const (
	// AutoTrace is ExactTrace for points of up to 12 dimensions, else Hutchinson.
	AutoTrace Trace = iota

	// ExactTrace takes one reverse pass a dimension: for points, not for images.
	ExactTrace

	// Hutchinson averages v·J v over probes v, which stay the same along one integration: its field is as smooth as
	// the exact one, and the log-likelihood that comes of it is without bias. Grathwohl et al. 2019, FFJORD.
	Hutchinson
)

// LikelihoodOptions say how a [Likelihood] is computed. The zero value has the defaults.
type LikelihoodOptions struct {
	Trace  Trace // default AutoTrace
	Probe  Probe // of Hutchinson's estimate; default Rademacher
	Probes int   // of Hutchinson's estimate, for each example; 0 is 1
}

// NormalSource is implemented by a [Path] that may start from N(0, I), as the likelihood has to assume.
type NormalSource interface {
	NormalSource() bool
}

// NormalSource implements [NormalSource].
func (Linear) NormalSource() bool { return true }

// NormalSource implements [NormalSource].
func (Trig) NormalSource() bool { return true }

// NormalSource implements [NormalSource]: but for the share of the data that is left at t = 0.
func (VP) NormalSource() bool { return true }

// Likelihood computes log-likelihoods of many batches with what is compiled once for each shape.
//
// It is safe for concurrent use, like a [Sampler].
type Likelihood struct {
	space    particleSpace
	law      *evaluator
	dynamics Dynamics
	model    Model
	options  LikelihoodOptions
}

// NewLikelihood returns the likelihood of the model with the variables in vars. An objective whose motion diffuses or
// grows, and a path that doesn't start from N(0, I), are errors with the reason.
func NewLikelihood(backend backends.Backend, vars *mlcontext.Context, model Model,
	options LikelihoodOptions) (*Likelihood, error) {
	if err := model.check(); err != nil {
		return nil, err
	}
	l := &Likelihood{options: options, dynamics: model.Objective.Motion(), model: model}
	if err := l.check(model.Path); err != nil {
		return nil, err
	}
	var err error
	if l.space, err = newParticleSpace(backend, model.Path); err != nil {
		return nil, err
	}
	law := func(vars *mlcontext.Context, inputs []*Node) []*Node { return l.lawGraph(vars, inputs) }
	l.law, err = newEvaluator(backend, vars, "flows.likelihood", law)
	return l, err
}

func (l *Likelihood) check(path Path) error {
	switch o := l.options; {
	case o.Trace < AutoTrace || o.Trace > Hutchinson:
		return fmt.Errorf("flows: unknown trace %d; use AutoTrace, ExactTrace or Hutchinson", int(o.Trace))
	case o.Probes < 0:
		return fmt.Errorf("flows: Hutchinson's estimate from %d probes; give at least 1", o.Probes)
	case o.Probes > 0 && o.Trace == ExactTrace:
		return fmt.Errorf("flows: an exact trace has no probes, got %d; leave them out, or use Hutchinson", o.Probes)
	}
	l.options.Probes = max(l.options.Probes, 1)
	return CheckLikelihood(path, l.dynamics)
}

// CheckLikelihood returns an error, with the reason, where what moves along the path by the dynamics has no likelihood
// that a [Likelihood] computes.
func CheckLikelihood(path Path, dynamics Dynamics) error {
	source, ok := path.(NormalSource)
	switch {
	case periodOf(path) != 0:
		return errors.New("flows: no likelihood on a circular path, whose source isn't N(0, I); take a flat one")
	case !ok || !source.NormalSource():
		return fmt.Errorf("flows: no likelihood on path %s, for it doesn't start from N(0, I); take linear, trig or vp",
			path.Name())
	case dynamics.Diffusion != nil:
		return errors.New("flows: no likelihood of dynamics that diffuse: log q along them needs ∇log q_t, which the " +
			"action doesn't tell apart; train by am")
	case dynamics.Growth:
		return errors.New("flows: no likelihood of dynamics that grow: their samples are weighted, and log q along " +
			"them depends on where mass was born; train by am")
	}
	return nil
}

// lawGraph builds the drift v, [batch, ...], and ∇·v an element, [batch, 1], from the inputs of [Model.asked], and the
// probes, [probes, batch, ...], where they are used. A divergence an element is of one size for points and images, so
// that one tolerance suits both.
func (l *Likelihood) lawGraph(vars *mlcontext.Context, inputs []*Node) []*Node {
	action, t, x, rest := l.model.asked(inputs)
	checkData(x)
	x = variable(x)
	drift, _ := l.dynamics.velocity(vars, action, t, x)
	var trace *Node // [batch]
	if len(rest) == 0 {
		trace = ExactLaplacian(drift, x)
	} else {
		trace = probedTrace(drift, x, rest[0])
	}
	size := x.Shape().Size() / batchSize(x)
	return []*Node{drift, Reshape(DivScalar(trace, float64(size)), batchSize(x), 1)}
}

// probedTrace is the mean over probes v of v·Jv, [batch], of drift's Jacobian J; probes is [probes, batch, ...].
func probedTrace(drift, x, probes *Node) *Node {
	count := probes.Shape().Dimensions[0]
	var sum *Node
	for i := range count {
		v := Reshape(Slice(probes, AxisElem(i)), x.Shape().Dimensions...)
		estimate := sumExample(Mul(Gradient(ReduceAllSum(Mul(drift, v)), x)[0], v))
		if sum == nil {
			sum = estimate
		} else {
			sum = Add(sum, estimate)
		}
	}
	return DivScalar(sum, float64(count))
}

// LogOptions are what [Likelihood.Log] may be told. The zero value has seed 0.
type LogOptions struct {
	// Seed and First choose the probes: example i of the batch has those of number First + i of the seed, the same in
	// any batch.
	Seed  int64
	First int

	// Classes are the classes of the examples, [batch], of a model that has some, whose log q(x | class) it then is;
	// nil, or [NoClass] of one, is log q(x) of the null label. Guidance is as in [FollowOptions]: log q is that of the
	// samples which it makes.
	Classes  []int32
	Guidance Guidance

	// OnStep, unless nil, sees the time at the start and after each accepted step, from 1 to 0. An error stops the
	// integration and is returned.
	OnStep func(t float64) error
}

// Log returns log q(x), in nats, of each example of x, [batch, ...]. A state that is not floats of [batch, ...], one
// that the model doesn't take, and a solution that does not stay finite or does not converge ([solve.Integrate]) are
// errors. When ctx is done it stops before the next step, with an error that wraps ctx.Err() and [context.Cause].
func (l *Likelihood) Log(ctx context.Context, solver solve.Solver, x *tensors.Tensor, options LogOptions) ([]float64,
	solve.Report, error) {
	if x.Rank() < 2 || !x.DType().IsFloat() {
		return nil, solve.Report{}, fmt.Errorf(
			"flows: no likelihood of a state of shape %s; give floats, [batch, dim] "+
				"or [batch, height, width, channels]", x.Shape())
	}
	size := x.Size() / x.Shape().Dimensions[0]
	told, err := l.model.tell(x.Shape().Dimensions[0], options.Classes, options.Guidance)
	if err != nil {
		return nil, solve.Report{}, err
	}
	defer told.finalize()
	probes, err := l.probes(x, options)
	if err != nil {
		return nil, solve.Report{}, err
	}
	defer l.space.numbers.Release(probes)
	start := particles{x: x}
	if start.number, err = zeroNumbers(x); err != nil {
		return nil, solve.Report{}, err
	}
	defer l.space.numbers.Release(start.number)
	problem := solve.Problem[particles]{Space: l.space, Jumps: told.guidance.jumps(),
		Field: func(t float64, p particles) (particles, error) { return l.tangent(t, p, told, probes) }}
	if options.OnStep != nil {
		problem.OnStep = func(t float64, _ particles) error { return options.OnStep(t) }
	}
	end, report, err := solve.Integrate(ctx, problem, solver, start, 1, 0)
	if err != nil {
		return nil, report, err
	}
	defer l.space.Release(end)
	points, err := host.Numbers(end.x)
	if err != nil {
		return nil, report, err
	}
	numbers, err := host.Numbers(end.number)
	for i := range numbers {
		numbers[i] = logNormal(points[i*size:(i+1)*size]) + float64(size)*numbers[i]
	}
	return numbers, report, err
}

// logNormal is log N(x; 0, I).
func logNormal(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v*v + math.Log(2*math.Pi)
	}
	return -sum / 2
}

func (l *Likelihood) tangent(t float64, p particles, told told, probes *tensors.Tensor) (particles, error) {
	inputs, err := told.inputs(t, p.x)
	if err != nil {
		return particles{}, err
	}
	defer inputs[0].MustFinalizeAll()
	if probes != nil {
		inputs = append(inputs, probes)
	}
	out, err := l.law.exec(inputs)
	if err != nil {
		return particles{}, fmt.Errorf("flows: divergence at t=%.6g: %w", t, err)
	}
	return particles{out[0], out[1]}, nil
}

// probes draws the probes for a batch like x, [probes, batch, ...]; nil where the trace is exact.
func (l *Likelihood) probes(x *tensors.Tensor, options LogOptions) (*tensors.Tensor, error) {
	dims := x.Shape().Dimensions
	batch, size := dims[0], x.Size()/dims[0]
	if l.options.Trace == ExactTrace || l.options.Trace == AutoTrace && size <= exactDims {
		return nil, nil
	}
	count := l.options.Probes
	flat := make([]float64, count*batch*size)
	for k := range batch {
		rng := Generator(probeStream, options.Seed, uint64(options.First+k))
		for p := range count {
			l.options.Probe.fill(rng, flat[(p*batch+k)*size:][:size])
		}
	}
	return host.Tensor(x.DType(), flat, append([]int{count}, dims...)...)
}

// Finalize frees what was compiled. The likelihood is of no use afterwards, and nobody may be using it.
func (l *Likelihood) Finalize() {
	l.space.Finalize()
	l.law.finalize()
}

// BitsPerDimension turns log q(x), in nats, of images dequantised as x = (k + u)/128 − 1, u ~ U[0, 1), into bits for
// each of their dims numbers: −log q/(dims ln 2) + 7. Its mean over u bounds the bits of the discrete k from above.
// Theis, van den Oord, Bethge 2016, A note on the evaluation of generative models.
func BitsPerDimension(logLikelihood float64, dims int) float64 {
	return -logLikelihood/(float64(dims)*math.Ln2) + 7
}
