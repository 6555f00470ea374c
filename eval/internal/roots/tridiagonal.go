package roots

import "math"

// tridiagonal is a symmetric tridiagonal matrix, positive semidefinite.
type tridiagonal struct{ diagonal, next []float64 }

// newTridiagonal is BBᵀ of an upper bidiagonal B.
func newTridiagonal(diagonal, next []float64) tridiagonal {
	t := tridiagonal{make([]float64, len(diagonal)), make([]float64, len(next))}
	for i, v := range diagonal {
		t.diagonal[i] = v * v
		if i < len(next) {
			t.diagonal[i] += next[i] * next[i]
			t.next[i] = next[i] * diagonal[i+1]
		}
	}
	return t
}

// bound is no less than the greatest eigenvalue, and at most three times as much: the greatest sum of a row.
func (t tridiagonal) bound() float64 {
	most := 0.0
	for i, v := range t.diagonal {
		if i > 0 {
			v += math.Abs(t.next[i-1])
		}
		if i < len(t.next) {
			v += math.Abs(t.next[i])
		}
		most = max(most, v)
	}
	return most
}

// shifted is T + shift as LDLᵀ, with a unit lower bidiagonal L.
type shifted struct{ below, inverse []float64 }

// plus factors T + shift; the shift must be above 0.
func (t tridiagonal) plus(shift float64) shifted {
	s := shifted{make([]float64, len(t.next)), make([]float64, len(t.diagonal))}
	for i, v := range t.diagonal {
		v += shift
		if i > 0 {
			s.below[i-1] = t.next[i-1] * s.inverse[i-1]
			v -= s.below[i-1] * t.next[i-1]
		}
		s.inverse[i] = 1 / max(v, shift) // above it but for rounding
	}
	return s
}

// form is qᵀ(T + shift)⁻¹q.
func (s shifted) form(q []float64) float64 {
	sum, f := 0.0, 0.0
	for i, v := range q {
		if i > 0 {
			v -= s.below[i-1] * f
		}
		f = v
		sum += f * f * s.inverse[i]
	}
	return sum
}
