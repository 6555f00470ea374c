package arrays_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/x448/float16"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

func TestConvertTable(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	floats := []float64{0, 1.9, -1.9, 300, -300, 1e30, -1e30, inf, -inf, nan}
	for _, c := range []struct {
		name      string
		src, want any
	}{
		{"float to int8", floats, []int8{0, 1, -1, 127, -128, 127, -128, 127, -128, 0}},
		{"float to uint8", floats, []uint8{0, 1, 0, 255, 0, 255, 0, 255, 0, 0}},
		{"float to int64", floats, []int64{0, 1, -1, 300, -300, math.MaxInt64, math.MinInt64, math.MaxInt64,
			math.MinInt64, 0}},
		{"float to uint64", floats, []uint64{0, 1, 0, 300, 0, math.MaxUint64, 0, math.MaxUint64, 0, 0}},
		{"float above int64 to uint64", []float32{1 << 63}, []uint64{1 << 63}},
		{"float to bool", floats, []bool{false, true, true, true, true, true, true, true, true, true}},
		{"float64 to float32", floats, []float32{0, 1.9, -1.9, 300, -300, 1e30, -1e30, float32(inf), float32(-inf),
			float32(nan)}},
		{"int wraps", []int32{-1, 300, 1 << 20}, []uint8{255, 44, 0}},
		{"sign extends", []int8{-1}, []uint64{math.MaxUint64}},
		{"int to bool", []uint16{0, 1, 256}, []bool{false, true, true}},
		{"bool to int", []bool{true, false}, []int16{1, 0}},
		{"bool to float", []bool{true, false}, []float32{1, 0}},
		{"uint64 to float32 rounds once", []uint64{1<<63 + 1<<39 + 1}, []float32{1<<63 + 1<<40}},
		{"complex to real", []complex64{complex(2, 3)}, []float64{2}},
		{"complex to bool", []complex64{complex(0, 3), 0}, []bool{true, false}},
		{"real to complex", []float32{2}, []complex128{2}},
		{"complex widens", []complex64{complex(2, 3)}, []complex128{complex(2, 3)}},
		{"bfloat16 to float", []bfloat16.BFloat16{0x3fc0}, []float32{1.5}},
		{"float to bfloat16 rounds to even", []float32{1 + 1./256, 1 + 3./256}, []bfloat16.BFloat16{0x3f80, 0x3f82}},
		{"float16 to int", []float16.Float16{0xc200}, []int32{-3}},
		{"float to float16", []float64{65504, 65520, 1. / (1 << 24), 1. / (1 << 26)},
			[]float16.Float16{0x7bff, 0x7c00, 1, 0}},
		// 1 + 2⁻¹¹ is a tie in float16 that goes down; a hair more goes up, though float32 cannot hold the hair.
		{"float64 to float16 rounds once", []float64{1 + 1./2048, 1 + 1./2048 + 1e-12},
			[]float16.Float16{0x3c00, 0x3c01}},
	} {
		got := newLike(c.want)
		if err := arrays.Convert(workers, got, c.src); err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if diff := cmp.Diff(c.want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if err := arrays.Convert(workers, []int8{0}, []string{"0"}); err == nil {
		t.Error("strings: got no error")
	}
}

func newLike(s any) any {
	switch s := s.(type) {
	case []bool:
		return make([]bool, len(s))
	case []int8:
		return make([]int8, len(s))
	case []int16:
		return make([]int16, len(s))
	case []int32:
		return make([]int32, len(s))
	case []int64:
		return make([]int64, len(s))
	case []uint8:
		return make([]uint8, len(s))
	case []uint64:
		return make([]uint64, len(s))
	case []float16.Float16:
		return make([]float16.Float16, len(s))
	case []bfloat16.BFloat16:
		return make([]bfloat16.BFloat16, len(s))
	case []float32:
		return make([]float32, len(s))
	case []float64:
		return make([]float64, len(s))
	case []complex128:
		return make([]complex128, len(s))
	}
	panic("add the type")
}

// TestConvertLong crosses tiles and workers' pieces.
func TestConvertLong(t *testing.T) {
	x := numbers[int32](100_000)
	got, want := make([]uint16, len(x)), make([]uint16, len(x))
	for i, v := range x {
		want[i] = uint16(v)
	}
	if err := arrays.Convert(workers, got, x); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHalfRoundTrip widens every 16-bit pattern and narrows it again; for binary16 the widened value must also
// be that of package float16.
func TestHalfRoundTrip(t *testing.T) {
	for i := range 1 << 16 {
		b := uint16(i)
		h := arrays.FromFloat16(b)
		if want := float16.Float16(b).Float32(); h != want && h == h {
			t.Fatalf("float16 %04x: got %v, want %v", b, h, want)
		}
		if got := arrays.ToFloat16(h); got != b && h == h {
			t.Fatalf("float16 %04x (%v) became %04x", b, h, got)
		}
		if h != h && arrays.FromFloat16(arrays.ToFloat16(h)) == arrays.FromFloat16(arrays.ToFloat16(h)) {
			t.Fatalf("float16 NaN %04x became a number", b)
		}
		f := arrays.FromBFloat16(b)
		if got := arrays.ToBFloat16(f); got != b && f == f {
			t.Fatalf("bfloat16 %04x (%v) became %04x", b, f, got)
		}
		if f != f && arrays.FromBFloat16(arrays.ToBFloat16(f)) == arrays.FromBFloat16(arrays.ToBFloat16(f)) {
			t.Fatalf("bfloat16 NaN %04x became a number", b)
		}
	}
}

// TestNarrowingRoundsOnce compares float64 → 16 bits with big.Float's rounding to 11 and 8 bits.
func TestNarrowingRoundsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Values near ties: 24 random bits after the half precision, in the normal range.
		x := math.Ldexp(1+float64(rapid.IntRange(0, 1<<12).Draw(t, "high"))/(1<<12)+
			float64(rapid.IntRange(-2, 2).Draw(t, "low"))/(1<<45), rapid.IntRange(-13, 14).Draw(t, "exponent"))
		if rapid.Bool().Draw(t, "negative") {
			x = -x
		}
		half, brain := make([]float16.Float16, 1), make([]bfloat16.BFloat16, 1)
		for _, dst := range []any{half, brain} {
			if err := arrays.Convert(workers, dst, []float64{x}); err != nil {
				t.Fatal(err)
			}
		}
		wantHalf, _ := new(big.Float).SetPrec(11).SetFloat64(x).Float32()
		wantBrain, _ := new(big.Float).SetPrec(8).SetFloat64(x).Float32()
		if got := arrays.FromFloat16(uint16(half[0])); got != wantHalf {
			t.Fatalf("%v to float16: got %v, want %v", x, got, wantHalf)
		}
		if got := brain[0].Float32(); got != wantBrain {
			t.Fatalf("%v to bfloat16: got %v, want %v", x, got, wantBrain)
		}
	})
}
