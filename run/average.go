package run

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/weights"
)

// mostDistance is how far, in its norm, the weights that a fitted average gives to past steps may be from those of the
// length that was asked for.
const mostDistance = 0.15

// keptAverage is a power-function average in a checkpoint.
type keptAverage struct {
	path    string // of the checkpoint
	length  float64
	updates int64
}

func (k keptAverage) scope() string { return flows.PowerAverageScope(k.length) }

// parameters reads the variables to sample from. sources names what an average was made of, "" where it wasn't fitted.
func (t *Trained) parameters() (vars *mlcontext.Context, c *weights.Checkpoint, sources string, err error) {
	o := t.options
	if o.Average != 0 {
		return t.Plan.averaged(t.Dir, o.Checkpoint, o.Average, o.Output)
	}
	vars, c, err = t.Plan.Parameters(t.Dir, o.Checkpoint, o.Raw, o.Output)
	return vars, c, "", err
}

// averaged makes the parameters to sample from: the power-function average of a length, fitted from those of a
// checkpoint and of all before it that are still there. sources names them all by their hashes.
func (p *Plan) averaged(dir Dir, checkpoint string, length float64, out Output) (vars *mlcontext.Context,
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
	kept, err := averagesIn(c)
	if err != nil {
		return nil, nil, "", err
	}
	if len(kept) == 0 {
		return nil, nil, "", mistake.Fail("checkpoint %s keeps no power-function averages to make one of length %g "+
			"of; train with power_averages = [0.05, 0.1] in the configuration, or leave {average} out", c.Path, length)
	}
	want := flows.PowerProfile{Length: length}
	for _, k := range kept {
		want.Updates = max(want.Updates, k.updates)
	}
	more, hashes, err := p.averagesBefore(dir, c.Step, out)
	if err != nil {
		return nil, nil, "", err
	}
	list, err := p.combine(c, append(kept, more...), want, out)
	if err != nil {
		return nil, nil, "", err
	}
	vars = mlcontext.New()
	if err := weights.Install(vars, list); err != nil {
		return nil, nil, "", err
	}
	sources = fmt.Sprint(length, " ", c.Hash, " ", strings.Join(hashes, " "))
	return vars.Reuse(), c, sources, p.match(c, out)
}

// averagesBefore lists the averages in the checkpoints before a step, and the hashes of these. It passes over damaged
// ones with a line in the log.
func (p *Plan) averagesBefore(dir Dir, step int64, out Output) (kept []keptAverage, hashes []string, err error) {
	entries, err := weights.List(dir.Checkpoints())
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		if entry.Step >= step {
			continue
		}
		c, err := p.earlier(entry)
		if err != nil {
			if !entry.Gone() {
				out.Skipped([]error{err})
			}
			continue
		}
		more, err := averagesIn(c)
		if err != nil {
			return nil, nil, err
		}
		if len(more) > 0 {
			kept, hashes = append(kept, more...), append(hashes, c.Hash)
		}
	}
	return kept, hashes, nil
}

// earlier reads a checkpoint of the same network.
func (p *Plan) earlier(entry weights.Entry) (*weights.Checkpoint, error) {
	c, err := weights.Load(entry.Path)
	if err != nil {
		return nil, err
	}
	return c, p.CheckArchitecture(c)
}

// averagesIn lists the power-function averages in a checkpoint.
func averagesIn(c *weights.Checkpoint) (list []keptAverage, err error) {
	for _, t := range c.Tensors {
		text, ok := strings.CutPrefix(t.Name, flows.PowerScope+"/")
		text, counts := strings.CutSuffix(text, "/"+flows.PowerUpdates)
		if !ok || !counts {
			continue
		}
		length, err := strconv.ParseFloat(text, 64)
		counted := t.DType == dtypes.Int64 && len(t.Data) == 8
		if err != nil || !counted || flows.PowerAverageScope(length) != flows.PowerScope+"/"+text {
			return nil, fmt.Errorf("checkpoint %s: %s counts no average's updates: %w", c.Path, t, weights.ErrCorrupt)
		}
		k := keptAverage{path: c.Path, length: length, updates: int64(binary.LittleEndian.Uint64(t.Data))}
		list = append(list, k)
	}
	return list, nil
}

// combine makes the average that is wanted of those kept, as parameters under their own names. last is a checkpoint of
// theirs that is read already.
func (p *Plan) combine(last *weights.Checkpoint, kept []keptAverage, want flows.PowerProfile,
	out Output) ([]weights.Tensor, error) {
	profiles := make([]flows.PowerProfile, len(kept))
	for i, k := range kept {
		profiles[i] = flows.PowerProfile{Length: k.length, Updates: k.updates}
	}
	shares, distance, err := flows.FitPowerAverage(profiles, want)
	if err != nil {
		return nil, err
	}
	if distance > mostDistance {
		return nil, mistake.Fail("{average} %g: the %d averages that the checkpoints keep come no nearer than %.0f %% "+
			"to it; ask for a length nearer to them, or keep more checkpoints by {keep_every}", want.Length, len(kept),
			100*distance)
	}
	out.logf("average: length %g, fitted from %d averages; it differs by %.2g %%", want.Length, len(kept),
		100*distance)
	sum := averageSum{}
	checkpoint := last
	for i, k := range kept {
		if checkpoint.Path != k.path {
			if checkpoint, err = weights.Load(k.path); err != nil {
				return nil, err
			}
		}
		if err := sum.add(checkpoint, k, shares[i]); err != nil {
			return nil, err
		}
	}
	return sum.tensors(last)
}
