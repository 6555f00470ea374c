package flows

import (
	"errors"
	"fmt"
	"math"

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
// The options are [ExactTrace] or [Hutchinson], for the divergence (points of up to 12 dimensions have the exact one
// by default, others one Rademacher probe, of seed 0), and [Dynamics]. To do more than one batch, make a [Likelihood].
// Its errors are those of [NewLikelihood] and [Likelihood.Log].
func LogLikelihood(backend backends.Backend, vars *mlcontext.Context, model Action, path Path, solver solve.Solver,
	x *tensors.Tensor, options ...LikelihoodOption) ([]float64, Report, error) {
	l, err := NewLikelihood(backend, vars, model, path, options...)
	if err != nil {
		return nil, Report{}, err
	}
	defer l.Finalize()
	return l.Log(solver, x, 0, 0)
}

// LikelihoodOption changes how a [Likelihood] is computed.
type LikelihoodOption interface{ setLikelihood(*Likelihood) }

// ExactTrace takes the divergence exactly, by one reverse pass a dimension: for points, not for images.
type ExactTrace struct{}

// Hutchinson estimates the divergence by v·J v averaged over probes v, which stay the same along one integration: its
// field is as smooth as the exact one, and the log-likelihood that comes of it is without bias.
// Grathwohl et al. 2019, FFJORD.
type Hutchinson struct {
	Probe  Probe // default Rademacher
	Probes int   // for each example; default 1
}

func (ExactTrace) setLikelihood(l *Likelihood)   { l.exact, l.chosen = true, true }
func (h Hutchinson) setLikelihood(l *Likelihood) { l.hutchinson, l.exact, l.chosen = h, false, true }
func (d Dynamics) setLikelihood(l *Likelihood)   { l.dynamics = d }

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

// Likelihood computes log-likelihoods of many batches with what is compiled once for each shape. It is not safe for
// concurrent use.
type Likelihood struct {
	space      particleSpace
	law        *mlcontext.Exec
	dynamics   Dynamics
	hutchinson Hutchinson
	exact      bool
	chosen     bool // one of both, by an option

	// OnStep, if set, sees the time after each accepted step, from 1 to 0. An error stops and is returned.
	OnStep func(t float64) error
}

// NewLikelihood returns the likelihood of the model on the path, with the variables in vars. Dynamics that diffuse or
// grow, and paths that don't start from N(0, I), are errors with the reason.
func NewLikelihood(backend backends.Backend, vars *mlcontext.Context, model Action, path Path, options ...LikelihoodOption) (*Likelihood, error) {
	l := &Likelihood{}
	for _, option := range options {
		option.setLikelihood(l)
	}
	if err := l.check(path); err != nil {
		return nil, err
	}
	var err error
	if l.space, err = newParticleSpace(backend, path); err != nil {
		return nil, err
	}
	if l.law, err = mlcontext.NewExec(backend, forModel(vars), func(vars *mlcontext.Context, inputs []*Node) []*Node {
		return l.lawGraph(vars, model, inputs)
	}); err != nil {
		return nil, err
	}
	l.law.WithName("flows.likelihood").SetMaxCache(-1)
	return l, nil
}

func (l *Likelihood) check(path Path) error {
	if l.hutchinson.Probes < 0 {
		return fmt.Errorf("flows: Hutchinson's estimate from %d probes; give at least 1", l.hutchinson.Probes)
	}
	l.hutchinson.Probes = max(l.hutchinson.Probes, 1)
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
		return fmt.Errorf("flows: no likelihood on path %T, for it doesn't start from N(0, I); take linear, trig or vp", path)
	case dynamics.Diffusion != nil:
		return errors.New("flows: no likelihood of dynamics that diffuse: log q along them needs ∇log q_t, which the " +
			"action doesn't tell apart; train by am")
	case dynamics.Growth:
		return errors.New("flows: no likelihood of dynamics that grow: their samples are weighted, and log q along " +
			"them depends on where mass was born; train by am")
	}
	return nil
}

