package flags

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// RunChoice is the choice of a run, and of its weights.
type RunChoice struct {
	Run        string // its directory, "" for the newest
	Checkpoint string // which of its checkpoints
	Raw        bool   // the parameters themselves, not their moving average
}

// RunHelp is the help of --run.
const RunHelp = "`DIR` run directory (default: the newest below " + RunsDir + "/)"

// Bind registers the flags; help is that of --run.
func (o *RunChoice) Bind(f *pflag.FlagSet, help string) {
	f.StringVar(&o.Run, "run", "", help)
	f.StringVar(&o.Checkpoint, "checkpoint", run.Latest, "`WHICH` checkpoint to use: "+run.Latest+", "+run.Best+
		" (lowest mean loss) or a step number")
	f.BoolVar(&o.Raw, "raw", false, "use the run's parameters, not their moving average")
}

// Settle checks the flags, and finds the newest run if none is named.
func (o *RunChoice) Settle() (err error) {
	if step, wrong := parseInteger(o.Checkpoint, 63); wrong == nil {
		o.Checkpoint = strconv.FormatInt(step, 10)
	} else if o.Checkpoint != run.Latest && o.Checkpoint != run.Best {
		return Usagef("--checkpoint takes %s, %s or a step, got %q", run.Latest, run.Best, o.Checkpoint)
	}
	if o.Run == "" {
		if o.Run, err = NewestRun(); err != nil {
			return err
		}
	}
	return checkName("the run", o.Run)
}

// Options are the options of opening the run.
func (o *RunChoice) Options(with Arithmetic, std term.Streams) run.Options {
	return run.Options{Checkpoint: o.Checkpoint, Raw: o.Raw, Backend: with.Backend, Precision: with.precision,
		Output: std.Loading()}
}

// NewestRun is the run below runs/ that was trained last.
func NewestRun() (string, error) {
	dir, err := run.Newest(RunsDir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return "", Usagef("no trained run below %s/; `amgen train` makes one, or pass --run DIR", RunsDir)
	}
	return string(dir), err
}

// RunsDir holds the runs that were given no directory of their own.
const RunsDir = "runs"
