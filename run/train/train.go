// Package train trains a plan in a run directory, from the beginning or from where it was left, to the same bits.
//
//	cfg, err := run.Preset("mnist", "tiny")
//	if err != nil { … }
//	plan, err := cfg.Resolve(ctx)
//	if err != nil { … }
//	err = train.Train(ctx, plan, "runs/first", train.Options{})
//
// What happens meanwhile is told by events ([Options.Events]). The package writes to the run directory alone: no
// terminal, no signals.
package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/heldout"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/run/numbered"
)

// Options say how training begins and ends. The zero value begins a run, and trains it to the end.
type Options struct {
	Resume    bool // go on from the last checkpoint of the run that is there; without one, begin again
	Overwrite bool // delete the run that is there
	// Force, with Resume, goes on by other settings and data, which make other bits. Forced are changes that the caller
	// has told of itself.
	Force  bool
	Forced []run.Change
	// From gives the parameters that a run with [run.Config.From] begins with. It isn't called where the run goes on
	// from a checkpoint.
	From func() (run.Pretrained, error)
	// OwnReport tells which files in eval/ are reports of the run, which Overwrite deletes; nil keeps all.
	OwnReport func(path string) bool

	// FID opens what finds the FID of samples while training, see [run.Config].EvalEvery. It may return nil, and then
	// has said why there is none. nil is none.
	FID func(ctx context.Context, e *engine.Engine) (FID, error)

	// MaxTime ends training in time: it saves, and returns [ErrTimeUp]. 0 is for as long as it takes. It counts from
	// Since, by default now.
	MaxTime time.Duration
	Since   time.Time
	// Least is what loading and the first step get, however short MaxTime is: a run that never gets beyond them would
	// come back for ever. Default 30 s.
	Least time.Duration
	// Patience gives steps up that take too long when training has to end; nil waits for every step.
	Patience *Patience

	// Events is told what happens, one thing after another, from goroutines of this package. Training waits for it. nil
	// drops events.
	Events func(Event)

	run.Output
}

// Errors that [Train] returns wrap one of these where training had to end early.
var (
	// ErrTimeUp reports that MaxTime is over, and the state saved.
	ErrTimeUp = errors.New("time is up")
	// ErrNotSaved reports that a checkpoint was not written.
	ErrNotSaved = errors.New("not saved")
)

// StopError says that training ended early, by an error, a context or the time, and what is saved.
type StopError struct {
	Err   error
	Dir   run.Dir
	Done  int // steps
	Saved int // step of the last checkpoint, 0 for none
}

// Error says what happened, then what is saved.
func (e *StopError) Error() string { return fmt.Sprintf("%v; %s", e.Err, e.Left()) }

// Unwrap returns why training ended.
func (e *StopError) Unwrap() error { return e.Err }

// Left says what is saved.
func (e *StopError) Left() string {
	if e.Saved == 0 {
		return "nothing is saved yet"
	}
	return fmt.Sprintf("state saved at step %d", e.Saved)
}

// Train trains a plan in a run directory, which it holds the lock of; "" is a new one below runs/. Nothing is written
// before data and backend are there.
//
// When ctx is done it saves the state after the step that is being computed, and returns a [StopError] that wraps the
// cause. A step that is given up by [Options.Patience] goes on computing after Train has returned, with the memory
// that it takes, until it is done; what it computes is dropped. A program that then ends loses nothing.
func Train(ctx context.Context, plan *run.Plan, dir run.Dir, o Options) (err error) {
	if o.Since.IsZero() {
		o.Since = time.Now()
	}
	if dir != "" { // before anything is loaded, and again when the lock is held
		if err := dir.Check(o.begin()); err != nil {
			return err
		}
	}
	l := &loop{Options: o, plan: plan, cfg: plan.Config, vars: mlcontext.New(), ctx: ctx}
	if l.cfg.From != "" && !o.Resume { // before anything is loaded, or a run deleted that it may be
		if err := l.readFrom(); err != nil {
			return err
		}
	}
	l.adopt(dir)
	if l.data, err = o.load(ctx, plan); err != nil {
		return err
	}
	if l.cfg.EvalEvery > 0 {
		if l.heldOut, err = heldout.Load(ctx, plan, o.Output); err != nil {
			return err
		}
	}
	if l.engine, err = run.OpenEngine(l.cfg.Backend, l.cfg.Devices, o.Output); err != nil {
		return err
	}
	defer l.close()
	if dir == "" {
		path, err := numbered.Next("runs", l.cfg.Dataset, l.cfg.Objective)
		if err != nil {
			return err
		}
		dir = run.Dir(path)
	}
	l.dir = dir
	if l.lock, err = lock.Take(string(dir)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.lock.Unlock()) }()
	if err := dir.Claim(o.begin()); err != nil {
		return err
	}
	if err := l.begin(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.log.close()) }()
	return l.train()
}

