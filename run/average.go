package run

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
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
		return nil, nil, "", mistake.Fail("checkpoint %s keeps no power-function averages to make one of length %g of; "+
			"train with power_averages = [0.05, 0.1] in the configuration, or leave {average} out", c.Path, length)
	}
	hashes := []string{strconv.FormatFloat(length, 'g', -1, 64), c.Hash}
	earlier, err := weights.List(dir.Checkpoints())
	if err != nil {
		return nil, nil, "", err
	}
	latest := slices.MaxFunc(kept, func(a, b keptAverage) int { return int(a.updates - b.updates) }).updates
	for _, entry := range earlier {
		if entry.Step >= c.Step {
			continue
		}
		before, err := p.earlier(entry)
		if err != nil {
			if !entry.Gone() {
				out.Skipped([]error{err})
			}
			continue
		}
		more, err := averagesIn(before)
		if err != nil {
			return nil, nil, "", err
		}
		if len(more) > 0 {
			kept, hashes = append(kept, more...), append(hashes, before.Hash)
		}
	}
	list, err := p.combine(c, kept, flows.PowerProfile{Length: length, Updates: latest}, out)
	if err != nil {
		return nil, nil, "", err
	}
	vars = mlcontext.New()
	if err := weights.Install(vars, list); err != nil {
		return nil, nil, "", err
	}
	return vars.Reuse(), c, strings.Join(hashes, " "), p.match(c, out)
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
func (p *Plan) combine(last *weights.Checkpoint, kept []keptAverage, want flows.PowerProfile, out Output) ([]weights.Tensor,
	error) {
	profiles := make([]flows.PowerProfile, len(kept))
	for i, k := range kept {
		profiles[i] = flows.PowerProfile{Length: k.length, Updates: k.updates}
	}
	shares, distance, err := flows.FitPowerAverage(profiles, want)
	if err != nil {
		return nil, err
	}
	if distance > mostDistance {
		return nil, mistake.Fail("{average} %g: the %d averages that the checkpoints keep come no nearer than %.0f %% to "+
			"it; ask for a length nearer to them, or keep more checkpoints by {keep_every}", want.Length, len(kept),
			100*distance)
	}
	out.logf("average: length %g, fitted from %d averages; it differs by %.2g %%", want.Length, len(kept), 100*distance)
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

// averageSum is a weighted sum of averages, by the names of the parameters.
type averageSum map[string][]float64

func (s averageSum) add(c *weights.Checkpoint, k keptAverage, share float64) error {
	found := map[string]weights.Tensor{}
	for _, t := range weights.Within(c.Tensors, k.scope()) {
		found[strings.TrimPrefix(t.Name, k.scope())] = t
	}
	for _, parameter := range parametersOf(c) {
		average, ok := found[parameter.Name]
		if !ok || !slices.Equal(average.Shape, parameter.Shape) {
			return fmt.Errorf("checkpoint %s: no average %s%s of the parameter's shape: %w", c.Path, k.scope(),
				parameter.Name, weights.ErrCorrupt)
		}
		values, err := average.Values()
		if err != nil {
			return err
		}
		sum := s[parameter.Name]
		if sum == nil {
			sum = make([]float64, 0, len(average.Data)/4)
			for range values {
				sum = append(sum, 0)
			}
			s[parameter.Name] = sum
		}
		i := 0
		for v := range values {
			sum[i] += share * v
			i++
		}
	}
	return nil
}

// tensors are the sums in float32, as the parameters of a checkpoint.
func (s averageSum) tensors(c *weights.Checkpoint) ([]weights.Tensor, error) {
	var list []weights.Tensor
	for _, parameter := range parametersOf(c) {
		sum, ok := s[parameter.Name]
		if !ok || parameter.DType != dtypes.Float32 {
			return nil, errors.New("run: an average of parameters that aren't float32; take the moving average")
		}
		data := make([]byte, 0, 4*len(sum))
		for _, v := range sum {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
		}
		list = append(list, weights.Tensor{Name: parameter.Name, DType: dtypes.Float32, Shape: parameter.Shape, Data: data})
	}
	return list, nil
}

// parametersOf are the tensors of the network in a checkpoint.
func parametersOf(c *weights.Checkpoint) (list []weights.Tensor) {
	for _, scope := range ModelScopes() {
		list = append(list, weights.Within(c.Tensors, scope)...)
	}
	return list
}
