package kernels

// Add sets dst[i] = a[i] + b[i].
func Add(dst, a, b []float32) {
	n := len(dst)
	vec().add(dst, upTo(a, n), upTo(b, n))
}

// Sub sets dst[i] = a[i] - b[i].
func Sub(dst, a, b []float32) {
	n := len(dst)
	vec().sub(dst, upTo(a, n), upTo(b, n))
}

// Mul sets dst[i] = a[i] * b[i].
func Mul(dst, a, b []float32) {
	n := len(dst)
	vec().mul(dst, upTo(a, n), upTo(b, n))
}

// Div sets dst[i] = a[i] / b[i], correctly rounded.
func Div(dst, a, b []float32) {
	n := len(dst)
	vec().div(dst, upTo(a, n), upTo(b, n))
}

// Max sets dst[i] to the larger of a[i] and b[i], or to NaN if either is NaN.
// Of two zeros of different sign it takes b[i].
func Max(dst, a, b []float32) {
	n := len(dst)
	vec().max(dst, upTo(a, n), upTo(b, n))
}

// Min sets dst[i] to the smaller of a[i] and b[i], or to NaN if either is NaN.
// Of two zeros of different sign it takes b[i].
func Min(dst, a, b []float32) {
	n := len(dst)
	vec().min(dst, upTo(a, n), upTo(b, n))
}

// AddTo sets dst[i] += a[i].
func AddTo(dst, a []float32) { Add(dst, dst, a) }

// MulAdd sets dst[i] = a[i]*b[i] + c[i], rounded once (fused).
func MulAdd(dst, a, b, c []float32) {
	n := len(dst)
	vec().mulAdd(dst, upTo(a, n), upTo(b, n), upTo(c, n))
}
