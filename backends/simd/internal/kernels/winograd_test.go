package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWinograd compares the transforms of every level with the generic ones, bit by bit: both only add and subtract, in
// the same order. NaNs lie between and after what may be read and written.
func TestWinograd(t *testing.T) {
	random := func(n int) []float32 {
		r := rand.New(rand.NewPCG(uint64(n), 3))
		x := make([]float32, n)
		for i := range x {
			x[i] = r.Float32() - 0.5
		}
		return x
	}
	guarded := func(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }
	same := func(t *testing.T, what string, got, want []float32) {
		t.Helper()
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%s: element %d is %g, want %g", what, i, got[i], want[i])
			}
		}
	}
	for _, level := range []Level{Generic, AVX2, AVX512} {
		old := SetLevel(level)
		defer SetLevel(old)
		for _, channels := range []int{1, 7, 8, 16, 24, 32, 48, 64} {
			for _, tiles := range []int{1, 2, 5} {
				size := tiles * channels
				step := size + 5
				a, b := random((2*tiles+2)*channels), random((2*tiles+2)*channels+1)
				for _, subtract := range []bool{false, true} {
					got, want := guarded(4*step), guarded(4*step)
					WinogradInput(got, step, a, b, subtract, tiles, channels)
					winogradInputGeneric(want, step, a, b, subtract, tiles, channels)
					same(t, "input", got, want)
				}
				src := guarded(16 * step)
				for f := range 16 {
					copy(src[f*step:], random(size + f)[:size])
				}
				got, want := guarded(4*size+20), guarded(4*size+20)
				WinogradOutput(got[:2*size], got[2*size+10:], src, step, tiles, channels)
				winogradOutputGeneric(want[:2*size], want[2*size+10:], src, step, tiles, channels)
				same(t, "output", got, want)
			}
		}
	}
}
