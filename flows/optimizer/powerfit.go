package optimizer

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// PowerProfile is the weight that a power-function average after so many updates gives to the parameters of each of
// them.
type PowerProfile struct {
	// Length is the profile's standard deviation, as a fraction of the updates.
	Length float64
	// Updates is their number, see [PowerUpdates].
	Updates int64
}

// FitPowerAverage returns the weights of kept averages whose sum comes nearest to the one that is wanted, by the least
// squares of their profiles, and how far from it that is: the norm of the profiles' difference over that of the wanted
// one. Averages from before the wanted updates serve too.
//
// Karras et al. 2024, section 3.2 and appendix C.2. Lengths that there can't be, updates below 1, and an average of
// later updates than wanted are errors.
func FitPowerAverage(kept []PowerProfile, want PowerProfile) (weights []float64, distance float64, err error) {
	exponents := make([]float64, len(kept))
	wanted, err := want.exponent()
	if err != nil {
		return nil, 0, err
	}
	if len(kept) == 0 {
		return nil, 0, fmt.Errorf("optimizer: no power-function averages to fit length %g from; keep some in training",
			want.Length)
	}
	for i, k := range kept {
		if exponents[i], err = k.exponent(); err != nil {
			return nil, 0, err
		}
		if k.Updates > want.Updates {
			return nil, 0, fmt.Errorf("optimizer: an average of %d updates can't help one of %d; leave it out",
				k.Updates, want.Updates)
		}
	}
	n := len(kept)
	products, target := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	// In units of the wanted updates all numbers are near 1.
	at := func(k PowerProfile) float64 { return float64(k.Updates) / float64(want.Updates) }
	norm := profileProduct(1, wanted, 1, wanted)
	scale := make([]float64, n) // profiles of norm 1 keep the matrix well conditioned
	for i := range kept {
		scale[i] = 1 / math.Sqrt(profileProduct(at(kept[i]), exponents[i], at(kept[i]), exponents[i]))
	}
	for i := range kept {
		for j := range i + 1 {
			products.SetSym(i, j, scale[i]*scale[j]*profileProduct(at(kept[i]), exponents[i], at(kept[j]),
				exponents[j]))
		}
		target.SetVec(i, scale[i]*profileProduct(at(kept[i]), exponents[i], 1, wanted))
	}
	var factors mat.EigenSym
	if !factors.Factorize(products, true) {
		return nil, 0, fmt.Errorf("optimizer: fit of a power-function average of length %g: no eigenvalues",
			want.Length)
	}
	solution := leastSquares(&factors, target)
	weights = make([]float64, n)
	for i := range weights {
		weights[i] = solution.AtVec(i) * scale[i]
	}
	rest := norm - mat.Dot(solution, target)
	return weights, math.Sqrt(max(0, rest) / norm), nil
}

// leastSquares solves M x = b for a symmetric positive M, without its directions whose eigenvalue is below 1e-8 of the
// largest: averages that are nearly alike would get large weights of opposite signs, which magnify their rounding.
func leastSquares(m *mat.EigenSym, b *mat.VecDense) *mat.VecDense {
	values := m.Values(nil) // rising
	var vectors mat.Dense
	m.VectorsTo(&vectors)
	solution := mat.NewVecDense(len(values), nil)
	for i, value := range values {
		if direction := vectors.ColView(i); value >= 1e-8*values[len(values)-1] {
			solution.AddScaledVec(solution, mat.Dot(direction, b)/value, direction)
		}
	}
	return solution
}

func (p PowerProfile) exponent() (float64, error) {
	if p.Updates < 1 {
		return 0, fmt.Errorf("optimizer: a power-function average of %d updates; it takes at least 1", p.Updates)
	}
	return powerExponent(p.Length)
}

// profileProduct is ∫ p_a p_b dτ of the profiles (γ + 1) τ^γ/t^(γ + 1) up to t.
func profileProduct(ta, gammaA, tb, gammaB float64) float64 {
	if ta > tb {
		ta, gammaA, tb, gammaB = tb, gammaB, ta, gammaA
	}
	return (gammaA + 1) * (gammaB + 1) * math.Pow(ta/tb, gammaB) / ((gammaA + gammaB + 1) * tb)
}
