package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/heldout"
	"github.com/amgen/amgen/run/lock"
)

// loop is one session of training, in a run directory that it holds the lock of.
type loop struct {
	Options
	plan *run.Plan
	cfg  run.Config // of the plan
	dir  run.Dir
	lock *lock.Lock // of dir

	start   *run.Pretrained // with the parameters to begin with, nil until they are read
	engine  *engine.Engine
	vars    *mlcontext.Context // all that is trained, and all that training keeps
	data    *run.Data
	log     *statsLog
	saver   *saver
	preview *preview
	heldOut *heldout.Examples // nil of a run that isn't evaluated
	judge   *evaluation       // nil of such a run

	ctx       context.Context // done when training has to end
	pace      pace
	began     time.Time
	trained   float64  // seconds of earlier sessions
	done      int      // steps
	logged    position // in the log, of the checkpoint that was resumed
	logFailed bool     // lines of the log wait to be written

	evaluating time.Duration // that the last evaluation took

	owner atomic.Int32  // of all this between two steps, see leave.go
	left  chan struct{} // closed when a step that was given up is done
}

func (l *loop) tell(e Event) {
	if l.Events != nil {
		l.Events(e)
	}
}

func (l *loop) notice(format string, args ...any) { l.tell(Notice{fmt.Sprintf(format, args...)}) }

func (l *loop) warn(err error) { l.tell(Warning{err}) }

// begin writes the configuration, restores the last checkpoint of a resumed run, and opens the log.
func (l *loop) begin() error {
	if err := l.dir.ClearUnfinished(); err != nil {
		return err
	}
	l.saver = &saver{dir: l.dir, lock: l.lock, plan: l.plan, data: l.data, device: l.engine.Device(), vars: l.vars,
		warn: l.warn}
	if l.Resume {
		if err := l.restore(); err != nil {
			return err
		}
		if l.saver.saved > l.cfg.Steps {
			return mistake.New("%s has done %d steps, more than {steps} %d; a larger one goes on", l.dir, l.saver.saved,
				l.cfg.Steps)
		}
	}
	if l.saver.saved == 0 {
		if err := l.beginFrom(); err != nil {
			return err
		}
	}
	l.cfg.Jumps = l.data.Jumps
	text, err := l.cfg.TOML()
	if err != nil {
		return err
	}
	if err := os.Mkdir(l.dir.File(run.SamplesName), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make run directory: %w", err)
	}
	if err := replaceOwn(l.dir.File(run.ConfigName), text); err != nil {
		return err
	}
	var kept string
	if l.log, kept, err = openStats(l.dir.File(run.StatsName), l.saver.saved); err != nil {
		return err
	}
	l.saver.log = l.log
	if kept != "" {
		l.notice("%s has damaged lines, which are passed over; the file as it was is %s", run.StatsName, kept)
	}
	if have := l.log.position(); have.Lines < l.logged.Lines {
		l.notice("%s lost %d of its %d lines up to step %d: they stay missing", run.StatsName,
			l.logged.Lines-have.Lines, l.logged.Lines, l.saver.saved)
	}
	l.trained = l.log.trained()
	return nil
}

// train computes the steps that there are to do.
func (l *loop) train() error {
	trainer, err := l.trainer()
	if err != nil {
		return err
	}
	var stop context.CancelFunc
	l.ctx, stop = l.deadline(l.ctx, 0)
	defer stop()
	todo := l.cfg.Steps - trainer.Step()
	l.tell(Started{Dir: l.dir, Engine: l.engine, Step: trainer.Step(), Todo: todo})
	if err := l.evaluateMissed(); err != nil {
		return err
	}
	if err := l.showMissed(); err != nil {
		return err
	}
	if todo == 0 {
		return l.saver.tidy() // it may have been killed right after the last checkpoint
	}
	l.began, l.done = time.Now(), l.saver.saved
	err = l.run(trainer, todo)
	if l.lock.Check() == nil {
		if err := l.log.finish(); err != nil {
			l.notice("%s; %s lacks lines", terminal.OneLine(err.Error()), run.StatsName)
		}
	}
	return l.finish(err)
}

