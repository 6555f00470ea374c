// Package average makes parameters of the power-function averages that checkpoints keep.
package average

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/weights"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// mostDistance is how far, in its norm, the weights that a fitted average gives to past steps may be from those of the
// length that was asked for.
const mostDistance = 0.15

// Kept is a power-function average in a checkpoint.
type Kept struct {
	path    string  // of the checkpoint
	Length  float64 // standard deviation of its weights, as a share of the updates
	Updates int64
}

func (k Kept) scope() string { return optimizer.PowerAverageScope(k.Length) }

// In lists the power-function averages in a checkpoint.
func In(c *weights.Checkpoint) (list []Kept, err error) {
	for _, t := range c.Tensors {
		text, ok := strings.CutPrefix(t.Name, optimizer.PowerScope+"/")
		text, counts := strings.CutSuffix(text, "/"+optimizer.PowerUpdates)
		if !ok || !counts {
			continue
		}
		length, err := strconv.ParseFloat(text, 64)
		counted := t.DType == dtypes.Int64 && len(t.Data) == 8
		if err != nil || !counted || optimizer.PowerAverageScope(length) != optimizer.PowerScope+"/"+text {
			return nil, fmt.Errorf("checkpoint %s: %s counts no average's updates: %w", c.Path, t, weights.ErrCorrupt)
		}
		k := Kept{path: c.Path, Length: length, Updates: int64(binary.LittleEndian.Uint64(t.Data))}
		list = append(list, k)
	}
	return list, nil
}

// Combine makes the average of a length, after the updates of the latest of those kept, as the parameters under their
// own names in the scopes of the network. last is a checkpoint of theirs that is read already. distance is that of
// [optimizer.FitPowerAverage].
//
// It is an error if the averages come nowhere near the one that is wanted, if a checkpoint of theirs can't be read, and
// if the parameters aren't float32.
func Combine(last *weights.Checkpoint, kept []Kept, length float64, scopes []string) (list []weights.Tensor,
	distance float64, err error) {
	want := optimizer.PowerProfile{Length: length}
	profiles := make([]optimizer.PowerProfile, len(kept))
	for i, k := range kept {
		profiles[i] = optimizer.PowerProfile{Length: k.Length, Updates: k.Updates}
		want.Updates = max(want.Updates, k.Updates)
	}
	shares, distance, err := optimizer.FitPowerAverage(profiles, want)
	if err != nil {
		return nil, 0, err
	}
	if distance > mostDistance {
		return nil, 0, mistake.Fail("{average} %g: the %d averages that the checkpoints keep come no nearer than %.0f "+
			"%% to it; ask for a length nearer to them, or keep more checkpoints by {keep_every}", length, len(kept),
			100*distance)
	}
	sum := weightedSum{parameters: parametersOf(last, scopes), values: map[string][]float64{}}
	checkpoint := last
	for i, k := range kept {
		if checkpoint.Path != k.path {
			if checkpoint, err = weights.Load(k.path); err != nil {
				return nil, 0, err
			}
		}
		if err := sum.add(checkpoint, k, shares[i]); err != nil {
			return nil, 0, err
		}
	}
	list, err = sum.tensors()
	return list, distance, err
}
