package cli

import (
	"fmt"
	"strconv"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/weights"
)

// runChoice says whose weights are meant.
type runChoice struct {
	run        string // its directory, "" for the newest
	checkpoint string // which of its checkpoints
	raw        bool   // the parameters themselves, not their moving average
}

// What --checkpoint takes besides a step.
const (
	latestCheckpoint = "latest"
	bestCheckpoint   = "best"
)

// bind registers the flags; what says what is done with a run.
func (o *runChoice) bind(f *pflag.FlagSet, what string) {
	f.StringVar(&o.run, "run", "", what+"run `DIR` (default: the newest below "+runsDir+"/)")
	f.StringVar(&o.checkpoint, "checkpoint", latestCheckpoint, "`WHICH` of the run's: "+latestCheckpoint+", "+bestCheckpoint+" (of the smallest mean loss), or a step")
	f.BoolVar(&o.raw, "raw", false, "use the run's parameters themselves, not their moving average")
}

// settle checks the flags and finds the newest run where none is named.
func (o *runChoice) settle() (err error) {
	if _, err := strconv.ParseInt(o.checkpoint, 10, 63); err != nil && o.checkpoint != latestCheckpoint && o.checkpoint != bestCheckpoint {
		return usagef("--checkpoint takes %s, %s or a step, got %q", latestCheckpoint, bestCheckpoint, o.checkpoint)
	}
	if o.run == "" {
		o.run, err = newestRun()
	}
	return err
}

// load reads the checkpoint; without the training state where that isn't wanted.
func (o *runChoice) load(whole bool, std streams) (*weights.Checkpoint, error) {
	dir, load := weights.CheckpointDir(o.run), weights.LoadEMA
	if whole {
		load = weights.Load
	}
	var c *weights.Checkpoint
	var skipped []error
	var err error
	switch o.checkpoint {
	case latestCheckpoint:
		if whole {
			c, skipped, err = weights.Latest(dir)
		} else {
			c, skipped, err = weights.LatestEMA(dir)
		}
	case bestCheckpoint:
		c, skipped, err = weights.Best(dir, load)
	default:
		step, wrong := strconv.ParseInt(o.checkpoint, 10, 63)
		if wrong != nil {
			return nil, fmt.Errorf("checkpoint %q: %w", o.checkpoint, wrong)
		}
		c, err = weights.At(dir, step, load)
	}
	if err == nil {
		warnSkipped(std, skipped)
	}
	return c, err
}

// model returns the variables to sample from, of a run trained by cfg on a network of the given architecture: the averages
// where there are any and raw is not set, else the parameters as they were trained last.
func (o *runChoice) model(cfg Config, architecture any, std streams) (*mlcontext.Context, *weights.Checkpoint, error) {
	raw := o.raw || cfg.EMA == 0
	c, err := o.load(raw, std)
	if err != nil {
		return nil, nil, err
	}
	if err := checkShown(c, cfg); err != nil {
		return nil, nil, err
	}
	if err := sameArchitecture(c, architecture); err != nil {
		return nil, nil, err
	}
	list := c.EMA
	if raw {
		list = c.Tensors
	}
	vars := mlcontext.New()
	if err := weights.Install(vars, list); err != nil {
		return nil, nil, err
	}
	return vars.Reuse(), c, nil
}
