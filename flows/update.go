package flows

import (
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/metrics"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
)

// update is the optimiser of [Trainer]: gradients clipped by their global norm, Adam with a learning rate that
// warms up linearly and may decay, and the moving average of the parameters. It implements [optimizers.Interface].
type update struct {
	adam       optimizers.Interface
	rate       float64
	warmup     int
	decay      Decay
	decaySteps int
	clip       float64
	averager   averager
	powers     []float64 // lengths of the power-function averages
	batches    int       // micro-batches that make a step
	watched    bool      // not every step is read
}

func newUpdate(cfg TrainerConfig) *update {
	return &update{
		adam:       optimizers.Adam().LearningRate(cfg.LearningRate).Betas(0.9, 0.999).Epsilon(1e-8).Done(),
		rate:       cfg.LearningRate,
		warmup:     cfg.Warmup,
		decay:      cfg.Decay,
		decaySteps: cfg.DecaySteps,
		clip:       cfg.ClipNorm,
		averager:   averager{decay: cfg.EMADecay, warmup: cfg.EMAWarmup},
		powers:     cfg.PowerAverages,
		batches:    cfg.Accumulate,
		watched:    cfg.ReadEvery > 1,
	}
}

// Keys of the graph parameters, in the trainer's scope, by which the metrics find what the update computed.
const (
	lossKey         = "flows_loss"
	gradNormKey     = "flows_gradient_norm"
	learningRateKey = "flows_learning_rate"
)

// UpdateGraph implements [optimizers.Interface].
func (u *update) UpdateGraph(vars *mlcontext.Context, g *Graph, loss *Node) {
	params := trainable(vars, g)
	grads := vars.BuildTrainableVariablesGradientsGraph(loss)
	shared := vars.InAbsPath(train.TrainerAbsoluteScope)
	if u.batches > 1 {
		sum := accumulator{batches: u.batches, phase: phaseOf(vars, g)}
		loss, grads = sum.add(vars, g, loss, params, grads)
		if sum.phase == gather {
			none := ScalarZero(g, loss.DType())
			for _, key := range []string{lossKey, gradNormKey, learningRateKey} {
				shared.SetGraphParam(g, key, none)
			}
			return
		}
	}
	shared.SetGraphParam(g, lossKey, loss)
	norm := globalNorm(params, grads)
	if u.clip > 0 {
		// The small number keeps 0/0 out; it is PyTorch's, so that runs compare.
		scale := MinScalar(Div(Scalar(g, norm.DType(), u.clip), AddScalar(norm, 1e-6)), 1)
		for i, grad := range grads {
			grads[i] = Mul(grad, ConvertDType(scale, grad.DType()))
		}
	}
	rate := u.schedule(vars, g, loss.DType())
	average := u.averager.begin(vars, g, params)
	u.adam.(train.OptimizeWithGradients).UpdateGraphWithGradients(vars, grads, loss.DType())
	average()
	updatePowers(vars, g, params, u.powers)

	if u.watched {
		norm = watch(vars, loss, norm)
	}
	shared.SetGraphParam(g, gradNormKey, norm)
	shared.SetGraphParam(g, learningRateKey, rate)
}

// Clear implements [optimizers.Interface].
func (u *update) Clear(vars *mlcontext.Context) error { return u.adam.Clear(vars) }

// schedule sets the variable from which Adam reads the learning rate, at step n = 1, 2, …
// rate·min(1, n/warmup)·decay(min(1, (n − 1)/steps)).
func (u *update) schedule(vars *mlcontext.Context, g *Graph, dtype dtypes.DType) *Node {
	rate := Scalar(g, dtype, u.rate)
	done := ConvertDType(optimizers.GetGlobalStepVar(vars).ValueGraph(g), dtype) // steps
	if u.warmup > 0 {
		rate = Mul(rate, MinScalar(DivScalar(AddScalar(done, 1), u.warmup), 1))
	}
	if u.decay != nil {
		rate = Mul(rate, u.decay(MinScalar(DivScalar(done, u.decaySteps), 1)))
	}
	optimizers.LearningRateVar(vars, dtype, u.rate).SetValueGraph(rate)
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

// sharedMetric is a metric that returns what the update left under key.
func sharedMetric(name, key string) metrics.Interface {
	return metrics.NewBaseMetric(name, name, name, func(vars *mlcontext.Context, _, predictions []*Node) *Node {
		value, _ := vars.InAbsPath(train.TrainerAbsoluteScope).GetGraphParam(predictions[0].Graph(), key)
		return value.(*Node)
	}, nil)
}
