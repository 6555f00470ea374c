package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// sitting is how the user wants training to begin and to end.
type sitting struct {
	resume, overwrite bool
	force             bool          // go on with other settings and data
	forced            []run.Change  // of the settings, that it was told of
	maxTime           time.Duration // 0 for as long as it takes
	since             time.Time     // when that began; zero for now
}

// start is how the run begins in its directory.
func (how sitting) start() run.Begin {
	return run.Begin{Resume: how.resume, Overwrite: how.overwrite, OwnReport: isReport}
}

// loadData is replaced by tests, whose data don't come.
var loadData = func(ctx context.Context, plan *run.Plan, out run.Output) (*run.Data, error) {
	return plan.Load(ctx, out)
}

// session is one sitting of training, in a run directory that it holds the lock of.
type session struct {
	sitting
	plan *run.Plan
	cfg  run.Config // of the plan
	dir  run.Dir
	lock *run.Lock // of dir
	std  streams

	engine  *engine.Engine
	vars    *mlcontext.Context // all that is trained, and all that training keeps
	data    *run.Data
	stats   *statsLog
	preview *preview
	bar     *bar

	ctx       context.Context // done when the user wants to stop
	compiled  bool
	durations []time.Duration // of the latest steps, without the first, which compiles
	opened    time.Time
	began     time.Time
	trained   float64  // seconds of earlier sittings
	done      int      // steps
	saved     int      // step of the last checkpoint
	parent    string   // hash of the last checkpoint
	logged    position // in the log, of the checkpoint that was resumed
	saveTook  time.Duration
	saving    saving        // nil when nothing is being written
	writing   int           // step of the checkpoint that is, or was last, being written
	logFailed bool          // lines of the log wait to be written
	spare     weights.State // of the last one that was

	owner  atomic.Int32   // of all this between two steps, see leave.go
	copied *weights.State // after a slow step
}

// train starts or resumes the run in dir, "" for a new one, and trains it to the end or until ctx is done. Nothing is
// written before data and backend are there.
func train(ctx context.Context, plan *run.Plan, dir run.Dir, how sitting, std streams) (err error) {
	cfg := plan.Config
	s := &session{sitting: how, plan: plan, cfg: cfg, std: std, vars: mlcontext.New(), ctx: ctx, opened: how.since}
	if s.opened.IsZero() {
		s.opened = time.Now()
	}
	if dir != "" { // before anything is loaded, and again when the lock is held
		if err := dir.Check(how.start()); err != nil {
			return err
		}
	}
	if err := s.load(); errors.Is(err, errTimeUp) {
		fmt.Fprintf(std.err, "train: --max-time %s is over, and the data are not here yet; the same command goes on\n", how.maxTime)
		return nil
	} else if err != nil {
		return err
	}
	if s.engine, err = run.OpenEngine(cfg.Backend, cfg.Devices, loading(std)); err != nil {
		return err
	}
	defer func() {
		if !s.givenUp() {
			s.engine.Backend.Finalize()
		}
	}()
	if dir == "" {
		if dir, err = run.NewDir(runsDir, cfg.Dataset, cfg.Objective); err != nil {
			return err
		}
	}
	s.dir = dir
	lock, err := dir.Lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	s.lock = lock
	if err := dir.Claim(how.start()); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stats.close()) }()
	return s.train()
}

// load fetches and reads the data.
func (s *session) load() (err error) {
	ctx, stop := s.deadline(s.ctx, leastLoad)
	defer stop()
	if s.data, err = loadData(ctx, s.plan, loading(s.std)); err != nil && s.ctx.Err() == nil && ctx.Err() != nil {
		return errTimeUp
	}
	return err
}

