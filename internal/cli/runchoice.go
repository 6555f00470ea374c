package cli

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// runChoice is the choice of a run, and of its weights.
type runChoice struct {
	run        string // its directory, "" for the newest
	checkpoint string // which of its checkpoints
	raw        bool   // the parameters themselves, not their moving average
}

// runHelp is the help of --run.
const runHelp = "`DIR` run directory (default: the newest below " + runsDir + "/)"

// bind registers the flags; help is that of --run.
func (o *runChoice) bind(f *pflag.FlagSet, help string) {
	f.StringVar(&o.run, "run", "", help)
	f.StringVar(&o.checkpoint, "checkpoint", run.Latest, "`WHICH` checkpoint to use: "+run.Latest+", "+run.Best+
		" (lowest mean loss) or a step number")
	f.BoolVar(&o.raw, "raw", false, "use the run's parameters, not their moving average")
}

// settle checks the flags, and finds the newest run if none is named.
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

// options are the options of opening the run.
func (o *runChoice) options(with arithmetic, std streams) run.Options {
	return run.Options{Checkpoint: o.checkpoint, Raw: o.raw, Backend: with.backend, Precision: with.precision,
		Output: loading(std)}
}

// newestRun is the run below runs/ that was trained last.
func newestRun() (string, error) {
	dir, err := run.Newest(runsDir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return "", usagef("no trained run below %s/; `amgen train` makes one, or pass --run DIR", runsDir)
	}
	return string(dir), err
}

// runsDir holds the runs that were given no directory of their own.
const runsDir = "runs"
