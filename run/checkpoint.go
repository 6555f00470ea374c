package run

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/weights"
)

// What [Options.Checkpoint] takes besides a step.
const (
	Latest = "latest" // the newest intact one
	Best   = "best"   // the intact one of the smallest mean loss
)

// stepOf is the step that a checkpoint is named by; ok is false for Latest and Best.
func stepOf(checkpoint string) (step int64, ok bool, err error) {
	if checkpoint == "" || checkpoint == Latest || checkpoint == Best {
		return 0, false, nil
	}
	step, err = strconv.ParseInt(checkpoint, 10, 64)
	if err != nil || step < 0 {
		return 0, false, mistake.New("{checkpoint} takes %s, %s or a step, got %q", Latest, Best, checkpoint)
	}
	return step, true, nil
}

// Checkpoint reads a checkpoint: [Latest], [Best] or a step, with the training state where whole is set, else with the
// averages alone. Damaged ones are passed over with a line in the log, but for one named by its step.
func (d Dir) Checkpoint(which string, whole bool, out Output) (*weights.Checkpoint, error) {
	step, named, err := stepOf(which)
	if err != nil {
		return nil, err
	}
	load := weights.LoadEMA
	if whole {
		load = weights.Load
	}
	var c *weights.Checkpoint
	var skipped []error
	switch {
	case named:
		c, err = weights.At(d.Checkpoints(), step, load)
	case which == Best:
		c, skipped, err = weights.Best(d.Checkpoints(), load)
	case whole:
		c, skipped, err = weights.Latest(d.Checkpoints())
	default:
		c, skipped, err = weights.LatestEMA(d.Checkpoints())
	}
	if err == nil {
		out.Skipped(skipped)
	}
	return c, err
}

// Skipped tells of checkpoints that were passed over.
func (o Output) Skipped(list []error) {
	for _, err := range list {
		o.logf("amgen: skipped a damaged checkpoint: %s", terminal.OneLine(err.Error()))
	}
}

// Parameters reads the variables to sample from: the averages where there are any and raw isn't set, else the
// parameters as they were trained last. It refuses a checkpoint of another network or of other data than the plan's,
// and makes the plan that of the checkpoint.
func (p *Plan) Parameters(dir Dir, checkpoint string, raw bool, out Output) (*mlcontext.Context, *weights.Checkpoint,
	error) {
	raw = raw || p.Config.EMA == 0
	c, err := dir.Checkpoint(checkpoint, raw, out)
	if err != nil {
		return nil, nil, err
	}
	if err := p.CheckArchitecture(c); err != nil {
		return nil, nil, err
	}
	if err := p.Config.CheckTrained(c); err != nil {
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
	return vars.Reuse(), c, p.match(c, out)
}

// CheckArchitecture refuses a checkpoint of another network than the plan's. The error wraps [weights.ErrArchitecture].
func (p *Plan) CheckArchitecture(c *weights.Checkpoint) error {
	want, err := json.Marshal(p.Architecture())
	if err != nil {
		return fmt.Errorf("encode architecture: %w", err)
	}
	differences, err := weights.Differences(c.Architecture, want)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", c.Path, err)
	}
	if len(differences) > 0 {
		return fmt.Errorf("checkpoint %s is of another architecture than this run's %s: %s: %w", c.Path, ConfigName,
			strings.Join(differences, ", "), weights.ErrArchitecture)
	}
	return nil
}