// begin writes the configuration, restores the last checkpoint of a resumed run, and opens the log.
func (s *session) begin() error {
	if err := s.dir.ClearUnfinished(); err != nil {
		return err
	}
	if s.resume {
		if err := s.restore(); err != nil {
			return err
		}
		if s.saved > s.cfg.Steps {
			return usagef("%s has done %d steps, more than --steps %d; a larger one goes on", s.dir, s.saved, s.cfg.Steps)
		}
	}
	text, err := s.cfg.TOML()
	if err != nil {
		return err
	}
	if err := os.Mkdir(s.dir.File(run.SamplesName), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make run directory: %w", err)
	}
	if err := replaceOwn(s.dir.File(run.ConfigName), text); err != nil {
		return err
	}
	var kept string
	if s.stats, kept, err = openStats(s.dir.File(run.StatsName), s.saved); err != nil {
		return err
	}
	if kept != "" {
		fmt.Fprintf(s.std.err, "train: %s has damaged lines, which are passed over; the file as it was is %s\n", run.StatsName, kept)
	}
	if have := s.stats.position(); have.Lines < s.logged.Lines {
		fmt.Fprintf(s.std.err, "train: %s lost %d of its %d lines up to step %d: they stay missing\n", run.StatsName, s.logged.Lines-have.Lines,
			s.logged.Lines, s.saved)
	}
	s.trained = s.stats.trained()
	return nil
}

func (s *session) train() error {
	decay, err := flows.DecayByName(s.cfg.LRDecay)
	if err != nil {
		return usageError{err}
	}
	model := s.plan.Model
	model.Path = s.data.Path
	s.preview = &preview{backend: s.engine.Backend, model: model, from: s.data.Source(s.engine.Backend),
		dir: s.dir.File(run.SamplesName), averaged: s.cfg.EMA > 0}
	defer func() {
		if !s.givenUp() {
			s.preview.close()
		}
	}()
	trainer, err := flows.NewTrainer(s.engine.Backend, s.vars, model, flows.TrainerConfig{
		Times: s.plan.Times, LearningRate: s.cfg.LR, Warmup: s.cfg.Warmup, Decay: decay, DecaySteps: s.cfg.LRSteps, ClipNorm: s.cfg.Clip,
		EMADecay: s.cfg.EMA, EMAWarmup: true, Seed: s.cfg.Seed,
		Devices: s.cfg.Devices, Accumulate: s.cfg.Accumulate, Resident: resident(s.data, s.engine.Choice), ReadEvery: readEvery(s.cfg, s.engine.Choice),
		Prepare: s.data.Prepare,
		OnStep:  s.onStep,
	})
	if err != nil {
		return err
	}
	answers(s.ctx)
	var stop context.CancelFunc
	s.ctx, stop = s.deadline(s.ctx, 0)
	defer stop()
	if err := s.showMissed(); err != nil {
		return err
	}
	todo := s.cfg.Steps - trainer.Step()
	if todo == 0 {
		if err := s.tidy(); err != nil { // it may have been killed right after the last checkpoint
			return err
		}
		fmt.Fprintf(s.std.err, "train: all %s steps are done; a larger --steps goes on\n", humanize.Comma(int64(s.cfg.Steps)))
		_ = printLine(s.std.out, string(s.dir))
		return nil
	}
	if err := s.announce(trainer.Step()); err != nil {
		return err
	}
	s.bar = newTrainBar(s.std.err, s.cfg.Steps)
	s.began, s.done = time.Now(), s.saved
	err = s.run(trainer, todo)
	s.bar.clear()
	if s.lock.Check() == nil {
		if err := s.stats.finish(); err != nil {
			fmt.Fprintf(s.std.err, "train: %s; %s lacks lines\n", oneLine(err.Error()), run.StatsName)
		}
	}
	return s.finish(err)
}

// tidy does what comes after a checkpoint.
func (s *session) tidy() error {
	if _, err := weights.Prune(s.dir.Checkpoints(), s.keeps()); err != nil {
		return err
	}
	if err := writeLossCurve(s.dir.File(run.LossCurveName), s.stats.lines); err != nil {
		s.warn(err)
	}
	return nil
}

