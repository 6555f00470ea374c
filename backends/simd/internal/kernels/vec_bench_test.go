package kernels

import "testing"

// benchTile is a size that stays in the first-level cache, and what the engine works on at a time.
const benchTile = 1024

// BenchmarkVec measures every kernel on one tile at every level. The bytes are those read and written.
func BenchmarkVec(b *testing.B) {
	x, y := make([]float32, benchTile), make([]float32, benchTile)
	for i := range x {
		x[i], y[i] = 0.01*float32(i+1), 1/float32(i+1)
	}
	for _, k := range floatKernels {
		in, dst := [][]float32{x, y, x}[:k.inputs], make([]float32, benchTile)
		benchLevels(b, k.name, 4*(k.inputs+1), func() { k.call(dst, in, 1.5) })
	}
	yes, dst, half := make([]bool, benchTile), make([]float32, benchTile), make([]uint16, benchTile)
	benchLevels(b, "Less", 9, func() { Less(yes, x, y) })
	benchLevels(b, "LessScalar", 5, func() { LessScalar(yes, x, 5) })
	benchLevels(b, "Where", 13, func() { Where(dst, yes, x, y) })
	var sink float32
	benchLevels(b, "Sum", 4, func() { sink += Sum(x) })
	benchLevels(b, "ReduceMax", 4, func() { sink += ReduceMax(x) })
	bytes, words := make([]uint8, benchTile), make([]uint32, benchTile)
	benchLevels(b, "Uint8ToFloat32", 5, func() { Uint8ToFloat32(dst, bytes) })
	benchLevels(b, "Uint32ToFloat32", 8, func() { Uint32ToFloat32(dst, words) })
	benchLevels(b, "Float32ToBFloat16", 6, func() { Float32ToBFloat16(half, x) })
	benchLevels(b, "BFloat16ToFloat32", 6, func() { BFloat16ToFloat32(dst, half) })
	benchLevels(b, "Float32ToFloat16", 6, func() { Float32ToFloat16(half, x) })
	benchLevels(b, "Float16ToFloat32", 6, func() { Float16ToFloat32(dst, half) })
}

// benchLevels measures one kernel at every level, counting the given bytes an element.
func benchLevels(b *testing.B, name string, bytes int, run func()) {
	for _, l := range Levels() {
		b.Run("op="+name+"/impl="+l.String(), func(b *testing.B) {
			defer SetLevel(SetLevel(l))
			b.SetBytes(int64(bytes * benchTile))
			for b.Loop() {
				run()
			}
		})
	}
}
