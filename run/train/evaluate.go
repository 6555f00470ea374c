package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/heldout"
	"github.com/amgen/amgen/run/lock"
)

// Pictures are images that are drawn by the present averages, as `amgen eval fid` draws them.
type Pictures struct {
	Count int
	Dims  []int // height, width and channels
	// Read draws images from … to−1 as uint8 [to − from, Dims...], and tells the evaluations that each took.
	Read func(ctx context.Context, from, to int) (*tensors.Tensor, []float32, error)
}

// FID is the Fréchet distance of pictures from the training set.
type FID func(ctx context.Context, p Pictures) (float64, error)

// evaluation finds what the averages are worth while training goes on, of which it changes no bit.
type evaluation struct {
	loss *heldout.Loss
	fid  FID // nil for none

	source *run.Source // of samples
	asked  draw.Options
}

// newEvaluation is that of the loop, nil of a run that isn't evaluated.
func (l *loop) newEvaluation() (*evaluation, error) {
	if l.heldOut == nil {
		return nil, nil
	}
	loss, err := heldout.New(l.engine.Backend, l.plan, l.data.Path, l.heldOut)
	if err != nil {
		return nil, err
	}
	e := &evaluation{loss: loss}
	if l.cfg.EvalSamples == 0 || l.FID == nil {
		return e, nil
	}
	if e.fid, err = l.FID(l.ctx, l.engine); e.fid == nil || err != nil {
		return e, err
	}
	if e.source, err = l.plan.Source(l.ctx, l.engine.Backend, l.Output); err != nil {
		return nil, err
	}
	e.source.Classes = l.data.Classes
	n := min(l.cfg.EvalSamples, e.source.Available())
	e.asked = draw.Options{N: n, Batch: min(n, e.source.Together())}
	e.asked.Solver, err = draw.Solver(l.plan, "", solve.Settings{})
	return e, err
}

// evaluates tells whether an evaluation is due after a step.
func (l *loop) evaluates(step int) bool {
	n := l.cfg.EvalEvery
	return n > 0 && step > 0 && (step%n == 0 || step == l.cfg.Steps)
}

// evaluate finds the held-out loss and the FID after a step where that is due, adds them to the log's line of the step
// and draws the loss curve. Where it is cut short, the state after the step is saved: the next session does it.
func (l *loop) evaluate(step int) error {
	if !l.evaluates(step) {
		return nil
	}
	if l.ended() == nil {
		var found Evaluated
		err := l.aside(step, func() (err error) {
			found, err = l.find(step)
			return err
		})
		if err != nil {
			return err
		}
		if l.ctx.Err() == nil {
			return l.record(found)
		}
	}
	if step == l.cfg.Steps { // it is saved
		return nil
	}
	if l.saver.holds() != step {
		if err := l.saver.save(step); err != nil {
			return err
		}
	}
	if err := l.saver.await(); err != nil {
		return err
	}
	return l.ended()
}

// evaluateMissed does the evaluation of the last checkpoint, which a session that had to end owes.
func (l *loop) evaluateMissed() error {
	step, lines := l.saver.saved, l.log.lines
	if !l.evaluates(step) || len(lines) == 0 {
		return nil
	}
	if last := lines[len(lines)-1]; last.Step != step || last.HeldOutLoss != nil {
		return nil
	}
	found, err := l.find(step)
	if err != nil || l.ctx.Err() != nil {
		return err
	}
	return l.record(found)
}

// find computes the figures. What goes wrong with one of them is a warning: training goes on.
func (l *loop) find(step int) (Evaluated, error) {
	began := time.Now()
	found := Evaluated{Step: step}
	if err := l.lock.Check(); err != nil {
		return found, err
	}
	found.HeldOutLoss = l.figure(step, "held-out loss", func() (float64, error) {
		return l.judge.loss.Mean(l.ctx, l.vars)
	})
	if l.judge.fid != nil && l.ctx.Err() == nil {
		found.FID = l.figure(step, "FID", func() (float64, error) {
			if err := l.preview.refresh(l.vars); err != nil {
				return 0, err
			}
			e := l.judge
			return e.fid(l.ctx, Pictures{Count: e.asked.N, Dims: e.source.Dims,
				Read: func(ctx context.Context, from, to int) (*tensors.Tensor, []float32, error) {
					return draw.Pictures(ctx, e.source, l.preview.sampler, e.asked, from, to)
				}})
		})
	}
	found.Elapsed = time.Since(began)
	return found, nil
}

// figure is a number that is found, nil for none.
func (l *loop) figure(step int, name string, find func() (float64, error)) *float64 {
	v, err := find()
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = fmt.Errorf("it comes out as %g", v)
	}
	if err == nil {
		return &v
	}
	if l.ctx.Err() == nil { // else it was cut short
		l.warn(fmt.Errorf("%s of step %d: %w", name, step, err))
	}
	return nil
}

// record writes the figures.
func (l *loop) record(found Evaluated) error {
	l.evaluating = found.Elapsed
	if err := l.lock.Check(); err != nil {
		return err
	}
	if err := l.saver.await(); err != nil { // it may be drawing the curve
		return err
	}
	err := l.log.amend(func(last *Stat) { last.HeldOutLoss, last.FID = found.HeldOutLoss, found.FID })
	if err == nil {
		err = writeLossCurve(l.dir.File(run.LossCurveName), l.log.lines)
	}
	if errors.Is(err, lock.ErrLost) {
		return err
	} else if err != nil {
		l.warn(fmt.Errorf("step %d: %s", found.Step, terminal.OneLine(err.Error())))
	}
	l.tell(found)
	return nil
}
