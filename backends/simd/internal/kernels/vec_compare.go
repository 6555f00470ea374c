package kernels

// Comparisons with a NaN are false, but for NotEqual and NotEqualScalar, where they are true.

// Equal sets dst[i] = a[i] == b[i].
func Equal(dst []bool, a, b []float32) {
	n := len(dst)
	vec().equal(dst, upTo(a, n), upTo(b, n))
}

// NotEqual sets dst[i] = a[i] != b[i].
func NotEqual(dst []bool, a, b []float32) {
	n := len(dst)
	vec().notEqual(dst, upTo(a, n), upTo(b, n))
}

// Less sets dst[i] = a[i] < b[i].
func Less(dst []bool, a, b []float32) {
	n := len(dst)
	vec().less(dst, upTo(a, n), upTo(b, n))
}

// LessEqual sets dst[i] = a[i] <= b[i].
func LessEqual(dst []bool, a, b []float32) {
	n := len(dst)
	vec().lessEqual(dst, upTo(a, n), upTo(b, n))
}

// Greater sets dst[i] = a[i] > b[i].
func Greater(dst []bool, a, b []float32) {
	n := len(dst)
	vec().greater(dst, upTo(a, n), upTo(b, n))
}

// GreaterEqual sets dst[i] = a[i] >= b[i].
func GreaterEqual(dst []bool, a, b []float32) {
	n := len(dst)
	vec().greaterEqual(dst, upTo(a, n), upTo(b, n))
}

// EqualScalar sets dst[i] = a[i] == s.
func EqualScalar(dst []bool, a []float32, s float32) {
	vec().equalScalar(dst, upTo(a, len(dst)), s)
}

// NotEqualScalar sets dst[i] = a[i] != s.
func NotEqualScalar(dst []bool, a []float32, s float32) {
	vec().notEqualScalar(dst, upTo(a, len(dst)), s)
}

// LessScalar sets dst[i] = a[i] < s.
func LessScalar(dst []bool, a []float32, s float32) {
	vec().lessScalar(dst, upTo(a, len(dst)), s)
}

// LessEqualScalar sets dst[i] = a[i] <= s.
func LessEqualScalar(dst []bool, a []float32, s float32) {
	vec().lessEqualScalar(dst, upTo(a, len(dst)), s)
}

// GreaterScalar sets dst[i] = a[i] > s.
func GreaterScalar(dst []bool, a []float32, s float32) {
	vec().greaterScalar(dst, upTo(a, len(dst)), s)
}

// GreaterEqualScalar sets dst[i] = a[i] >= s.
func GreaterEqualScalar(dst []bool, a []float32, s float32) {
	vec().greaterEqualScalar(dst, upTo(a, len(dst)), s)
}

// Where sets dst[i] = a[i] where cond[i] holds and b[i] elsewhere.
func Where(dst []float32, cond []bool, a, b []float32) {
	n := len(dst)
	vec().where(dst, upTo(cond, n), upTo(a, n), upTo(b, n))
}
