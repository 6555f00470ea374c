package kernels

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkConversion runs a conversion at every level on slices of any length and alignment and compares it with the
// truth for each element.
func checkConversion[To, From comparable](t *testing.T, convert func(dst []To, a []From), from *rapid.Generator[From],
	guard To, right func(got To, a From) bool) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(from, 0, 70).Draw(t, "a")
		shift := rapid.IntRange(0, 15).Draw(t, "shift")
		for _, l := range Levels() {
			in, dst := newGuarded(a, 15-shift, *new(From)), newGuarded(make([]To, len(a)), shift, guard)
			atLevel(l, func() { convert(dst.inside, in.inside) })
			dst.check(t)
			for i, v := range a {
				if !right(dst.inside[i], v) {
					t.Fatalf("%v: element %d of %d, %v, became %v", l, i, len(a), v, dst.inside[i])
				}
			}
		}
	})
}

func TestConvertIntegers(t *testing.T) {
	nearest := func(x int64) float32 { // math/big rounds to the nearest, ties to even
		f, _ := new(big.Float).SetInt64(x).Float32()
		return f
	}
	checkConversion(t, Uint8ToFloat32, rapid.Uint8(), 0.5,
		func(got float32, a uint8) bool { return got == float32(int(a)) })
	checkConversion(t, Int32ToFloat32, rapid.Int32(), 0.5,
		func(got float32, a int32) bool { return got == nearest(int64(a)) })
	checkConversion(t, Uint32ToFloat32, rapid.Uint32(), 0.5,
		func(got float32, a uint32) bool { return got == nearest(int64(a)) })
}

// halfValue is the value of a number with the given count of fraction bits below 16 - 1 - fraction exponent bits.
func halfValue(bits uint16, fraction, bias int) float64 {
	sign := 1.0
	if bits>>15 == 1 {
		sign = -1
	}
	mantissa, exponent := int(bits)&(1<<fraction-1), int(bits&0x7fff)>>fraction
	switch {
	case exponent == 1<<(15-fraction)-1 && mantissa != 0:
		return math.NaN()
	case exponent == 1<<(15-fraction)-1:
		return math.Inf(int(sign))
	case exponent == 0:
		return sign * math.Ldexp(float64(mantissa), 1-bias-fraction)
	default:
		return sign * math.Ldexp(float64(mantissa|1<<fraction), exponent-bias-fraction)
	}
}

// TestConvertHalves tries every 16-bit number, and between each two neighbours the numbers at which rounding turns.
func TestConvertHalves(t *testing.T) {
	for _, f := range []struct {
		name           string
		fraction, bias int
		widen          func(dst []float32, a []uint16)
		narrow         func(dst []uint16, a []float32)
	}{{"BFloat16", 7, 127, BFloat16ToFloat32, Float32ToBFloat16}, {"Float16", 10, 15, Float16ToFloat32,
		Float32ToFloat16}} {
		t.Run(f.name, func(t *testing.T) {
			bits := make([]uint16, 1<<16)
			for i := range bits {
				bits[i] = uint16(i)
			}
			for _, l := range Levels() {
				wide, back := make([]float32, len(bits)), make([]uint16, len(bits))
				atLevel(l, func() { f.widen(wide, bits); f.narrow(back, wide) })
				for i, v := range wide {
					want := halfValue(bits[i], f.fraction, f.bias)
					if math.IsNaN(want) != (v != v) || !math.IsNaN(want) && (float64(v) != want || back[i] != bits[i]) {
						t.Fatalf("%v: %#04x became %v, want %v, and then %#04x", l, bits[i], v, want, back[i])
					}
					if v != v && !math.IsNaN(halfValue(back[i], f.fraction, f.bias)) {
						t.Fatalf("%v: NaN %#04x became %#04x", l, bits[i], back[i])
					}
				}
				checkHalfRounding(t, l, f.narrow, wide, bits)
			}
		})
	}
}

// checkHalfRounding narrows the midpoint of each two finite neighbours and the float32s next to it.
func checkHalfRounding(t *testing.T, l Level, narrow func(dst []uint16, a []float32), wide []float32, bits []uint16) {
	t.Helper()
	var in []float32
	var want []uint16
	for i := range len(bits) - 1 {
		low, high := wide[i], wide[i+1]
		if bits[i] == 0x7fff || low != low || high != high || math.IsInf(float64(low), 0) ||
			math.IsInf(float64(high), 0) {
			continue
		}
		middle := low/2 + high/2
		if float64(middle) != (float64(low)+float64(high))/2 {
			t.Fatalf("the middle of %v and %v isn't a float32", low, high)
		}
		even := bits[i] + bits[i]&1
		in = append(in, middle, math.Nextafter32(middle, low), math.Nextafter32(middle, high))
		want = append(want, even, bits[i], bits[i+1])
	}
	got := make([]uint16, len(in))
	atLevel(l, func() { narrow(got, in) })
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%v: %v became %#04x, want %#04x", l, in[i], got[i], want[i])
		}
	}
}

// TestConvertHalvesLengths covers lengths, alignments and special values.
func TestConvertHalvesLengths(t *testing.T) {
	for _, c := range []struct {
		name   string
		narrow func(dst []uint16, a []float32)
		widen  func(dst []float32, a []uint16)
	}{{"BFloat16", Float32ToBFloat16, BFloat16ToFloat32}, {"Float16", Float32ToFloat16, Float16ToFloat32}} {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := rapid.IntRange(0, 70).Draw(t, "n")
				shift := rapid.IntRange(0, 15).Draw(t, "shift")
				values := anySeries(t, n, "a")
				var wantHalf []uint16
				var wantBack []float32
				for _, l := range Levels() {
					half, back := newGuarded(make([]uint16, n), shift, 7), newGuarded(make([]float32, n), 15-shift, 7)
					atLevel(l, func() { c.narrow(half.inside, values); c.widen(back.inside, half.inside) })
					half.check(t)
					back.check(t)
					if l == Generic {
						wantHalf, wantBack = half.inside, back.inside
					}
					if !slices.Equal(half.inside, wantHalf) || firstDifference(back.inside, wantBack) >= 0 {
						t.Fatalf("%v: %v became %v and %v, want %v and %v", l, values, half.inside, back.inside,
							wantHalf, wantBack)
					}
				}
			})
		})
	}
}
