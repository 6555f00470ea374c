//go:build purego || !amd64

package kernels

func winogradInput(dst []float32, step int, a, b []float32, subtract bool, tiles, channels int) {
	winogradInputGeneric(dst, step, a, b, subtract, tiles, channels)
}

func winogradOutput(top, bottom, src []float32, step, tiles, features int) {
	winogradOutputGeneric(top, bottom, src, step, tiles, features)
}
