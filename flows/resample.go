package flows

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// SystematicResample chooses n examples by their weights ω = exp(logWeights), of any scale: example i is chosen
// ⌊nωᵢ/Σω⌋ or one more times, n ωᵢ/Σω in the mean. The numbers come in rising order and depend on the seed alone.
// Kitagawa 1996, Monte Carlo filter and smoother. Weights that are NaN, +∞ or all 0 are errors, and so is n below
// 1.
func SystematicResample(logWeights []float64, n int, seed int64) ([]int, error) {
	weights, _, err := normalised(logWeights)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("flows: resampling %d of %d examples: give at least one, and weights (%v)",
			n, len(logWeights), err)
	}
	u := rand.New(rand.NewPCG(uint64(seed), resampleStream)).Float64()
	chosen := make([]int, 0, n)
	last, cumulated := 0, 0.0
	for i, w := range weights {
		if w > 0 {
			last = i
		}
		cumulated += w * float64(n)
		for len(chosen) < n && float64(len(chosen))+u < cumulated {
			chosen = append(chosen, i)
		}
	}
	for len(chosen) < n { // rounding left Σ just short of n
		chosen = append(chosen, last)
	}
	return chosen, nil
}

// resampleStream keeps resampling's random numbers apart from others of the same seed.
const resampleStream = 0x72657361

// EffectiveSize is (Σω)²/Σω², how many unweighted examples tell as much as these: between 1 and their number. Kong
// 1992. Weights that [SystematicResample] refuses are an error.
func EffectiveSize(logWeights []float64) (float64, error) {
	weights, _, err := normalised(logWeights)
	squares := 0.0
	for _, w := range weights {
		squares += w * w
	}
	return 1 / squares, err
}

// LogMeanWeight is log of the mean of ω: log of the mass at the end, for particles that began with mass 1. Weights
// that [SystematicResample] refuses are an error.
func LogMeanWeight(logWeights []float64) (float64, error) {
	_, logSum, err := normalised(logWeights)
	return logSum - math.Log(float64(len(logWeights))), err
}

// normalised returns ω/Σω and log Σω.
func normalised(logWeights []float64) (weights []float64, logSum float64, err error) {
	if len(logWeights) == 0 {
		return nil, 0, fmt.Errorf("flows: no weights; follow dynamics that grow")
	}
	largest, sum := slices.Max(logWeights), 0.0 // NaN where one is
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return nil, 0, fmt.Errorf("flows: log-weights whose largest is %g; it must be finite", largest)
	}
	weights = make([]float64, len(logWeights))
	for i, l := range logWeights {
		weights[i] = math.Exp(l - largest)
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights, largest + math.Log(sum), nil
}

// Resample replaces particles by as many of them, chosen by their weights by [SystematicResample], and their weights
// by one that has the same mass. A trajectory stays as it is. Weights that [SystematicResample] refuses are an error
// and leave p as it was.
func (s *Sampler) Resample(p *Particles, seed int64) error {
	chosen, err := SystematicResample(p.LogWeights, len(p.LogWeights), seed)
	if err != nil {
		return err
	}
	leave, ok := s.gate.Enter()
	if !ok {
		return ErrFinalized
	}
	defer leave()
	mean, err := LogMeanWeight(p.LogWeights)
	if err != nil {
		return err
	}
	indices := make([]int32, len(chosen))
	for i, k := range chosen {
		indices[i] = int32(k)
	}
	where := tensors.FromFlatDataAndDimensions(indices, len(indices), 1)
	defer where.MustFinalizeAll()
	out, err := s.gather.Exec(p.X, where)
	if err != nil {
		return fmt.Errorf("flows: resampling: %w", err)
	}
	p.X.MustFinalizeAll()
	p.X = out[0]
	for i := range p.LogWeights {
		p.LogWeights[i] = mean
	}
	return nil
}
