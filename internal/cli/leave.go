package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amgen/amgen/flows"
)

// errTimeUp reports that the time the user gave is over and the state saved.
var errTimeUp = errors.New("time is up")

// A signal is answered within five seconds. Steps may take longer, and the state exists only between them: where they are
// slow a copy is kept after each, and a step that isn't done in time is given up for it. Where there is no copy, giving up
// loses the steps since the last checkpoint, and a step gets lastPatience more.
var (
	slowStep     = 1500 * time.Millisecond
	patience     = 2500 * time.Millisecond
	lastPatience = 1500 * time.Millisecond
)

// reserve is how long before the end of the time that the user gave a session is asked to leave, as by a signal. What a
// step takes is known before that, and it leaves by itself; it may be mistaken, or be drawing a preview.
func reserve(maxTime time.Duration) time.Duration { return min(5*time.Second, maxTime/4) }

// leastLoad is the time that data get where the time that the user gave is shorter: a run that never begins would come back for
// ever, too.
var leastLoad = 30 * time.Second

// deadline ends a context in time, but not before least is over.
func (s *session) deadline(ctx context.Context, least time.Duration) (context.Context, context.CancelFunc) {
	if s.maxTime == 0 {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, s.opened.Add(max(s.maxTime-reserve(s.maxTime), least)), errTimeUp)
}

// opening ends a context when the time for reading points is over.
func (how sitting) opening(ctx context.Context) (context.Context, context.CancelFunc) {
	s := session{sitting: how, opened: how.since}
	return s.deadline(ctx, leastLoad)
}

// ended is why training has to end, if it has to.
func (s *session) ended() error {
	switch {
	case s.ctx.Err() != nil && !errors.Is(context.Cause(s.ctx), errTimeUp):
		return errInterrupted
	case s.ctx.Err() != nil || s.timeUp():
		return errTimeUp
	}
	return nil
}

// Who has the state of the session: what runs between two steps, or whoever answers the signal.
const (
	stateFree int32 = iota
	stateTaken
	stateGivenUp // for ever: the process ends
)

// run trains. It comes back when that is over, or when a signal cannot wait for the step any longer; then training goes on
// behind it, up to the end of the step.
func (s *session) run(trainer *flows.Trainer, steps int) error {
	done := make(chan error, 1)
	ctx := context.WithoutCancel(s.ctx) // onStep ends it, after it has saved
	go func() { done <- trainer.Run(ctx, s.data.Batches, steps) }()
	impatient := make(chan struct{})
	stop := context.AfterFunc(s.ctx, func() {
		time.Sleep(s.patience())
		close(impatient)
	})
	defer stop()
	select {
	case err := <-done:
		return errors.Join(err, s.awaitSave())
	case <-impatient:
	}
	for began := time.Now(); !s.giveUp(time.Since(began)); {
		select {
		case err := <-done:
			return errors.Join(err, s.awaitSave())
		case <-time.After(10 * time.Millisecond):
		}
	}
	if !s.compiled && errors.Is(s.ended(), errTimeUp) {
		return fmt.Errorf("%w %s; give more time, or make steps shorter by a smaller --batch", errFirstStep, s.maxTime)
	}
	return s.saveCopy()
}

// patience is how long a step may take when the session is asked to leave.
func (s *session) patience() time.Duration {
	if errors.Is(s.ended(), errTimeUp) {
		return min(patience, reserve(s.maxTime)/2)
	}
	return patience
}

// giveUp takes the state for ever, where nobody has it and a step isn't worth waiting for any longer. The first step is
// worth more where time is short: a run that never gets beyond it would come back for ever. It gets all of the time, or leastLoad.
func (s *session) giveUp(waited time.Duration) bool {
	if !s.owner.CompareAndSwap(stateFree, stateTaken) {
		return false // it is being saved
	}
	first := !s.compiled && errors.Is(s.ended(), errTimeUp) && time.Since(s.opened) < max(s.maxTime, leastLoad)
	safe := s.saved
	if s.saving != nil {
		safe = s.writing
	}
	loses := s.done > safe && (s.copied == nil || int(s.copied.Step) < s.done)
	if first || loses && waited < lastPatience {
		s.leave()
		return false
	}
	s.owner.Store(stateGivenUp)
	return true
}

// enter takes the state between two steps. Where the step before was given up somebody else has it, and the process ends.
func (s *session) enter() {
	for !s.owner.CompareAndSwap(stateFree, stateTaken) {
		if s.givenUp() {
			select {}
		}
		time.Sleep(time.Millisecond) // somebody looks whether to give up
	}
}

// leave gives the state to the next step.
func (s *session) leave() { s.owner.Store(stateFree) }

// givenUp tells that a step is still being computed, with all that it needs.
func (s *session) givenUp() bool { return s.owner.Load() == stateGivenUp }

// copySlow copies the state after a slow step; of others only the checkpoints are kept.
func (s *session) copySlow(step int) error {
	if s.typical() < slowStep {
		s.dropCopy()
		return nil
	}
	return s.copyNow(step)
}

// dropCopy frees the memory of the copy for the next.
func (s *session) dropCopy() {
	if s.copied != nil {
		s.spare, s.copied = *s.copied, nil
	}
}

func (s *session) copyNow(step int) error {
	s.dropCopy()
	state, err := s.copyState(step)
	s.copied = &state
	return err
}

// errFirstStep reports that the time the user gave is too short for a single step.
var errFirstStep = errors.New("the first step took longer than --max-time")

// saveCopy saves the newest copy, where there is one of a step after the last checkpoint.
func (s *session) saveCopy() error {
	if err := s.awaitSave(); err != nil {
		return err
	}
	if s.copied != nil && int(s.copied.Step) > s.saved {
		s.write(*s.copied)
		if err := s.awaitSave(); err != nil {
			return err
		}
	}
	return s.ended()
}

// timeUp tells whether another step and the save after it may end later than the user allows.
func (s *session) timeUp() bool {
	return s.maxTime > 0 && time.Since(s.opened)+s.typical()+s.saveTook >= s.maxTime
}

// typical is the time that a step takes, 0 before it is known.
func (s *session) typical() time.Duration {
	if len(s.durations) == 0 {
		return 0
	}
	return median(s.durations)
}
