package cli

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// runChoice says whose weights are meant.
type runChoice struct {
	run        string // its directory, "" for the newest
	checkpoint string // which of its checkpoints
	raw        bool   // the parameters themselves, not their moving average
}

// bind registers the flags; what says what is done with a run.
func (o *runChoice) bind(f *pflag.FlagSet, what string) {
	f.StringVar(&o.run, "run", "", what+"run `DIR` (default: the newest below "+runsDir+"/)")
	f.StringVar(&o.checkpoint, "checkpoint", run.Latest, "`WHICH` of the run's: "+run.Latest+", "+run.Best+" (of the smallest mean loss), or a step")
	f.BoolVar(&o.raw, "raw", false, "use the run's parameters themselves, not their moving average")
}

// settle checks the flags and finds the newest run where none is named.
func (o *runChoice) settle() (err error) {
	if step, wrong := parseInteger(o.checkpoint, 63); wrong == nil {
		o.checkpoint = strconv.FormatInt(step, 10)
	} else if o.checkpoint != run.Latest && o.checkpoint != run.Best {
		return usagef("--checkpoint takes %s, %s or a step, got %q", run.Latest, run.Best, o.checkpoint)
	}
	if o.run == "" {
		if o.run, err = newestRun(); err != nil {
			return err
		}
	}
	return checkName("the run", o.run)
}

// options are those of opening the run.
func (o *runChoice) options(with arithmetic, std streams) run.Options {
	return run.Options{Checkpoint: o.checkpoint, Raw: o.raw, Backend: with.backend, Precision: with.precision, Output: loading(std)}
}

// newestRun is the run below runs/ that was trained last.
func newestRun() (string, error) {
	dir, err := run.Newest(runsDir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return "", usagef("no trained run below %s/; `amgen train` makes one, or name one that is elsewhere", runsDir)
	}
	return string(dir), err
}

// runsDir holds the runs that were given no directory of their own.
const runsDir = "runs"
