package run

import (
	"github.com/amgen/amgen/backends/engine"
)

// LeastMemory is a lower bound of the bytes that training takes in the memory of the machine: four float32 a parameter,
// which are the parameters, their average and the two moments of Adam, and on amgen's own engine what a step on images
// keeps from its way forwards to its way backwards.
func (p *Plan) LeastMemory() float64 {
	const float = 4
	bytes := 4 * float * float64(p.Params())
	if choice, err := engine.Parse(p.Config.Backend); err == nil && !choice.XLA() && p.Problem == nil {
		bytes += float * p.Network.Activations(p.Config.Batch/max(1, p.Config.Accumulate))
	}
	return bytes
}
