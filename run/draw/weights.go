package draw

import (
	"math"

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

// mostOff is by what part of it the mass of samples may be off.
const mostOff = 0.5

// CheckMass returns an error where the mass of samples, their mean weight, is more than half off the measured one, both
// relative to the first snapshot's. at names the time.
func CheckMass(logWeights []float64, measured float64, at string) error {
	mean, err := flows.LogMeanWeight(logWeights)
	if err != nil {
		return err
	}
	mass := math.Exp(mean)
	if off := mass/measured - 1; math.Abs(off) > mostOff {
		return mistake.Fail("WARNING: at %s the mass of the samples is %.3g, and %.3g was measured (%+.3g %%). Growth "+
			"has not been learned well; train with a larger {growth_cost}, or with more {steps}", at, mass, measured,
			100*off)
	}
	return nil
}
