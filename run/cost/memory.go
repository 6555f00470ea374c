package cost

import (
	"slices"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/unet"
)

// Memory of a process that trains on images on amgen's engine: what any has; a parameter's, with its average, moments,
// gradient and transformed copies; and a number's that [unet.Config.Activations] counts, which stands for what a step
// keeps in all. Calibrated on the presets, see TestMemoryOfPresets, and rather above than below.
const (
	processMemory   = 40 << 20
	parameterMemory = 28
	pathwiseMemory  = 62
	boundaryMemory  = 80
	diceMemory      = 104
)

// Memory estimates the bytes that training takes beside its data. It is 0 where there is no estimate: of points, and
// on other engines.
func Memory(plan *run.Plan) float64 {
	choice, err := engine.Parse(plan.Config.Backend)
	if err != nil || choice.XLA() || plan.Problem != nil {
		return 0
	}
	each := map[string]float64{flows.Boundary.String(): boundaryMemory, flows.DICE.String(): diceMemory}
	kept, ok := each[plan.Config.Estimator]
	if !ok {
		kept = pathwiseMemory
	}
	part := max(1, plan.Config.Batch/max(1, plan.Config.Accumulate))
	return processMemory + parameterMemory*float64(plan.Params()) + kept*plan.Network.Activations(part)
}

// LargestBatch is the largest batch that trains in so many bytes by that estimate, 0 if none does.
func LargestBatch(plan *run.Plan, bytes float64) int {
	parts := max(1, plan.Config.Accumulate)
	at := func(batch int) float64 {
		other := *plan
		other.Config.Batch = batch * parts
		return Memory(&other)
	}
	one, two := at(1), at(2)
	if one == 0 || one > bytes {
		return 0
	}
	return (1 + int((bytes-one)/(two-one))) * parts // what is kept is in proportion to the batch
}

// LargestSide is the side of the largest square image that the network trains on in so many bytes with the plan's
// batch, 0 if none does. Attention stays at the same levels.
func LargestSide(plan *run.Plan, bytes float64) int {
	const most = 1 << 13
	step := max(1, plan.Network.Patch) << (len(plan.Network.Multipliers) - 1)
	largest := 0
	for side := step; side <= most; side += step {
		other := *plan
		other.Network = sized(plan.Network, side)
		if m := Memory(&other); m == 0 || m > bytes {
			break
		}
		largest = side
	}
	return largest
}

// sized is a network for images of another side.
func sized(net unet.Config, side int) unet.Config {
	levels := slices.Clone(net.Attention)
	for i := range levels {
		levels[i] = levels[i] * side / net.Size
	}
	net.Size, net.Attention = side, levels
	return net
}
