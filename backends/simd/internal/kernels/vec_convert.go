package kernels

// Uint8ToFloat32 sets dst[i] to the value of a[i], exactly.
func Uint8ToFloat32(dst []float32, a []uint8) {
	vec().uint8ToFloat32(dst, upTo(a, len(dst)))
}

// Int32ToFloat32 sets dst[i] to the float32 nearest to a[i], ties to even.
func Int32ToFloat32(dst []float32, a []int32) {
	vec().int32ToFloat32(dst, upTo(a, len(dst)))
}

// Uint32ToFloat32 sets dst[i] to the float32 nearest to a[i], ties to even.
func Uint32ToFloat32(dst []float32, a []uint32) {
	vec().uint32ToFloat32(dst, upTo(a, len(dst)))
}

// BFloat16ToFloat32 sets dst[i] to the value of the bfloat16 with the bits a[i], exactly.
func BFloat16ToFloat32(dst []float32, a []uint16) {
	vec().bfloat16ToFloat32(dst, upTo(a, len(dst)))
}

// Float16ToFloat32 sets dst[i] to the value of the IEEE binary16 number with the bits a[i], exactly.
func Float16ToFloat32(dst []float32, a []uint16) {
	vec().float16ToFloat32(dst, upTo(a, len(dst)))
}

// Float32ToBFloat16 sets dst[i] to the bits of the bfloat16 nearest to a[i], ties to even; NaN stays a (quiet) NaN.
// (GoMLX's own bfloat16.FromFloat32 truncates; XLA rounds as here.)
func Float32ToBFloat16(dst []uint16, a []float32) {
	vec().float32ToBFloat16(dst, upTo(a, len(dst)))
}

// Float32ToFloat16 sets dst[i] to the bits of the IEEE binary16 number nearest to a[i], ties to even; NaN stays a
// (quiet) NaN, and what is too large becomes ±Inf.
func Float32ToFloat16(dst []uint16, a []float32) {
	vec().float32ToFloat16(dst, upTo(a, len(dst)))
}