// lawGraph builds the drift v, [batch, ...], and ∇·v an element, [batch, 1], from t, [1], x, and the probes,
// [probes, batch, ...], where they are used. A divergence an element is of one size for points and images, so that
// one tolerance suits both.
func (l *Likelihood) lawGraph(vars *mlcontext.Context, model Action, inputs []*Node) []*Node {
	x := inputs[1]
	checkData(x)
	x = variable(x)
	drift, _ := l.dynamics.velocity(vars, model, inputs[0], x)
	var trace *Node // [batch]
	if len(inputs) == 2 {
		trace = ExactLaplacian(drift, x)
	} else {
		trace = probedTrace(drift, x, inputs[2])
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

// Log returns log q(x), in nats, of each example of x, [batch, ...]. Example i has the probes of number first + i of
// the seed, in any batch. A state that is not floats of [batch, ...], one that the model doesn't take, and a solution
// that does not stay finite or does not converge ([solve.Integrate]) are errors.
func (l *Likelihood) Log(solver solve.Solver, x *tensors.Tensor, seed int64, first int) ([]float64, Report, error) {
	if x.Rank() < 2 || !x.DType().IsFloat() {
		return nil, Report{}, fmt.Errorf("flows: no likelihood of a state of shape %s; give floats, [batch, dim] or "+
			"[batch, height, width, channels]", x.Shape())
	}
	size := x.Size() / x.Shape().Dimensions[0]
	probes, err := l.probes(x, seed, first)
	if err != nil {
		return nil, Report{}, err
	}
	defer l.space.numbers.Release(probes)
	start := particles{x: x}
	if start.number, err = zeroNumbers(x); err != nil {
		return nil, Report{}, err
	}
	defer l.space.numbers.Release(start.number)
	problem := solve.Problem[particles]{Space: l.space,
		Field: func(t float64, p particles) (particles, error) { return l.tangent(t, p, probes) }}
	if l.OnStep != nil {
		problem.OnStep = func(t float64, _ particles) error { return l.OnStep(t) }
	}
	end, report, err := solve.Integrate(problem, solver, start, 1, 0)
	if err != nil {
		return nil, report, err
	}
	defer l.space.Release(end)
	points, err := numbersOf(end.x)
	if err != nil {
		return nil, report, err
	}
	numbers, err := numbersOf(end.number)
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

func (l *Likelihood) tangent(t float64, p particles, probes *tensors.Tensor) (particles, error) {
	time, err := vectorOf(p.x.DType(), []float64{t})
	if err != nil {
		return particles{}, err
	}
	defer time.MustFinalizeAll()
	inputs := []*tensors.Tensor{time, p.x}
	if probes != nil {
		inputs = append(inputs, probes)
	}
	out, err := l.law.Exec(inputs)
	if err != nil {
		return particles{}, fmt.Errorf("flows: divergence at t=%.6g: %w", t, err)
	}
	return particles{out[0], out[1]}, nil
}

// probes draws the probes for a batch like x, [probes, batch, ...]; nil where the trace is exact.
func (l *Likelihood) probes(x *tensors.Tensor, seed int64, first int) (*tensors.Tensor, error) {
	dims := x.Shape().Dimensions
	batch, size := dims[0], x.Size()/dims[0]
	if l.exact || !l.chosen && size <= exactDims {
		return nil, nil
	}
	count := l.hutchinson.Probes
	flat := make([]float64, count*batch*size)
	for k := range batch {
		rng := exampleRNG(probeStream, seed, uint64(first+k))
		for p := range count {
			l.hutchinson.Probe.fill(rng, flat[(p*batch+k)*size:][:size])
		}
	}
	return tensorOf(x.DType(), flat, append([]int{count}, dims...)...)
}

// Finalize frees what was compiled. The likelihood is of no use afterwards.
func (l *Likelihood) Finalize() {
	l.space.Finalize()
	l.law.Finalize()
}

// BitsPerDimension turns log q(x), in nats, of images dequantised as x = (k + u)/128 − 1, u ~ U[0, 1), into bits for
// each of their dims numbers: −log q/(dims ln 2) + 7. Its mean over u bounds the bits of the discrete k from above.
// Theis, van den Oord, Bethge 2016, A note on the evaluation of generative models.
func BitsPerDimension(logLikelihood float64, dims int) float64 {
	return -logLikelihood/(float64(dims)*math.Ln2) + 7
}
