// Package optimizer makes a step of training from gradients: clipping, Adam, the schedule of its learning rate,
// micro-batches, and averages of the parameters.
package optimizer

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/metrics"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
)

// Settings of an [Optimizer].
type Settings struct {
	// Rule is how a gradient becomes a step; the zero value is Adam.
	Rule Rule

	// LearningRate, positive. It rises linearly over the first Warmup steps.
	LearningRate float64
	Warmup       int

	// Decay lowers the learning rate over the first DecaySteps steps; nil leaves it constant.
	Decay      Decay
	DecaySteps int

	// ClipNorm bounds the Euclidean norm of all gradients together; 0 leaves them as they are.
	ClipNorm float64

	// EMADecay of the moving average in [EMAScope], below 1; 0 keeps none. With EMAWarmup w > 0 the decay after n
	// updates is at most (1 + n)/(w + n).
	EMADecay  float64
	EMAWarmup int

	// PowerAverages are the lengths of the power-function averages in [PowerScope].
	PowerAverages []float64

	// Batches is the number of micro-batches that make a step, see [SetPhase]; 0 is 1.
	Batches int

	// Watch keeps count of losses and gradients that aren't finite, for those who don't read every step, see [Spoilt].
	Watch bool
}

// check returns an error where a setting makes no sense.
func (s Settings) check() error {
	switch {
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0):
		return fmt.Errorf("optimizer: learning rate %g; give a positive one, such as 1e-3", s.LearningRate)
	case s.Warmup < 0:
		return fmt.Errorf("optimizer: warm-up of %d steps; give 0 or more", s.Warmup)
	case s.Decay != nil && s.DecaySteps < 1:
		return fmt.Errorf("optimizer: a learning rate that falls over %d steps; give at least 1, such as the steps of "+
			"the run", s.DecaySteps)
	case s.Decay == nil && s.DecaySteps != 0:
		return fmt.Errorf("optimizer: %d steps of a decay that there is none of; give a Decay too", s.DecaySteps)
	case !(s.ClipNorm >= 0):
		return fmt.Errorf("optimizer: gradients clipped at norm %g; give a positive one, or 0 for none", s.ClipNorm)
	case !(s.EMADecay >= 0 && s.EMADecay < 1):
		return fmt.Errorf("optimizer: decay %g of the moving average; give one from 0 to below 1, such as 0.999",
			s.EMADecay)
	}
	return CheckPowerAverages(s.PowerAverages)
}

// Optimizer makes the step of training: gradients clipped by their global norm, Adam (β 0.9 and 0.999, ε 1e-8) with a
// learning rate that warms up linearly and may decay, and the averages of the parameters. It implements GoMLX's
// [optimizers.Interface]. All its state is in variables of the context.
type Optimizer struct {
	Settings
	adam optimizers.Interface
}

// New returns an optimizer. Settings that make no sense are an error.
func New(s Settings) (*Optimizer, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	adam := optimizers.Adam().LearningRate(s.LearningRate).Betas(0.9, 0.999).Epsilon(1e-8).Done()
	return &Optimizer{s, adam}, nil
}

// Scopes are the context's scopes of the optimizer's variables, beside those of Adam.
func Scopes() []string { return []string{EMAScope, PowerScope, AccumulatedScope, MuonScope} }

// Keys of the graph parameters, in the trainer's scope, by which the metrics find what the update computed.
const (
	lossKey         = "flows_loss"
	gradNormKey     = "flows_gradient_norm"
	learningRateKey = "flows_learning_rate"
)

// UpdateGraph implements [optimizers.Interface].
func (u *Optimizer) UpdateGraph(vars *mlcontext.Context, g *Graph, loss *Node) {
	params := trainable(vars, g)
	grads := vars.BuildTrainableVariablesGradientsGraph(loss)
	shared := vars.InAbsPath(train.TrainerAbsoluteScope)
	if u.Batches > 1 {
		sum := accumulator{batches: u.Batches, phase: phaseOf(vars, g)}
		loss, grads = sum.add(vars, g, loss, params, grads)
		if sum.phase == Accumulate {
			none := ScalarZero(g, loss.DType())
			for _, key := range []string{lossKey, gradNormKey, learningRateKey} {
				shared.SetGraphParam(g, key, none)
			}
			return
		}
	}
	shared.SetGraphParam(g, lossKey, loss)
	norm := globalNorm(params, grads)
	if u.ClipNorm > 0 {
		// The small number keeps 0/0 out; it is PyTorch's, so that runs compare.
		scale := MinScalar(Div(Scalar(g, norm.DType(), u.ClipNorm), AddScalar(norm, 1e-6)), 1)
		for i, grad := range grads {
			grads[i] = Mul(grad, ConvertDType(scale, grad.DType()))
		}
	}
	rate := u.schedule(vars, g, loss.DType())
	average := averager{decay: u.EMADecay, warmup: u.EMAWarmup}.begin(vars, g, params)
	u.update(vars, params, grads, rate, loss.DType())
	average()
	updatePowers(vars, g, params, u.PowerAverages)

	if u.Watch {
		norm = watch(vars, loss, norm)
	}
	shared.SetGraphParam(g, gradNormKey, norm)
	shared.SetGraphParam(g, learningRateKey, rate)
}

