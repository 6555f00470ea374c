package train

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cost"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// training shows the events of training on a bar or in lines, and says how it ended.
type training struct {
	ctx     context.Context
	plan    *run.Plan
	maxTime string // as the user gave it
	std     term.Streams
	json    bool // the result is one JSON object
	// handlesSignals is called when training handles signals itself, nil for nobody to call
	handlesSignals func()

	loud    io.Writer  // for warnings
	objects *jsonLines // nil without --log json
	dir     run.Dir
	board   *board // nil without --tensorboard
	engine  *engine.Engine
	bar     *term.Bar
	allDone bool // before it began
}

// see shows an event.
func (t *training) see(event train.Event) {
	switch e := event.(type) {
	case train.Started:
		t.start(e)
	case train.Stepped:
		t.step(e)
	case train.Evaluated:
		t.evaluated(e)
	case train.Finished:
		t.bar.Clear()
		t.say("%s", memoryUsed(t.engine))
		t.say("done, %s %s in %s; `amgen sample --run %s -n %d -o samples.png` draws from it",
			humanize.Comma(int64(e.Step)), english.PluralWord(e.Step, "step", ""), duration.Text(e.Seconds),
			terminal.Word(string(t.dir)), e.Previewed)
	case train.Forced:
		t.say("forced: %s", becomes(e.Change, e.Where))
	case train.Notice:
		t.say("%s", e.Text)
	case train.Warning:
		t.bar.Clear()
		fmt.Fprintf(t.loud, "train: %s; training goes on\n", flags.ErrorText(e.Err))
	}
}

func (t *training) say(format string, args ...any) {
	t.bar.Clear()
	fmt.Fprintf(t.std.Err, "train: "+format+"\n", args...)
}

// start says what will be trained, where, and how long it takes. From here on training handles signals itself.
func (t *training) start(e train.Started) {
	if t.handlesSignals != nil {
		t.handlesSignals()
	}
	t.dir, t.engine, t.allDone = e.Dir, e.Engine, e.Todo == 0
	cfg := t.plan.Config
	if t.allDone {
		t.say("all %s steps are done; a larger --steps goes on", humanize.Comma(int64(cfg.Steps)))
		return
	}
	c, err := cost.Estimate(t.ctx, e.Engine, t.plan)
	if err != nil { // training has to end, and the cost doesn't matter
		return
	}
	c.Steps -= e.Step
	if n := cfg.EvalEvery; n > 0 {
		c.Evaluations -= e.Step / n
	}
	t.say("%s on %s by %s (%s), backend %s, run %s", cfg.Network(), cfg.Dataset, cfg.Objective, cfg.Estimator,
		e.Engine.Backend.Name(), e.Dir)
	if e.Step > 0 {
		t.say("resumed at step %d", e.Step)
	}
	if n := cfg.LRSteps; n > 0 && n < cfg.Steps {
		t.say("the learning rate has decayed at step %d and stays there; a new run with --from %s has the full rate", n,
			terminal.Word(string(e.Dir)))
	}
	t.say("%s", describe(c))
	if err := warn(t.std.Err, c, t.plan); err != nil {
		t.say("%s", flags.ErrorText(err))
	}
	t.bar = term.NewStepBar(t.std.Err, cfg.Steps)
}

// step shows a step on the bar. Without a bar it prints a line every 10 --log-every steps.
func (t *training) step(e train.Stepped) {
	cfg := t.plan.Config
	if e.First {
		t.say("the first step took %s, compiling it included; %s", duration.Text(e.Elapsed.Seconds()),
			memoryUsed(t.engine))
	}
	if t.bar == nil {
		t.bar = term.NewStepBar(t.std.Err, cfg.Steps)
	}
	if e.Logged {
		defer t.export(false)
	}
	if t.objects != nil {
		if e.Logged {
			_ = t.objects.step(e.Stat, cfg.Steps) // as other lines: a log that can't be written doesn't end training
		}
		return
	}
	t.bar.Describe(fmt.Sprintf("loss %.4g, %.1f %s/s%s", e.Loss, e.Rate(), t.plan.Unit(), duration.Left(e.ETA)))
	t.bar.Set(int64(e.Step))
	if every := 10 * cfg.LogEvery; e.Logged && !t.bar.Visible() && (e.Step%every == 0 || e.Step == 1 ||
		e.Step == cfg.Steps) {
		t.say("step %d/%d loss %.5g grad %.3g %.1f %s/s%s", e.Step, cfg.Steps, e.Loss, e.GradNorm, e.Rate(),
			t.plan.Unit(), duration.Left(e.ETA))
	}
}

// export brings the file for TensorBoard up to date, if there is to be one. One that fails is told of once.
func (t *training) export(last bool) {
	if err := t.board.update(t.dir, last); err != nil {
		t.board = nil
		t.say("%s; training goes on, and `amgen runs tensorboard %s` writes it again", flags.ErrorText(err),
			terminal.Word(string(t.dir)))
	}
}

// evaluated says what an evaluation found.
func (t *training) evaluated(e train.Evaluated) {
	text := ""
	if e.HeldOutLoss != nil {
		text += fmt.Sprintf(" held-out loss %.5g", *e.HeldOutLoss)
	}
	if e.FID != nil {
		text += fmt.Sprintf(" FID %.4g", *e.FID)
	}
	if text != "" {
		t.say("step %d/%d%s, evaluated in %s", e.Step, t.plan.Config.Steps, text, duration.Text(e.Elapsed.Seconds()))
	}
}

// end says how training ended, and returns the error that the command ends with. Where the run can go on, its
// directory is the command's result.
func (t *training) end(err error) error {
	t.bar.Clear()
	t.export(true)
	var stopped *train.StopError
	early := errors.As(err, &stopped)
	switch {
	case err == nil:
	case errors.Is(err, train.ErrNotSaved), !early && !errors.Is(err, train.ErrTimeUp):
		return err
	case !early:
		t.say("--max-time %s is over, and the data are not here yet; the same command goes on", t.maxTime)
		if !t.json {
			return nil
		}
		return term.PrintObject(t.std.Out, "train", summary.Report{State: summary.Stopped, Steps: t.plan.Config.Steps,
			Dataset: t.plan.Config.Dataset, Preset: t.plan.Config.Preset, Objective: t.plan.Config.Objective})
	case errors.Is(err, train.ErrTimeUp):
		t.say("--max-time %s is over, %s", t.maxTime, goesOn(stopped))
	case t.ctx.Err() != nil && errors.Is(err, t.ctx.Err()):
		t.say("%s", goesOn(stopped))
		return err
	default:
		return err
	}
	if !t.json {
		return term.PrintLine(t.std.Out, string(t.dir))
	}
	of, err := summary.Of(t.dir)
	if err != nil {
		return err
	}
	return term.PrintObject(t.std.Out, "train", of.Report())
}

// goesOn says what is saved, and how to continue.
func goesOn(stopped *train.StopError) string {
	return stopped.Left() + "; " + flags.ResumeHint(stopped)
}

// memoryUsed says how much memory training has taken at most.
func memoryUsed(e *engine.Engine) string {
	if _, peak, ok := e.Memory(); ok {
		return fmt.Sprintf("at most %s in buffers on the device, %.0f MB of memory here", humanize.IBytes(uint64(peak)),
			memory.Peak())
	}
	return fmt.Sprintf("at most %.0f MB of memory", memory.Peak())
}
