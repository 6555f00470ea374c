package flows

import (
	"cmp"
	"fmt"
	"time"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// TrainerConfig says how to train. It is not changed after [NewTrainer].
type TrainerConfig struct {
	// Times draws the times; nil is WeylTimes.
	Times Times

	// Rule is how a gradient becomes a step; the zero value is [optimizer.Adam].
	Rule optimizer.Rule

	// LearningRate; 0 is 1e-3. It rises linearly over the first Warmup steps.
	LearningRate float64
	Warmup       int

	// Decay lowers the learning rate over the first DecaySteps steps of training, all runs counted; from there on it
	// stays where it is. nil leaves the rate constant.
	Decay      optimizer.Decay
	DecaySteps int

	// ClipNorm bounds the Euclidean norm of all gradients together; 0 leaves them as they are.
	ClipNorm float64

	// EMADecay of the moving average of the parameters, below 1; 0 keeps none. With EMAWarmup the decay after n
	// updates is at most (1 + n)/(w + n), w = EMAWarmupLength, so that the average forgets the initial parameters soon;
	// w = 1 is no warm-up, and 0 is [optimizer.EMAWarmupLength].
	EMADecay        float64
	EMAWarmup       bool
	EMAWarmupLength int

	// PowerAverages are the lengths of power-function averages to keep beside it, in [optimizer.PowerScope]: the
	// standard deviation of the weights that an average gives to past steps, as a fraction of all steps.
	// [optimizer.FitPowerAverage] makes other lengths of them, best from [optimizer.PowerLengths]. nil keeps none.
	PowerAverages []float64

	// Seed of every random number: initial parameters, noise, times, dropout. A context that has been trained
	// goes on with its own state instead.
	Seed int64

	// Prepare makes float data of what the dataset yields, as a graph: from uint8 images, dequantised images in
	// [-1, 1], say. nil takes the batch as it is.
	Prepare func(vars *mlcontext.Context, batch *graph.Node) *graph.Node

	// Augment, if set, changes the batch that Prepare returns, and returns the action that is told how, which takes the
	// place of the model's. class is that of each example, [batch]; nil for a model without.
	Augment func(vars *mlcontext.Context, batch, class *graph.Node) (changed *graph.Node, action Action)

	// LabelDropout is the probability with which an example of a model with classes is trained by the null label
	// instead of its own, so that the action of any class is learned too; 0 is 0.1. A negative one is none.
	LabelDropout float64

	// Accumulate is the number of micro-batches that each batch is cut into, one after another on the device, so that a
	// batch may be larger than its memory; 0 is 1. Their gradients make one step, that of the whole batch.
	Accumulate int

	// Devices is the number of the backend's devices that share each (micro-)batch; 0 is 1. The step is that of the
	// whole batch, random numbers included, however many there are.
	Devices int

	// Resident keeps the examples of a dataset that is a [Table] on the device, where each step picks its own.
	Resident bool

	// ReadEvery is how often a step's loss and gradient norm are read from the device: after each step whose number it
	// divides, after the first and the last of a run; 0 is 1.
	ReadEvery int

	// OnStep is called after each step. An error ends the run and is returned.
	OnStep func(Step) error
}

// Step is the log of one training step.
type Step struct {
	// Step counts steps from the beginning of training, over all runs: 1 after the first.
	Step int
	// Loss is the mean over the batch, before the step's update.
	Loss float64
	// GradNorm is the Euclidean norm of all gradients together, before clipping.
	GradNorm     float64
	LearningRate float64
	Batch        int
	// Read tells whether Loss, GradNorm and LearningRate are of this step; otherwise they are those of the last that
	// was read, see TrainerConfig.ReadEvery.
	Read bool
	// Elapsed is the wall clock of this step, loading its batch included; the first of a run compiles too.
	Elapsed time.Duration
}

// NonFiniteLossError stops training. The parameters that it leaves are spoilt: go back to an earlier checkpoint.
type NonFiniteLossError struct {
	Step           int // whose loss it was, see [Step]
	Loss, GradNorm float64
	// Unread tells that not every step was read: it may have been one before Step, and the figures are those of Step.
	Unread bool
}

// Error implements error.
func (e *NonFiniteLossError) Error() string {
	earlier := ""
	if e.Unread {
		earlier = " or since the last that was read"
	}
	return fmt.Sprintf("flows: loss %v with gradient norm %v at step %d%s; lower the learning rate, clip the "+
		"gradients or look for bad data", e.Loss, e.GradNorm, e.Step, earlier)
}

// withDefaults fills in defaults and returns an error where a setting makes no sense.
func (c TrainerConfig) withDefaults() (TrainerConfig, error) {
	if c.Times == nil {
		c.Times = WeylTimes{}
	}
	if c.LearningRate == 0 {
		c.LearningRate = 1e-3
	}
	c.Accumulate, c.Devices, c.ReadEvery = max(c.Accumulate, 1), max(c.Devices, 1), max(c.ReadEvery, 1)
	if c.LabelDropout == 0 {
		c.LabelDropout = 0.1
	}
	if !(c.LabelDropout < 1) {
		return c, fmt.Errorf("flows: label dropout %g; give a probability below 1, such as 0.1", c.LabelDropout)
	}
	return c, nil
}

func (c TrainerConfig) optimizer() (*optimizer.Optimizer, error) {
	warmup := 0
	if c.EMAWarmup {
		warmup = cmp.Or(c.EMAWarmupLength, optimizer.EMAWarmupLength)
	}
	return optimizer.New(optimizer.Settings{Rule: c.Rule, LearningRate: c.LearningRate, Warmup: c.Warmup,
		Decay: c.Decay, DecaySteps: c.DecaySteps, ClipNorm: c.ClipNorm, EMADecay: c.EMADecay, EMAWarmup: warmup,
		PowerAverages: c.PowerAverages, Batches: c.Accumulate, Watch: c.ReadEvery > 1})
}
