// Package heldout computes the loss of a run on examples that it isn't trained on: always the same examples, noise and
// times, so that a curve of such losses shows the parameters alone. It draws from a generator of its own, and changes
// no bit of training.
package heldout

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/run"
)

// seed is that of the noise and, where examples are drawn, of these. It is the same for all runs.
const seed int64 = -0x68656c646f7574

// Loss is the mean loss of a model over held-out examples. It has a copy of the model's parameters, and isn't safe for
// concurrent use.
type Loss struct {
	backend  backends.Backend
	model    flows.Model
	examples *Examples
	averaged bool

	vars  *mlcontext.Context // a copy of the averages; nil before the first evaluation
	exec  *mlcontext.Exec
	times []float32
}

// New makes the loss of a plan's model on a path, by the averages of the parameters or, where none are kept, by the
// parameters themselves.
//
// The loss is the run's own objective with its weight, by the estimator pathwise where the path has a velocity: all
// estimators have the same mean, and this one the least noise. Times are spread evenly over [0, 1], of density 1.
func New(backend backends.Backend, plan *run.Plan, path flows.Path, examples *Examples) (*Loss, error) {
	exact, err := plan.WithLoss(flows.Auto.String(), plan.Config.Weight)
	if err != nil {
		return nil, err
	}
	model := exact.Model
	model.Path = path
	l := &Loss{backend: backend, model: model, examples: examples, averaged: plan.Config.EMA > 0}
	for k := range examples.Len() {
		l.times = append(l.times, timeOf(k))
	}
	return l, nil
}

// timeOf is the time of example k: the van der Corput sequence in base 2. Any run of successive ones is spread evenly
// over [0, 1).
func timeOf(k int) float32 {
	t, digit := float32(0), float32(0.5)
	for ; k > 0; k, digit = k/2, digit/2 {
		t += digit * float32(k%2)
	}
	return t
}

// Mean is the mean loss by the present averages in vars, the variables of training, which stay as they are. When ctx is
// done it stops between two batches, with its error.
func (l *Loss) Mean(ctx context.Context, vars *mlcontext.Context) (float64, error) {
	if err := l.refresh(vars); err != nil {
		return 0, err
	}
	if err := l.vars.SetRNGStateFromSeed(seed); err != nil {
		return 0, fmt.Errorf("held-out loss: %w", err)
	}
	sum, n := 0.0, l.examples.Len()
	for first := 0; first < n; first += l.examples.batch {
		if err := ctx.Err(); err != nil {
			return 0, errors.Join(err, context.Cause(ctx))
		}
		part, err := l.batch(first, min(first+l.examples.batch, n))
		if err != nil {
			return 0, fmt.Errorf("held-out loss: %w", err)
		}
		sum += part
	}
	return sum / float64(n), nil
}

// batch is the sum of the losses of examples first … end−1.
func (l *Loss) batch(first, end int) (sum float64, err error) {
	inputs, err := l.examples.tensors(first, end)
	if err != nil {
		return 0, err
	}
	inputs = append(inputs, tensors.FromFlatDataAndDimensions(l.times[first:end], end-first))
	defer finalize(inputs)
	out, err := l.exec.Exec(inputs)
	if err != nil {
		return 0, err
	}
	defer finalize(out)
	losses, err := tensors.CopyFlatData[float32](out[0])
	for _, v := range losses {
		sum += float64(v)
	}
	return sum, err
}

// loss builds the loss of each example: inputs are the examples, of a model with classes their labels, and the times.
func (l *Loss) loss(vars *mlcontext.Context, inputs []*graph.Node) []*graph.Node {
	data, action := inputs[0], l.model.Action
	if l.examples.prepare != nil {
		data = l.examples.prepare(vars, data)
	}
	if l.model.Classes > 0 {
		action = l.model.ByClass(inputs[1])
	}
	return []*graph.Node{l.model.Objective.Loss(vars, action, l.model.Path, given{inputs[len(inputs)-1]}, data)}
}

// refresh copies the present parameters.
func (l *Loss) refresh(vars *mlcontext.Context) (err error) {
	switch {
	case l.vars != nil && l.averaged:
		return flows.RefreshEMA(l.vars, vars)
	case l.vars != nil:
		return flows.CopyModel(l.vars, vars)
	case l.averaged:
		l.vars, err = flows.EMAContext(vars)
	default:
		l.vars = mlcontext.New()
		err = flows.CopyModel(l.vars, vars)
		l.vars = l.vars.Reuse()
	}
	if err != nil {
		l.vars = nil
		return err
	}
	l.exec, err = mlcontext.NewExec(l.backend, l.vars, l.loss)
	if err != nil {
		l.vars = nil
		return fmt.Errorf("held-out loss: %w", err)
	}
	l.exec.WithName("held-out loss").SetMaxCache(-1)
	return nil
}

// Finalize frees the compiled loss.
func (l *Loss) Finalize() {
	if l.exec != nil {
		l.exec.Finalize()
	}
}

func finalize(list []*tensors.Tensor) {
	for _, t := range list {
		t.MustFinalizeAll()
	}
}