// begin says how the run begins in its directory.
func (o Options) begin() run.Begin {
	return run.Begin{Resume: o.Resume, Overwrite: o.Overwrite, OwnReport: o.OwnReport}
}

// loadData is replaced by tests, whose data don't come.
var loadData = (*run.Plan).Load

// load fetches and reads the data.
func (o Options) load(ctx context.Context, plan *run.Plan) (*run.Data, error) {
	timed, stop := o.Opening(ctx)
	defer stop()
	data, err := loadData(plan, timed, o.Output)
	if err != nil && ctx.Err() == nil && timed.Err() != nil {
		return nil, fmt.Errorf("%w, and the data are not here yet", ErrTimeUp)
	}
	return data, err
}

// trainer makes what computes the steps.
func (l *loop) trainer() (*flows.Trainer, error) {
	decay, err := flows.DecayByName(l.cfg.LRDecay)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	rule, err := optimizer.RuleByName(l.cfg.Optimizer)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	model := l.plan.Model
	model.Path = l.data.Path
	times := l.plan.Times
	if l.data.Times != nil {
		times = l.data.Times
	}
	l.preview = newPreview(l, model)
	if l.judge, err = l.newEvaluation(); err != nil {
		return nil, err
	}
	return flows.NewTrainer(l.engine.Backend, l.vars, model, flows.TrainerConfig{
		Times: times, Rule: rule, LearningRate: l.cfg.LR, Warmup: l.cfg.Warmup, Decay: decay,
		DecaySteps: l.cfg.LRSteps, ClipNorm: l.cfg.Clip, EMADecay: l.cfg.EMA, EMAWarmup: true,
		EMAWarmupLength: l.cfg.EMAWarmup, Seed: l.cfg.Seed, PowerAverages: l.cfg.PowerAverages,
		Devices: l.cfg.Devices, Accumulate: l.cfg.Accumulate, Resident: resident(l.data, l.engine.Choice),
		ReadEvery: ReadEvery(l.cfg, l.engine.Choice),
		Prepare:   l.data.Prepare, Augment: l.data.Augment,
		OnStep: l.onStep,
	})
}

// residentBytes is how large a data set may be to be kept on a device whole: CIFAR-10 has 154 MB, and a GPU tens of GB.
const residentBytes = 4 << 30

// resident reports whether training keeps the data on the device. It does on XLA, whose memory is not the program's: to
// send a batch there takes time.
func resident(d *run.Data, choice engine.Choice) bool {
	return choice.XLA() && d.Size > 0 && d.Size <= residentBytes
}

// ReadEvery is the number of steps after which training reads its loss. On XLA reading takes time, and the loss is read
// when it is logged: every LogEvery steps, and where the run is evaluated.
func ReadEvery(c run.Config, choice engine.Choice) int {
	if !choice.XLA() {
		return 1
	}
	a, b := c.LogEvery, c.EvalEvery
	for b > 0 { // their greatest common divisor
		a, b = b, a%b
	}
	return a
}