// announce says what will be trained, where, and what it costs.
func (s *session) announce(done int) error {
	c, err := estimate(s.ctx, s.engine, s.plan)
	if s.ctx.Err() != nil { // it has to leave, and the price is no matter
		return nil
	} else if err != nil {
		return err
	}
	c.steps -= done
	fmt.Fprintf(s.std.err, "train: %s on %s by %s (%s), backend %s, run %s\n", s.cfg.Preset, s.cfg.Dataset,
		s.cfg.Objective, s.cfg.Estimator, s.engine.Backend.Name(), s.dir)
	if done > 0 {
		fmt.Fprintf(s.std.err, "train: resumed at step %d\n", done)
	}
	if n := s.cfg.LRSteps; n > 0 && n < s.cfg.Steps {
		fmt.Fprintf(s.std.err, "train: the learning rate has decayed at step %d and stays there\n", n)
	}
	fmt.Fprintf(s.std.err, "train: %s\n", c)
	if err := c.warn(s.std.err, s.plan); s.ctx.Err() == nil {
		return err
	}
	return nil
}

// finish turns the end of training into a last checkpoint and an error that says what to do.
func (s *session) finish(err error) error {
	var bad *flows.NonFiniteLossError
	switch {
	case errors.As(err, &bad):
		if s.saved == 0 {
			return fmt.Errorf("%w; no checkpoint was written yet", err)
		}
		return fmt.Errorf("%w; the last good checkpoint is step %d in %s", err, s.saved, s.dir)
	case errors.Is(err, run.ErrLockLost):
		return fmt.Errorf("%w; training stopped after step %d and writes nothing more, step %d is the last that it saved", err, s.done, s.saved)
	case errors.As(err, new(saveError)):
		return fmt.Errorf("step %d was not saved: %w; %s", s.done, err, s.goesOn())
	case errors.Is(err, errInterrupted):
		fmt.Fprintf(s.std.err, "train: %s\n", s.goesOn())
		return err
	case errors.Is(err, errTimeUp):
		fmt.Fprintf(s.std.err, "train: --max-time %s is over, %s\n", s.maxTime, s.goesOn())
		_ = printLine(s.std.out, string(s.dir))
		return nil
	case err != nil:
		return fmt.Errorf("%w; %s", err, s.goesOn())
	}
	fmt.Fprintf(s.std.err, "train: %s\n", memoryUsed(s.engine))
	fmt.Fprintf(s.std.err, "train: done, %s steps in %s; `amgen sample --run %s -n %d -o samples.png` draws from it\n",
		humanize.Comma(int64(s.saved)), seconds(s.trained+time.Since(s.began).Seconds()), shellWord(string(s.dir)),
		s.preview.from.Previewed())
	_ = printLine(s.std.out, string(s.dir))
	return nil
}

// goesOn tells what there is to go on with, and how.
func (s *session) goesOn() string {
	if s.saved == 0 {
		return fmt.Sprintf("nothing is saved yet; `amgen train --resume --out %s` begins again", shellWord(string(s.dir)))
	}
	return fmt.Sprintf("state saved at step %d; `amgen train --resume --out %s` goes on", s.saved, shellWord(string(s.dir)))
}

// onStep logs, draws and saves after a step, and stops training when the user wants it.
func (s *session) onStep(step flows.Step) error {
	s.enter()
	s.done = step.Step
	if s.compiled { // the first step of a sitting compiles: no measure of the others
		s.durations = append(s.durations, step.Elapsed)
		s.durations = s.durations[max(0, len(s.durations)-50):]
	} else {
		s.compiled = true
		fmt.Fprintf(s.std.err, "train: the first step took %s, compiling it included; %s\n", roundDuration(step.Elapsed), memoryUsed(s.engine))
	}
	last := step.Step == s.cfg.Steps
	stat := s.stat(step)
	s.bar.describe(fmt.Sprintf("loss %.4g, %.1f %s/s, %s left", stat.Loss, stat.rate(), s.plan.Unit(), seconds(stat.ETA)))
	s.bar.set(int64(step.Step))
	if last || step.Step == 1 || step.Step%s.cfg.LogEvery == 0 {
		if err := s.lock.Check(); err != nil {
			return err
		}
		s.log(stat)
	}
	if err := s.keep(step.Step, last); err != nil { // first: what only shows must not cost the state
		return err
	}
	if err := s.show(step.Step); err != nil {
		return err
	}
	s.leave()
	return nil
}

