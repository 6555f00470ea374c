package train

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/run/lock"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// saving is a checkpoint that is being written behind training, of which there is one at most. Its channel gives one
// result.
type saving chan saved

type saved struct {
	state weights.State // whose memory is free again
	hash  string        // "" where nothing was written
	took  time.Duration
	err   error
	// warnings are what else went wrong: the log that couldn't be synced, older checkpoints that stay (on a network's
	// disk one that somebody reads may not go), the loss curve. The next save tries again.
	warnings []error
}

// saveError is that of a checkpoint that was not written.
type saveError struct{ error }

func (e saveError) Error() string { return fmt.Sprintf("%v: %v", ErrNotSaved, e.error) }

func (e saveError) Unwrap() []error { return []error{ErrNotSaved, e.error} }

// saver writes checkpoints behind training. It belongs to who has the state, see leave.go.
type saver struct {
	dir    run.Dir
	lock   *lock.Lock
	plan   *run.Plan
	data   *run.Data
	device string             // that computes
	from   json.RawMessage    // a [run.Origin] of the parameters that the run began with, nil for random ones
	vars   *mlcontext.Context // all that training keeps
	log    *statsLog
	warn   func(error) // of what else goes wrong

	saved  int    // step of the last checkpoint
	parent string // hash of the last checkpoint
	took   time.Duration

	saving  saving // nil when nothing is being written
	writing int    // step of the checkpoint that is, or was last, being written

	copied *weights.State // after a slow step
	spare  weights.State  // memory for the next copy
}

// save copies the state after a step and has it written behind training. What went wrong with the checkpoint before,
// which it waits for, is its error.
func (s *saver) save(step int) error {
	if err := s.await(); err != nil {
		return err
	}
	state, err := s.copyState(step)
	if err != nil {
		return err
	}
	s.write(state)
	return nil
}

// copyState is the state of training after a step, but for the parent, which may still be in writing.
func (s *saver) copyState(step int) (weights.State, error) {
	if err := flows.CheckFinite(s.vars, step); err != nil {
		return weights.State{}, err
	}
	state, err := weights.Snapshot(s.vars, optimizer.EMAScope, s.spare, optimizer.AccumulatedScope)
	s.spare = weights.State{}
	if err != nil {
		return state, err
	}
	architecture, err := json.Marshal(s.plan.Architecture())
	if err != nil {
		return state, fmt.Errorf("encode architecture: %w", err)
	}
	position, err := json.Marshal(s.log.position())
	if err != nil {
		return state, fmt.Errorf("encode position: %w", err)
	}
	device, err := json.Marshal(s.device)
	if err != nil {
		return state, fmt.Errorf("encode device: %w", err)
	}
	settings, err := json.Marshal(s.plan.Config.Deciding())
	if err != nil {
		return state, fmt.Errorf("encode settings: %w", err)
	}
	state.Meta = weights.Meta{
		Architecture: architecture, Preset: s.plan.Config.Preset, Step: int64(step), Position: int64(step),
		Score: s.score(step),
		Extra: map[string]json.RawMessage{run.HashKey: s.data.Hash, run.LogKey: position, run.DeviceKey: device,
			run.SettingsKey: settings},
	}
	if s.from != nil {
		state.Meta.Extra[run.FromKey] = s.from
	}
	if s.data.Record != nil {
		state.Meta.Extra[run.RecordKey] = s.data.Record
	}
	if s.data.Skipped != nil {
		state.Meta.Extra[run.SkippedKey] = s.data.Skipped
	}
	if s.data.Classes != nil {
		classes, err := json.Marshal(s.data.Classes)
		if err != nil {
			return state, fmt.Errorf("encode classes: %w", err)
		}
		state.Meta.Extra[run.ClassesKey] = classes
	}
	return state, nil
}

// keeps are the checkpoints that stay.
func (s *saver) keeps() weights.Keep {
	c := s.plan.Config
	return weights.Keep{Last: c.KeepCheckpoints, Every: int64(c.KeepEvery), Best: c.KeepBest}
}

// score is the mean loss over the lines of the log since the checkpoint that was due before; over all, where only the
// last step is due.
func (s *saver) score(step int) *float64 {
	if s.plan.Config.CheckpointEvery == 0 {
		return s.log.meanLoss(0)
	}
	return s.log.meanLoss(step - s.plan.Config.CheckpointEvery)
}

// write begins to write a state as a checkpoint; nothing else may be in writing. The lines that it counts are on the
// disk before it is, unless that fails: the state matters more. Where the lock is lost nothing is written.
func (s *saver) write(state weights.State) {
	state.Parent = s.parent
	dir, keep := s.dir.Checkpoints(), s.keeps()
	curve, lines := s.dir.File(run.LossCurveName), s.log.lines[:len(s.log.lines):len(s.log.lines)]
	result := make(saving, 1)
	s.saving, s.writing = result, int(state.Step)
	go func() {
		began := time.Now()
		r := saved{state: state}
		defer func() { result <- r }()
		warn := func(err error) {
			if err != nil {
				r.warnings = append(r.warnings, err)
			}
		}
		if r.err = s.lock.Check(); r.err != nil {
			return
		}
		warn(s.log.sync())
		if _, r.hash, r.err = weights.Save(dir, state); r.err != nil {
			r.err = saveError{r.err}
			if lost := s.lock.Check(); lost != nil {
				r.err = lost
			}
			return
		}
		_, err := weights.Prune(dir, keep)
		warn(err)
		r.took = time.Since(began)
		warn(writeLossCurve(curve, lines))
	}()
}

// tidy does what comes after a checkpoint.
func (s *saver) tidy() error {
	if _, err := weights.Prune(s.dir.Checkpoints(), s.keeps()); err != nil {
		return err
	}
	if err := writeLossCurve(s.dir.File(run.LossCurveName), s.log.lines); err != nil {
		s.warn(err)
	}
	return nil
}

// dropCopy frees the memory of the copy for the next.
func (s *saver) dropCopy() {
	if s.copied != nil {
		s.spare, s.copied = *s.copied, nil
	}
}

// copyNow keeps a copy of the state after a step.
func (s *saver) copyNow(step int) error {
	s.dropCopy()
	state, err := s.copyState(step)
	s.copied = &state
	return err
}

// holds tells the step that is safe, or is being made so.
func (s *saver) holds() int {
	if s.saving != nil {
		return s.writing
	}
	return s.saved
}

// saveCopy saves the newest copy, where there is one of a step after the last checkpoint.
func (s *saver) saveCopy() error {
	if err := s.await(); err != nil {
		return err
	}
	if s.copied != nil && int(s.copied.Step) > s.saved {
		s.write(*s.copied)
		return s.await()
	}
	return nil
}

// await waits for the checkpoint that is being written, if any.
func (s *saver) await() error {
	if s.saving == nil {
		return nil
	}
	r := <-s.saving
	s.saving = nil
	if r.hash != "" {
		s.saved, s.parent, s.took = int(r.state.Step), r.hash, r.took
	}
	s.spare = r.state
	for _, err := range r.warnings {
		s.warn(err)
	}
	return r.err
}
