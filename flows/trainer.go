package flows

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/metrics"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
)

// Trainer fits an action to a path by an objective, by GoMLX's trainer.
//
// All its state is in the variables of its context (parameters, their average, Adam's moments, random numbers,
// times, step), and in the dataset's position: a new trainer on a context with the same values and a dataset at
// the same place continues bit for bit.
type Trainer struct {
	cfg     TrainerConfig
	backend backends.Backend
	vars    *mlcontext.Context
	model   Model
	trainer *train.Trainer
}

// NewTrainer returns a trainer of model's variables in vars, which is a new context or one restored from training.
//
// It returns an error if the configuration makes no sense, or the objective on the model's path.
func NewTrainer(backend backends.Backend, vars *mlcontext.Context, model Model, cfg TrainerConfig) (*Trainer, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	step, err := cfg.optimizer()
	if err != nil {
		return nil, err
	}
	if n := int(backend.NumDevices()); cfg.Devices > 1 && cfg.Devices > n {
		return nil, fmt.Errorf("flows: training on %d devices, and backend %s has %d; use as many, or fewer",
			cfg.Devices, backend.Name(), n)
	}
	if err := model.check(); err != nil {
		return nil, err
	}
	if weighted, ok := model.Objective.(interface{ usedWeight() Weight }); ok {
		if err := weighted.usedWeight().check(backend); err != nil {
			return nil, err
		}
	}
	t := &Trainer{cfg: cfg, backend: backend, vars: vars, model: model}
	err = catch(func() {
		if optimizers.GetGlobalStep(vars) == 0 {
			must(vars.SetRNGStateFromSeed(cfg.Seed))
		}
		settleTrainable(vars)
		loss := func(vars *mlcontext.Context, spec any, inputs []*graph.Node) []*graph.Node {
			optimizer.SetPhase(vars, inputs[0].Graph(), spec)
			data, class := batchOf(inputs, model.Classes > 0)
			if cfg.Prepare != nil {
				data = cfg.Prepare(vars, data)
			}
			action := model.Action
			if class != nil {
				class = model.dropLabels(vars, class, cfg.LabelDropout)
				action = model.ByClass(class)
			}
			if cfg.Augment != nil {
				data, action = cfg.Augment(vars, data, class)
			}
			loss := model.Objective.Loss(vars, action, model.Path, cfg.Times, data)
			train.AddLoss(vars, graph.ReduceAllMean(loss))
			return nil
		}
		t.trainer = train.NewTrainer(backend, vars, loss, nil, step,
			[]metrics.Interface{optimizer.LearningRateMetric()}, nil)
		// The trainer's own first metric is the loss of one micro-batch; its second, a moving average of the loss,
		// keeps its state in variables with a random name in each process, which have no place in a checkpoint. The
		// slice is the trainer's.
		t.trainer.TrainMetrics()[0] = optimizer.LossMetric()
		t.trainer.TrainMetrics()[1] = optimizer.GradNormMetric()
	})
	return t, err
}

// settleTrainable marks what a restored context may have lost: only model variables are trained.
func settleTrainable(vars *mlcontext.Context) {
	for v := range vars.IterVariables() {
		if !isModelVariable(v) || !v.DType().IsFloat() {
			v.SetTrainable(false)
		}
	}
}

// Step is the number of steps done, over all runs on this context.
func (t *Trainer) Step() int { return int(t.trainer.GlobalStep()) }

// Run trains for that many steps more, each on a batch of the dataset: one input tensor, [batch, ...]. Where the
// model has classes, the dataset's one label is the class of each example, [batch] int32.
//
// Errors: a [*NonFiniteLossError]; OnStep's own error as it is; anything that the dataset, the graph or the
// backend reports. When ctx is done it stops before the next step, with an error that wraps ctx.Err() and
// [context.Cause]; the variables are those of the step before, and another Run goes on.
func (t *Trainer) Run(ctx context.Context, dataset train.Dataset, steps int) error {
	if steps < 0 {
		return fmt.Errorf("flows: cannot train for %d steps; give 0 or more", steps)
	}
	var err error
	if caught := catch(func() { err = t.run(ctx, dataset, steps) }); caught != nil {
		return caught
	}
	return err
}

func (t *Trainer) run(ctx context.Context, dataset train.Dataset, steps int) error {
	t.trainer.SetContext(forModel(t.vars))
	source, err := t.newFeed(dataset)
	if err != nil {
		return err
	}
	defer source.close()
	last, begin := time.Now(), t.Step()
	var now Step // with the metrics that were read last
	for i := range steps {
		if err := solve.Cause(ctx); err != nil {
			return fmt.Errorf("flows: training stopped after step %d: %w", begin+i, err)
		}
		values, err := t.step(source)
		if err != nil {
			return fmt.Errorf("flows: training: %w", err)
		}
		now.Step, now.Batch = begin+i+1, source.batch
		now.Read = t.cfg.ReadEvery == 1 || i == 0 || i == steps-1 || now.Step%t.cfg.ReadEvery == 0
		if now.Read {
			now.Loss, now.GradNorm, now.LearningRate = scalar(values[0]), scalar(values[1]), scalar(values[2])
		}
		for _, value := range values {
			value.MustFinalizeAll()
		}
		at := time.Now()
		now.Elapsed = at.Sub(last)
		if err := t.judge(now); err != nil {
			return err
		}
		last = time.Now() // what OnStep does is not part of a step
	}
	return nil
}

// step does one, micro-batch by micro-batch, and returns loss, gradient norm and learning rate, of which the caller
// owns the tensors.
func (t *Trainer) step(source *feed) ([]*tensors.Tensor, error) {
	if err := source.next(); err != nil {
		return nil, err
	}
	for {
		values, err := source.train(t.trainer)
		if err != nil || source.done() {
			return values, err
		}
		for _, value := range values {
			value.MustFinalizeAll()
		}
	}
}

// judge stops at a non-finite loss or gradient, and otherwise asks OnStep.
func (t *Trainer) judge(step Step) error {
	if sum := step.Loss + step.GradNorm; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return &NonFiniteLossError{Step: step.Step, Loss: step.Loss, GradNorm: step.GradNorm,
			Unread: t.cfg.ReadEvery > 1}
	}
	if t.cfg.OnStep == nil {
		return nil
	}
	return t.cfg.OnStep(step)
}

// forModel returns vars set to reuse the model's variables, if it has any.
func forModel(vars *mlcontext.Context) *mlcontext.Context {
	for v := range vars.IterVariables() {
		if v.Trainable {
			return vars.Reuse()
		}
	}
	return vars
}

// CheckFinite returns a [*NonFiniteLossError] where the variables in vars, of a trainer that has done so many steps,
// are spoilt by one that wasn't read, see TrainerConfig.ReadEvery. Ask before saving them.
func CheckFinite(vars *mlcontext.Context, step int) error {
	spoilt, err := optimizer.Spoilt(vars)
	if spoilt {
		return &NonFiniteLossError{Step: step, Loss: math.NaN(), GradNorm: math.NaN(), Unread: true}
	}
	return err
}

func scalar(t *tensors.Tensor) float64 { return shapes.ConvertTo[float64](t.Value()) }

// catch turns a panic of graph building into an error. Other panics, which are mistakes in the program, go on.
func catch(fn func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			var ok bool
			if err, ok = p.(error); !ok || isRuntime(err) {
				panic(p)
			}
		}
	}()
	fn()
	return nil
}

func isRuntime(err error) bool {
	var r interface{ RuntimeError() }
	return errors.As(err, &r)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
