package kernels

// Neg sets dst[i] = -a[i], by flipping the sign bit.
func Neg(dst, a []float32) {
	vec().neg(dst, upTo(a, len(dst)))
}

// Abs sets dst[i] = |a[i]|, by clearing the sign bit.
func Abs(dst, a []float32) {
	vec().abs(dst, upTo(a, len(dst)))
}

// Sqrt sets dst[i] = √a[i], correctly rounded; the root of a negative number is NaN, that of -0 is -0.
func Sqrt(dst, a []float32) {
	vec().sqrt(dst, upTo(a, len(dst)))
}

// Rsqrt sets dst[i] = 1/√a[i], both steps correctly rounded in float32 (1.5 ulp in all).
// ±0 gives ±Inf, a negative number NaN, +Inf 0.
func Rsqrt(dst, a []float32) {
	vec().rsqrt(dst, upTo(a, len(dst)))
}

// Recip sets dst[i] = 1/a[i], correctly rounded.
func Recip(dst, a []float32) {
	vec().recip(dst, upTo(a, len(dst)))
}

// Sign sets dst[i] to 1 or -1 by the sign of a[i]; ±0 and NaN stay as they are.
func Sign(dst, a []float32) {
	vec().sign(dst, upTo(a, len(dst)))
}

// Floor sets dst[i] to the largest integer not above a[i].
func Floor(dst, a []float32) {
	vec().floor(dst, upTo(a, len(dst)))
}

// Ceil sets dst[i] to the smallest integer not below a[i].
func Ceil(dst, a []float32) {
	vec().ceil(dst, upTo(a, len(dst)))
}

// Round sets dst[i] to the integer nearest to a[i], ties to even.
func Round(dst, a []float32) {
	vec().round(dst, upTo(a, len(dst)))
}
