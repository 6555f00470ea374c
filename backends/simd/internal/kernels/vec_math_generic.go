package kernels

import "math"

func expGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Exp(float64(a[i])))
	}
}

func expm1Generic(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Expm1(float64(a[i])))
	}
}

func logGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Log(float64(a[i])))
	}
}

func log1pGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Log1p(float64(a[i])))
	}
}

func tanhGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Tanh(float64(a[i])))
	}
}

func sinGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Sin(float64(a[i])))
	}
}

func cosGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Cos(float64(a[i])))
	}
}

func erfGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(math.Erf(float64(a[i])))
	}
}

func logisticGeneric(dst, a []float32) {
	for i := range dst {
		dst[i] = float32(1 / (1 + math.Exp(-float64(a[i]))))
	}
}