// shows tells whether a preview is due after a step.
func (s *session) shows(step int) bool {
	n := s.cfg.SampleEvery
	return n > 0 && step > 0 && (step%n == 0 || step == s.cfg.Steps)
}

// show draws a preview after a step where that is due. Who has to leave doesn't wait for it: it is drawn as if it were a step.
func (s *session) show(step int) error {
	if !s.shows(step) || s.ended() != nil {
		return nil
	}
	if s.saving == nil || s.writing != step { // else the state is safe already
		if err := s.copyNow(step); err != nil {
			return err
		}
	}
	s.leave()
	err := s.draw(step)
	s.enter()
	return err
}

// showMissed draws the preview of the last checkpoint, which a session that had to leave owes.
func (s *session) showMissed() error {
	if !s.shows(s.saved) {
		return nil
	}
	if _, err := os.Lstat(s.preview.path(s.saved)); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.draw(s.saved)
}

// draw draws a preview, and tells of one that fails: training goes on.
func (s *session) draw(step int) error {
	if err := s.lock.Check(); err != nil {
		return err
	}
	if err := s.preview.draw(s.ctx, s.vars, step); err != nil && s.ctx.Err() == nil { // else it was cut short
		s.warn(fmt.Errorf("preview of step %d: %w", step, err))
	}
	return nil
}

// warn tells of what went wrong beside training.
func (s *session) warn(err error) {
	s.bar.clear()
	fmt.Fprintf(s.std.err, "train: %s; training goes on\n", oneLine(err.Error()))
}

// keep saves after a step where that is due, and stops training when the user wants it.
func (s *session) keep(step int, last bool) error {
	stop := func() error {
		if last {
			return nil
		}
		return s.ended()
	}
	why := stop()
	if n := s.cfg.CheckpointEvery; !last && why == nil && (n == 0 || step%n != 0) {
		return s.copySlow(step)
	}
	s.dropCopy()
	if err := s.save(step); err != nil {
		return err
	}
	if why == nil { // while it was copied
		why = stop()
	}
	if last || why != nil {
		if err := s.awaitSave(); err != nil {
			return err
		}
	}
	return why
}

func (s *session) stat(step flows.Step) Stat {
	typical := cmp.Or(s.typical(), step.Elapsed)
	stat := Stat{
		Step: step.Step, Loss: step.Loss, GradNorm: step.GradNorm, LR: step.LearningRate,
		Seconds: s.trained + time.Since(s.began).Seconds(), ETA: typical.Seconds() * float64(s.cfg.Steps-step.Step),
	}
	if rate := float64(step.Batch) / typical.Seconds(); s.cfg.Points() {
		stat.PointsPerSec = rate
	} else {
		stat.ImagesPerSec = rate
	}
	return stat
}

// log appends to stats.jsonl and, where there is no progress bar, prints a line now and then. Lines that can't be written
// are kept for later.
func (s *session) log(stat Stat) {
	if err := s.stats.append(stat); err != nil && !s.logFailed {
		s.warn(fmt.Errorf("%w; lines are kept and written when that is possible", err))
		s.logFailed = true
	} else if err == nil && s.logFailed {
		fmt.Fprintf(s.std.err, "train: %s is written again, with the lines that waited\n", run.StatsName)
		s.logFailed = false
	}
	if every := 10 * s.cfg.LogEvery; s.bar.bar == nil && (stat.Step%every == 0 || stat.Step == 1 || stat.Step == s.cfg.Steps) {
		fmt.Fprintf(s.std.err, "train: step %d/%d loss %.5g grad %.3g %.1f %s/s, %s left\n", stat.Step, s.cfg.Steps,
			stat.Loss, stat.GradNorm, stat.rate(), s.plan.Unit(), seconds(stat.ETA))
	}
}
