package kernels

import "math"

func negGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = -a[i]
	}
}

func absGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = math.Float32frombits(math.Float32bits(a[i]) &^ (1 << 31))
	}
}

func sqrtGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Sqrt(float64(a[i])))
	}
}

func rsqrtGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = 1 / float32(math.Sqrt(float64(a[i])))
	}
}

func recipGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = 1 / a[i]
	}
}

func floorGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Floor(float64(a[i])))
	}
}

func ceilGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Ceil(float64(a[i])))
	}
}

func roundGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.RoundToEven(float64(a[i])))
	}
}

func signGeneric(dst, a []float32) {
	for i, v := range a {
		switch {
		case v > 0:
			dst[i] = 1
		case v < 0:
			dst[i] = -1
		default:
			dst[i] = v
		}
	}
}
