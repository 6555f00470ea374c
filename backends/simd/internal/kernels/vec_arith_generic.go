package kernels

import "math"

func addGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func subGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func mulGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func divGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

func maxGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] = max1(a[i], b[i])
	}
}

func minGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] = min1(a[i], b[i])
	}
}

func mulAddGeneric(dst, a, b, c []float32) {
	for i := range dst {
		dst[i] = fma1(a[i], b[i], c[i])
	}
}

func addScalarGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] + s
	}
}

func subScalarGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] - s
	}
}

func scalarSubGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = s - a[i]
	}
}

func mulScalarGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] * s
	}
}

func divScalarGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] / s
	}
}

func scalarDivGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = s / a[i]
	}
}

func maxScalarGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = max1(a[i], s)
	}
}

func minScalarGeneric(dst, a []float32, s float32) {
	for i := range dst {
		dst[i] = min1(a[i], s)
	}
}

// max1 is the larger of two numbers, NaN if either is, and b where both are zero.
func max1(a, b float32) float32 {
	if a > b || a != a {
		return a
	}
	return b
}

// min1 is the smaller of two numbers, NaN if either is, and b where both are zero.
func min1(a, b float32) float32 {
	if a < b || a != a {
		return a
	}
	return b
}

// fma1 is a*b + c rounded once. The product is exact in float64; the sum is rounded to odd there (its last bit is
// set if anything was lost), after which rounding to float32 gives what rounding the exact sum would.
func fma1(a, b, c float32) float32 {
	p, q := float64(a)*float64(b), float64(c)
	s := p + q
	t := s - p
	lost := (p - (s - t)) + (q - t) // Knuth's TwoSum: p + q = s + lost exactly
	if bits := math.Float64bits(s); bits&1 == 0 && (lost < 0 || lost > 0) {
		if (lost > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}
