package run

import (
	"context"
	"fmt"
	"strings"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/average"
	"github.com/amgen/amgen/weights"
)

// parameters reads the variables to sample from. sources names what an average was made of, "" where it wasn't fitted.
func (t *Trained) parameters() (vars *mlcontext.Context, c *weights.Checkpoint, sources string, err error) {
	o := t.options
	if t.pretrained != nil {
		vars, err = t.pretrained.variables(t.Plan, o.Output)
		return vars, t.pretrained.Checkpoint, "", err
	}
	if o.Average != 0 {
		list, c, sources, err := t.Plan.averaged(t.Dir, o.Checkpoint, o.Average, o.Output)
		if err != nil {
			return nil, nil, "", err
		}
		vars = mlcontext.New()
		if err := weights.Install(vars, list); err != nil {
			return nil, nil, "", err
		}
		return vars.Reuse(), c, sources, t.Plan.match(c, o.Output)
	}
	vars, c, err = t.Plan.Parameters(t.Dir, o.Checkpoint, o.Raw, o.Output)
	return vars, c, "", err
}

// PretrainedAverage is [Dir.Pretrained] with the power-function average of a length, see [Options.Average].
func (d Dir) PretrainedAverage(ctx context.Context, checkpoint string, length float64, out Output) (Pretrained, error) {
	o := Options{Checkpoint: checkpoint, Average: length, Output: out}
	if err := o.Check(); err != nil {
		return Pretrained{}, err
	}
	t, err := Find(ctx, string(d), o)
	if err != nil {
		return Pretrained{}, err
	}
	list, c, _, err := t.Plan.averaged(d, checkpoint, length, out)
	if err != nil {
		return Pretrained{}, err
	}
	cfg, err := d.Config()
	c.EMA, c.Tensors = list, nil
	return Pretrained{string(d), cfg, c}, err
}

// averaged makes the parameters to sample from: the power-function average of a length, fitted from those of a
// checkpoint and of all before it that are still there. sources names them all by their hashes.
func (p *Plan) averaged(dir Dir, checkpoint string, length float64, out Output) (list []weights.Tensor,
	c *weights.Checkpoint, sources string, err error) {
	if c, err = dir.Checkpoint(checkpoint, true, out); err != nil {
		return nil, nil, "", err
	}
	if err := p.CheckArchitecture(c); err != nil {
		return nil, nil, "", err
	}
	if err := p.Config.CheckTrained(c); err != nil {
		return nil, nil, "", err
	}
	kept, err := average.In(c)
	if err != nil {
		return nil, nil, "", err
	}
	if len(kept) == 0 {
		return nil, nil, "", mistake.Fail("checkpoint %s keeps no power-function averages to make one of length %g "+
			"of; train with power_averages = [0.05, 0.1] in the configuration, or leave {average} out", c.Path, length)
	}
	more, hashes, err := average.Before(dir.Checkpoints(), c.Step, p.CheckArchitecture,
		func(err error) { out.Skipped([]error{err}) })
	if err != nil {
		return nil, nil, "", err
	}
	kept = append(kept, more...)
	list, distance, err := average.Combine(c, kept, length, ModelScopes())
	if err != nil {
		return nil, nil, "", err
	}
	out.logf("average: length %g, fitted from %d averages; it differs by %.2g %%", length, len(kept), 100*distance)
	return list, c, fmt.Sprint(length, " ", c.Hash, " ", strings.Join(hashes, " ")), nil
}
