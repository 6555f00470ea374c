package kernels

// Exp sets dst[i] = e^a[i], within 1 ulp.
// -Inf gives 0, +Inf gives +Inf, NaN gives NaN; results below the normal range are rounded to denormals, which takes
// the processor many times as long.
func Exp(dst, a []float32) {
	vec().exp(dst, upTo(a, len(dst)))
}

// Expm1 sets dst[i] = e^a[i] - 1, within 2 ulp, also for a[i] near 0.
// -Inf gives -1, ±0 stays ±0, +Inf gives +Inf, NaN gives NaN.
func Expm1(dst, a []float32) {
	vec().expm1(dst, upTo(a, len(dst)))
}

// Log sets dst[i] = ln a[i], within 2 ulp, denormals included.
// ±0 gives -Inf, a negative number NaN, +Inf gives +Inf, NaN gives NaN.
func Log(dst, a []float32) {
	vec().log(dst, upTo(a, len(dst)))
}

// Log1p sets dst[i] = ln(1 + a[i]), within 2 ulp, also for a[i] near 0.
// -1 gives -Inf, a number below -1 NaN, ±0 stays ±0, +Inf gives +Inf, NaN gives NaN.
func Log1p(dst, a []float32) {
	vec().log1p(dst, upTo(a, len(dst)))
}

// Tanh sets dst[i] = tanh a[i], within 2 ulp. ±0 stays ±0, ±Inf gives ±1, NaN gives NaN.
func Tanh(dst, a []float32) {
	vec().tanh(dst, upTo(a, len(dst)))
}

// Logistic sets dst[i] = 1/(1 + e^-a[i]), within 2.5 ulp, also where the result is tiny or denormal.
// -Inf gives 0, +Inf gives 1, NaN gives NaN.
func Logistic(dst, a []float32) {
	vec().logistic(dst, upTo(a, len(dst)))
}

// Sin sets dst[i] = sin a[i], a[i] in radians, within 2 ulp whatever the size of a[i]. ±0 stays ±0, ±Inf and NaN give
// NaN. Elements beyond ±2¹⁷ are computed one at a time in float64 and are slow.
func Sin(dst, a []float32) {
	vec().sin(dst, upTo(a, len(dst)))
}

// Cos sets dst[i] = cos a[i], a[i] in radians, within 2 ulp whatever the size of a[i]. ±Inf and NaN give NaN.
// Elements beyond ±2¹⁷ are computed one at a time in float64 and are slow.
func Cos(dst, a []float32) {
	vec().cos(dst, upTo(a, len(dst)))
}

// Erf sets dst[i] = erf a[i] = 2/√π ∫₀^a[i] e^-t² dt, within 2 ulp. ±0 stays ±0, ±Inf gives ±1, NaN gives NaN.
func Erf(dst, a []float32) {
	vec().erf(dst, upTo(a, len(dst)))
}