// update builds the parameters' own updates.
func (u *Optimizer) update(vars *mlcontext.Context, params []*mlcontext.Variable, grads []*Node, rate *Node,
	dtype dtypes.DType) {
	var matrices []*mlcontext.Variable
	var theirs, rest []*Node
	for i, v := range params {
		if u.Rule == Muon && byMuon(v.Name(), v.Shape().Dimensions) {
			matrices, theirs = append(matrices, v), append(theirs, grads[i])
		} else {
			rest = append(rest, grads[i])
		}
	}
	for _, v := range matrices { // Adam takes all that is trainable
		v.SetTrainable(false)
	}
	u.adam.(train.OptimizeWithGradients).UpdateGraphWithGradients(vars, rest, dtype)
	for _, v := range matrices {
		v.SetTrainable(true)
	}
	muon(vars, matrices, theirs, rate)
}

// Clear implements [optimizers.Interface].
func (u *Optimizer) Clear(vars *mlcontext.Context) error { return u.adam.Clear(vars) }

// schedule sets the variable from which Adam reads the learning rate, at step n = 1, 2, …
// rate·min(1, n/warmup)·decay(min(1, (n − 1)/steps)).
func (u *Optimizer) schedule(vars *mlcontext.Context, g *Graph, dtype dtypes.DType) *Node {
	rate := Scalar(g, dtype, u.LearningRate)
	done := ConvertDType(optimizers.GetGlobalStepVar(vars).ValueGraph(g), dtype) // steps
	if u.Warmup > 0 {
		rate = Mul(rate, MinScalar(DivScalar(AddScalar(done, 1), u.Warmup), 1))
	}
	if u.Decay != nil {
		rate = Mul(rate, u.Decay(MinScalar(DivScalar(done, u.DecaySteps), 1)))
	}
	optimizers.LearningRateVar(vars, dtype, u.LearningRate).SetValueGraph(rate)
	return rate
}

// trainable lists the parameters in the order of the gradients that vars builds.
func trainable(vars *mlcontext.Context, g *Graph) []*mlcontext.Variable {
	var params []*mlcontext.Variable
	for v := range vars.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			params = append(params, v)
		}
	}
	return params
}

// globalNorm is the Euclidean norm of all gradients together. It sums in the order of the parameters' names: a
// restored context may hold them in another order, and must give the same bits.
func globalNorm(params []*mlcontext.Variable, grads []*Node) *Node {
	order := make([]int, len(params))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return strings.Compare(params[i].ScopeAndName(), params[j].ScopeAndName())
	})
	var sum *Node
	for _, i := range order {
		square := ReduceAllSum(Square(grads[i]))
		if sum == nil {
			sum = square
		} else {
			sum = Add(sum, square)
		}
	}
	return Sqrt(sum)
}

// LossMetric is the loss of the step, the mean over its micro-batches.
func LossMetric() metrics.Interface { return sharedMetric("loss", lossKey) }

// GradNormMetric is the Euclidean norm of all gradients of the step together, before clipping.
func GradNormMetric() metrics.Interface { return sharedMetric("gradient norm", gradNormKey) }

// LearningRateMetric is the learning rate of the step.
func LearningRateMetric() metrics.Interface { return sharedMetric("learning rate", learningRateKey) }

// sharedMetric is a metric that returns what the update left under key.
func sharedMetric(name, key string) metrics.Interface {
	return metrics.NewBaseMetric(name, name, name, func(vars *mlcontext.Context, _, predictions []*Node) *Node {
		value, _ := vars.InAbsPath(train.TrainerAbsoluteScope).GetGraphParam(predictions[0].Graph(), key)
		return value.(*Node)
	}, nil)
}