// finish turns the end of training into an error that says what is saved.
func (l *loop) finish(err error) error {
	saved := l.saver.saved
	var bad *flows.NonFiniteLossError
	switch {
	case errors.As(err, &bad) && saved == 0:
		return fmt.Errorf("%w; no checkpoint was written yet", err)
	case errors.As(err, &bad):
		return fmt.Errorf("%w; the last good checkpoint is step %d in %s", err, saved, l.dir)
	case errors.Is(err, lock.ErrLost):
		return fmt.Errorf("%w; training stopped after step %d and writes nothing more, step %d is the last "+
			"that it saved", err, l.done, saved)
	case errors.As(err, new(saveError)):
		err = fmt.Errorf("step %d was %w", l.done, err)
	case err == nil:
		l.tell(Finished{Step: saved, Seconds: l.trained + time.Since(l.began).Seconds(),
			Previewed: l.preview.from.Previewed()})
		return nil
	}
	return &StopError{Err: err, Dir: l.dir, Done: l.done, Saved: saved}
}

// onStep logs, draws and saves after a step, and stops training when it has to end.
func (l *loop) onStep(step flows.Step) error {
	if !l.enter() {
		return errGivenUp
	}
	l.done = step.Step
	first := l.pace.add(step.Elapsed)
	last := step.Step == l.cfg.Steps
	logs := last || step.Step == 1 || step.Step%l.cfg.LogEvery == 0 || l.evaluates(step.Step)
	stat := l.stat(step)
	if logs {
		if err := l.lock.Check(); err != nil {
			return err
		}
		l.write(stat)
	}
	l.tell(Stepped{Stat: stat, Logged: logs, First: first, Elapsed: step.Elapsed})
	if err := l.keep(step.Step, last); err != nil { // first: what only shows must not cost the state
		return err
	}
	if err := l.evaluate(step.Step); err != nil {
		return err
	}
	if err := l.show(step.Step); err != nil {
		return err
	}
	l.leave()
	return nil
}

// keep saves after a step where that is due, and stops training when it has to end.
func (l *loop) keep(step int, last bool) error {
	stop := func() error {
		if last {
			return nil
		}
		return l.ended()
	}
	why := stop()
	if n := l.cfg.CheckpointEvery; !last && why == nil && (n == 0 || step%n != 0) {
		return l.copySlow(step)
	}
	l.saver.dropCopy()
	if err := l.saver.save(step); err != nil {
		return err
	}
	if why == nil { // while it was copied
		why = stop()
	}
	if last || why != nil {
		if err := l.saver.await(); err != nil {
			return err
		}
	}
	return why
}

func (l *loop) stat(step flows.Step) Stat {
	typical := cmp.Or(l.pace.typical(), step.Elapsed)
	stat := Stat{
		Step: step.Step, Loss: step.Loss, GradNorm: step.GradNorm, LR: step.LearningRate,
		Seconds: l.trained + time.Since(l.began).Seconds(), ETA: typical.Seconds() * float64(l.cfg.Steps-step.Step),
	}
	if n := l.cfg.EvalEvery; n > 0 {
		stat.ETA += l.evaluating.Seconds() * float64((l.cfg.Steps-step.Step)/n)
	}
	if rate := float64(step.Batch) / typical.Seconds(); l.cfg.Points() {
		stat.PointsPerSec = rate
	} else {
		stat.ImagesPerSec = rate
	}
	return stat
}

// write appends to the log. Lines that can't be written are kept for later.
func (l *loop) write(stat Stat) {
	if err := l.log.append(stat); err != nil && !l.logFailed {
		l.warn(fmt.Errorf("%w; lines are kept and written when that is possible", err))
		l.logFailed = true
	} else if err == nil && l.logFailed {
		l.notice("%s is written again, with the lines that waited", run.StatsName)
		l.logFailed = false
	}
}

// close frees the engine; where a step was given up, when that is done.
func (l *loop) close() {
	free := func() {
		if l.preview != nil {
			l.preview.close()
		}
		if l.judge != nil {
			l.judge.loss.Finalize()
		}
		l.engine.Backend.Finalize()
	}
	if l.givenUp() {
		go func() { <-l.left; free() }()
		return
	}
	free()
}
