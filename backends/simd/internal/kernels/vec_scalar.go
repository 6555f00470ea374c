package kernels

// AddScalar sets dst[i] = a[i] + s.
func AddScalar(dst, a []float32, s float32) {
	vec().addScalar(dst, upTo(a, len(dst)), s)
}

// SubScalar sets dst[i] = a[i] - s.
func SubScalar(dst, a []float32, s float32) {
	vec().subScalar(dst, upTo(a, len(dst)), s)
}

// ScalarSub sets dst[i] = s - a[i].
func ScalarSub(dst []float32, s float32, a []float32) {
	vec().scalarSub(dst, upTo(a, len(dst)), s)
}

// MulScalar sets dst[i] = a[i] * s.
func MulScalar(dst, a []float32, s float32) {
	vec().mulScalar(dst, upTo(a, len(dst)), s)
}

// DivScalar sets dst[i] = a[i] / s, correctly rounded.
func DivScalar(dst, a []float32, s float32) {
	vec().divScalar(dst, upTo(a, len(dst)), s)
}

// ScalarDiv sets dst[i] = s / a[i], correctly rounded.
func ScalarDiv(dst []float32, s float32, a []float32) {
	vec().scalarDiv(dst, upTo(a, len(dst)), s)
}

// MaxScalar sets dst[i] to the larger of a[i] and s, or to NaN if either is NaN.
// Of two zeros of different sign it takes s.
func MaxScalar(dst, a []float32, s float32) {
	vec().maxScalar(dst, upTo(a, len(dst)), s)
}

// MinScalar sets dst[i] to the smaller of a[i] and s, or to NaN if either is NaN.
// Of two zeros of different sign it takes s.
func MinScalar(dst, a []float32, s float32) {
	vec().minScalar(dst, upTo(a, len(dst)), s)
}
