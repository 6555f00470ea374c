package cli

import (
	"context"
	"errors"
	"time"

	"github.com/amgen/amgen/flows"
)

// errTimeUp reports that the time the user gave is over and the state saved.
var errTimeUp = errors.New("time is up")

// A signal is answered within five seconds. Steps may take longer, and the state exists only between them: where they are
// slow a copy is kept after each, and a step that isn't done in time is given up for it.
var (
	slowStep = 1500 * time.Millisecond
	patience = 2500 * time.Millisecond
)

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
	go func() { done <- trainer.Run(s.data.batches, steps) }()
	impatient := make(chan struct{})
	stop := context.AfterFunc(s.ctx, func() {
		time.Sleep(patience)
		close(impatient)
	})
	defer stop()
	select {
	case err := <-done:
		return errors.Join(err, s.awaitSave())
	case <-impatient:
	}
	for !s.owner.CompareAndSwap(stateFree, stateGivenUp) {
		select {
		case err := <-done:
			return errors.Join(err, s.awaitSave())
		case <-time.After(10 * time.Millisecond): // it is being saved
		}
	}
	return s.saveCopy()
}

// enter takes the state between two steps. Where the step before was given up somebody else has it, and the process ends.
func (s *session) enter() {
	if !s.owner.CompareAndSwap(stateFree, stateTaken) {
		select {}
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
	return errInterrupted
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
