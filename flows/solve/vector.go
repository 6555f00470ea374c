package solve

import (
	"fmt"
	"math"
)

// Vectors is the flat space of float64 vectors of one length.
type Vectors struct{}

var _ Space[[]float64] = Vectors{}

// Advance implements [Space].
func (Vectors) Advance(x []float64, coeffs []float64, ks [][]float64) ([]float64, error) {
	y := make([]float64, len(x))
	copy(y, x)
	return y, accumulate(y, coeffs, ks)
}

// Norm implements [Space].
func (Vectors) Norm(coeffs []float64, ks [][]float64, x, y []float64, atol, rtol float64) (float64, error) {
	e := make([]float64, len(x))
	if err := accumulate(e, coeffs, ks); err != nil {
		return 0, err
	}
	if len(y) != len(x) {
		return 0, fmt.Errorf("solve: states of %d and %d elements; the space has one length", len(x), len(y))
	}
	sum := 0.0
	for i := range e {
		scaled := e[i] / (atol + rtol*max(math.Abs(x[i]), math.Abs(y[i])))
		sum += scaled * scaled
	}
	return math.Sqrt(sum / float64(max(1, len(e)))), nil
}

// Finite implements [Space].
func (Vectors) Finite(x []float64) (bool, error) {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false, nil
		}
	}
	return true, nil
}

// accumulate adds Σᵢ coeffs[i]·ks[i] to y.
func accumulate(y, coeffs []float64, ks [][]float64) error {
	for i, k := range ks {
		if len(k) != len(y) {
			return fmt.Errorf("solve: the field returned %d elements for a state of %d; return one each",
				len(k), len(y))
		}
		for j := range y {
			y[j] += coeffs[i] * k[j]
		}
	}
	return nil
}
