//go:build !purego

package kernels

func winogradInput(dst []float32, step int, a, b []float32, subtract bool, tiles, channels int) {
	level := Active()
	switch {
	case level == AVX512 && channels%16 == 0 && subtract:
		winogradInputSubAVX512(&dst[0], 4*step, &a[0], &b[0], tiles, channels)
	case level == AVX512 && channels%16 == 0:
		winogradInputAddAVX512(&dst[0], 4*step, &a[0], &b[0], tiles, channels)
	case level >= AVX2 && channels%8 == 0 && subtract:
		winogradInputSubAVX2(&dst[0], 4*step, &a[0], &b[0], tiles, channels)
	case level >= AVX2 && channels%8 == 0:
		winogradInputAddAVX2(&dst[0], 4*step, &a[0], &b[0], tiles, channels)
	default:
		winogradInputGeneric(dst, step, a, b, subtract, tiles, channels)
	}
}

func winogradOutput(top, bottom, src []float32, step, tiles, features int) {
	level := Active()
	switch {
	case level == AVX512 && features%16 == 0:
		winogradOutputAVX512(&top[0], &bottom[0], &src[0], 4*step, tiles, features)
	case level >= AVX2 && features%8 == 0:
		winogradOutputAVX2(&top[0], &bottom[0], &src[0], 4*step, tiles, features)
	default:
		winogradOutputGeneric(top, bottom, src, step, tiles, features)
	}
}
