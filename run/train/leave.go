package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
)

// Patience says when a step is given up, for a program that has to end within seconds. The state exists only between
// steps: where these are slow a copy is kept after each, and a step that isn't done in time is given up for it. Where
// there is no copy, giving up loses the steps since the last checkpoint.
type Patience struct {
	Step time.Duration // that a step may take when training has to end
	Last time.Duration // more, for a step whose loss costs others
	Slow time.Duration // of a step from which on a copy is kept after each
}

// errGivenUp ends a step that nobody waits for.
var errGivenUp = errors.New("the step was given up")

// reserve is how long before the end of MaxTime training is asked to end, as by a context. What a step takes is known
// before that, and it ends by itself; it may be mistaken, or be drawing a preview.
func reserve(maxTime time.Duration) time.Duration { return min(5*time.Second, maxTime/4) }

// least is the time that loading and the first step get.
func (o Options) least() time.Duration {
	if o.Least == 0 {
		return 30 * time.Second
	}
	return o.Least
}

// Opening ends a context when the time for reading data is over.
func (o Options) Opening(ctx context.Context) (context.Context, context.CancelFunc) {
	return o.deadline(ctx, o.least())
}

// deadline ends a context in time, but not before least is over.
func (o Options) deadline(ctx context.Context, least time.Duration) (context.Context, context.CancelFunc) {
	if o.MaxTime == 0 {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, o.Since.Add(max(o.MaxTime-reserve(o.MaxTime), least)), ErrTimeUp)
}

// ended is why training has to end, if it has to.
func (l *loop) ended() error {
	switch {
	case l.ctx.Err() != nil && !errors.Is(context.Cause(l.ctx), ErrTimeUp):
		return fmt.Errorf("train: %w", context.Cause(l.ctx))
	case l.ctx.Err() != nil || l.timeUp():
		return ErrTimeUp
	}
	return nil
}

// Who has the state of the loop: what runs between two steps, or who gives up the step.
const (
	stateFree int32 = iota
	stateTaken
	stateGivenUp // for ever
)

// run trains. It comes back when that is over, or when the step can't be waited for any longer; then the step goes on
// behind it, up to its end.
func (l *loop) run(trainer *flows.Trainer, steps int) error {
	done := make(chan error, 1)
	l.left = make(chan struct{})
	ctx := context.WithoutCancel(l.ctx) // onStep ends it, after it has saved
	go func() {
		defer close(l.left)
		done <- trainer.Run(ctx, l.data.Batches, steps)
	}()
	impatient := make(chan struct{})
	if l.Patience != nil {
		stop := context.AfterFunc(l.ctx, func() {
			time.Sleep(l.patience())
			close(impatient)
		})
		defer stop()
	}
	select {
	case err := <-done:
		return errors.Join(err, l.saver.await())
	case <-impatient:
	}
	for began := time.Now(); !l.giveUp(time.Since(began)); {
		select {
		case err := <-done:
			return errors.Join(err, l.saver.await())
		case <-time.After(10 * time.Millisecond):
		}
	}
	if l.pace.steps == 0 && errors.Is(l.ended(), ErrTimeUp) {
		return mistake.Fail("the first step took longer than {max_time|the time,} %s; give more time, or make steps "+
			"shorter by a smaller {batch}", l.MaxTime)
	}
	if err := l.saver.saveCopy(); err != nil {
		return err
	}
	return l.ended()
}

// patience is how long a step may take when training is asked to end.
func (l *loop) patience() time.Duration {
	if errors.Is(l.ended(), ErrTimeUp) {
		return min(l.Patience.Step, reserve(l.MaxTime)/2)
	}
	return l.Patience.Step
}

// giveUp takes the state for ever, where nobody has it and a step isn't worth waiting for any longer. The first step is
// worth more where time is short: a run that never gets beyond it would come back for ever. It gets all of the time, or
// the least.
func (l *loop) giveUp(waited time.Duration) bool {
	if !l.owner.CompareAndSwap(stateFree, stateTaken) {
		return false // it is being saved
	}
	first := l.pace.steps == 0 && errors.Is(l.ended(), ErrTimeUp) && time.Since(l.Since) < max(l.MaxTime, l.least())
	copied := l.saver.copied
	loses := l.done > l.saver.holds() && (copied == nil || int(copied.Step) < l.done)
	if first || loses && waited < l.Patience.Last {
		l.leave()
		return false
	}
	l.owner.Store(stateGivenUp)
	return true
}

// enter takes the state between two steps. It is false where the step before was given up: somebody else has it.
func (l *loop) enter() bool {
	for !l.owner.CompareAndSwap(stateFree, stateTaken) {
		if l.givenUp() {
			return false
		}
		time.Sleep(time.Millisecond) // somebody looks whether to give up
	}
	return true
}

// leave gives the state to the next step.
func (l *loop) leave() { l.owner.Store(stateFree) }

// givenUp tells that a step is still being computed, with all that it needs.
func (l *loop) givenUp() bool { return l.owner.Load() == stateGivenUp }

// copySlow copies the state after a slow step, where steps are given up; of others only the checkpoints are kept.
func (l *loop) copySlow(step int) error {
	if l.Patience == nil || l.pace.typical() < l.Patience.Slow {
		l.saver.dropCopy()
		return nil
	}
	return l.saver.copyNow(step)
}

// timeUp tells whether another step and the save after it may end later than the time allows.
func (l *loop) timeUp() bool {
	return l.MaxTime > 0 && time.Since(l.Since)+l.pace.typical()+l.saver.took >= l.MaxTime
}

// pace knows what steps take.
type pace struct {
	steps  int             // of this session
	latest []time.Duration // without the first, which compiles
}

// add takes a step's time, and tells whether it is the first.
func (p *pace) add(elapsed time.Duration) (first bool) {
	p.steps++
	if p.steps == 1 {
		return true
	}
	p.latest = append(p.latest, elapsed)
	p.latest = p.latest[max(0, len(p.latest)-50):]
	return false
}

// typical is the time that a step takes, 0 before it is known.
func (p *pace) typical() time.Duration {
	if len(p.latest) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(p.latest))
	return sorted[len(sorted)/2]
}
