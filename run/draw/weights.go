package draw

import (
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
)

// leastEffective is the part of samples that their effective size should have at least.
const leastEffective = 0.1

// CheckWeights returns an error where the effective size of weighted samples, see [flows.EffectiveSize], is below a
// tenth of their number: a few of them decide all figures then. It is nil for samples without weights.
func CheckWeights(logWeights []float64) error {
	if logWeights == nil {
		return nil
	}
	size, err := flows.EffectiveSize(logWeights)
	if err != nil {
		return err
	}
	if n := len(logWeights); n > 1 && size < max(leastEffective*float64(n), 1.5) {
		return mistake.Fail("WARNING: by weight, %d samples count as little as %.1f (effective sample size): a few "+
			"decide all figures and pictures. Growth has not been learned well; train with a larger {growth_cost}, "+
			"or with other {steps}", n, size)
	}
	return nil
}
