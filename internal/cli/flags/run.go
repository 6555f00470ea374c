package flags

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/numbered"
	"github.com/amgen/amgen/weights"
)

// RunChoice has the flags that choose a run, and its weights.
type RunChoice struct {
	model      string // in place of a run
	dir        string // "" for the newest
	checkpoint string
	raw        bool
	average    float64
}

// Run is a run that was chosen, and its weights, or a model in its place.
type Run struct {
	Model      *models.Model // nil of a run
	Dir        run.Dir
	Checkpoint string // which of its checkpoints
	Raw        bool   // the parameters themselves, not their moving average
	// Average is the length of the power-function average to take, 0 for the moving average.
	Average float64
}

// RunHelp is the help of --run.
const RunHelp = "`DIR` run directory (default: the one in " + RunsDir + "/ whose checkpoints changed last)"

// Bind registers the flags; help is that of --run.
func (o *RunChoice) Bind(f *pflag.FlagSet, help string) {
	f.StringVar(&o.dir, "run", "", help)
	f.StringVar(&o.checkpoint, "checkpoint", run.Latest, "`WHICH` checkpoint to use: "+run.Latest+", "+run.Best+
		" (lowest mean training loss) or a step number")
	f.BoolVar(&o.raw, "raw", false, "use the raw parameters instead of their moving average (EMA)")
}

// AverageFlag is the flag that [RunChoice.BindAverage] registers, without dashes.
const AverageFlag = "ema"

// BindAverage registers the flag of another average than the run's moving one. Commands that have it refuse 0, see
// [RefuseZero].
func (o *RunChoice) BindAverage(f *pflag.FlagSet) { BindAverage(f, &o.average) }

// BindAverage registers the flag of another average than the moving one for a run that is named in another way.
func BindAverage(f *pflag.FlagSet, length *float64) {
	f.Float64Var(length, AverageFlag, 0, "relative length of a power-function average of the parameters, as "+
		"0.07, made of those that a run with power_averages in its configuration has kept (default: the moving "+
		"average)")
}

// Of is the choice of the same weights of another run.
func (o RunChoice) Of(dir string) RunChoice {
	o.dir = dir
	return o
}

// Averaged tells whether another average was asked for.
func (o RunChoice) Averaged() bool { return o.average != 0 }

// Named tells whether a run or a model is named.
func (o RunChoice) Named() bool { return o.dir != "" || o.model != "" }

// Resolve checks the flags, and finds the newest run if none is named.
func (o RunChoice) Resolve() (r Run, err error) {
	r = Run{Dir: run.Dir(o.dir), Checkpoint: o.checkpoint, Raw: o.raw, Average: o.average}
	if step, wrong := parseInteger(r.Checkpoint, 63); wrong == nil {
		r.Checkpoint = strconv.FormatInt(step, 10)
	} else if r.Checkpoint != run.Latest && r.Checkpoint != run.Best {
		return r, Usagef("--checkpoint takes %s, %s or a step, got %q", run.Latest, run.Best, r.Checkpoint)
	}
	if o.model != "" {
		if o.dir != "" {
			return r, Usagef("--run and --model each name what to draw from; pass one of them")
		}
		r.Model, err = models.Open(o.model)
		return r, err
	}
	if r.Dir == "" {
		if r.Dir, err = NewestRun(); err != nil {
			return r, err
		}
	}
	return r, checkName("the run", string(r.Dir))
}

// BindModel registers the flag of a model in place of a run; more is what else help says of it.
func (o *RunChoice) BindModel(f *pflag.FlagSet, more string) {
	f.StringVar(&o.model, "model", "", "`NAME` trained model in place of a run: "+strings.Join(models.Here(), ", ")+
		", or a file; `amgen models list` describes them"+more)
}

// ResolveOrDefault is Resolve that opens the default model where no run is named and there is none below [RunsDir]. It
// says so in a line.
func (o RunChoice) ResolveOrDefault(command string, std term.Streams) (Run, error) {
	ofRun := o.raw || o.checkpoint != run.Latest
	if o.dir == "" && o.model == "" && !ofRun && noRuns() {
		o.model = models.Default()
		fmt.Fprintf(std.Err, "%s: no run below %s/, so the samples are the bundled model %s's; choose by --run or "+
			"--model\n", command, RunsDir, o.model)
	}
	return o.Resolve()
}

// noRuns tells whether the folder of runs has none, not even one that has only begun.
func noRuns() bool {
	entries, err := os.ReadDir(RunsDir)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return run.Dir(filepath.Join(RunsDir, e.Name())).HoldsRun()
	})
}

// Name is what messages call the run or the model.
func (r Run) Name() string {
	if r.Model != nil {
		return r.Model.Name
	}
	return string(r.Dir)
}

// Config is the configuration of the run or the model.
func (r Run) Config() (run.Config, error) {
	if r.Model != nil {
		return r.Model.Config, nil
	}
	return r.Dir.Config()
}

// Find finds the run or the model.
func (r Run) Find(ctx context.Context, o run.Options) (*run.Trained, error) {
	if r.Model == nil {
		return run.Find(ctx, string(r.Dir), o)
	}
	return r.Model.Find(ctx, o)
}

// Options are the options of opening the run.
func (r Run) Options(with Arithmetic, std term.Streams) run.Options {
	return run.Options{Checkpoint: r.Checkpoint, Raw: r.Raw, Average: r.Average, Backend: with.Backend,
		Precision: with.precision, Output: std.Loading()}
}

// NewestRun is the run below runs/ that was trained last.
func NewestRun() (run.Dir, error) {
	dir, err := numbered.Newest(RunsDir, func(dir string) string { return run.Dir(dir).Checkpoints() })
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return "", Usagef("no trained run below %s/; `amgen train` makes one, or pass --run DIR", RunsDir)
	}
	return run.Dir(dir), err
}

// Runs are the runs below [RunsDir], by their names.
func Runs() (list []string) {
	entries, err := os.ReadDir(RunsDir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if dir := filepath.Join(RunsDir, e.Name()); run.Dir(dir).HoldsRun() {
			list = append(list, dir)
		}
	}
	return list
}

// RunsDir holds the runs that were given no directory of their own.
const RunsDir = "runs"
