package weights

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/google/go-cmp/cmp"
)

func float32Tensor(shape []int, values ...float32) Tensor {
	t := Tensor{Name: "t", DType: dtypes.Float32, Shape: shape}
	for _, v := range values {
		t.Data = binary.LittleEndian.AppendUint32(t.Data, math.Float32bits(v))
	}
	return t
}

// floatsOf is all of [Tensor.Values].
func floatsOf(t Tensor) ([]float64, error) {
	values, err := t.Values()
	if err != nil {
		return nil, err
	}
	return slices.Collect(values), nil
}

// TestBroken counts what isn't finite, in each type of floats that has such.
func TestBroken(t *testing.T) {
	inf := float32(math.Inf(-1))
	long := float32Tensor([]int{5}, 0, inf, float32(math.NaN()), math.MaxFloat32, inf)
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		x, err := long.To(dtype)
		if err != nil {
			t.Fatal(err)
		}
		want := map[dtypes.DType]int{dtypes.Float32: 3, dtypes.BFloat16: 4}[dtype] // the largest float32 is rounded up
		if n, err := x.Broken(); err != nil || n != want {
			t.Errorf("%s: %d (%v), want %d", x, n, err, want)
		}
	}
	wide := Tensor{Name: "w", DType: dtypes.Float64, Shape: []int{1},
		Data: binary.LittleEndian.AppendUint64(nil, math.Float64bits(1e300))}
	narrow, err := wide.To(dtypes.Float32)
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[*Tensor]int{&wide: 0, &narrow: 1} {
		if n, err := x.Broken(); err != nil || n != want {
			t.Errorf("1e300 as %s: %d (%v), want %d", x, n, err, want)
		}
	}
}

// TestBFloat16 rounds to the nearest of 8 bits, a tie to the even one, and comes back exactly.
func TestBFloat16(t *testing.T) {
	inf := float32(math.Inf(1))
	in := []float32{0, 1, -2.5, 1 + 1./256, 1 + 3./256, 1 + 1./256 + 1./65536, math.MaxFloat32, inf, -inf}
	want := []float64{0, 1, -2.5, 1, 1 + 4./256, 1 + 2./256, math.Inf(1), math.Inf(1), math.Inf(-1)}
	short, err := float32Tensor([]int{3, 3}, in...).To(dtypes.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	long, err := short.To(dtypes.Float32)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []Tensor{short, long} {
		if got, err := floatsOf(x); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v (%v), want %v", x, got, err, want)
		}
	}
	nan := float32Tensor([]int{1}, math.Float32frombits(0x7f800001))
	if short, err = nan.To(dtypes.BFloat16); err != nil {
		t.Fatal(err)
	}
	if got, _ := floatsOf(short); !math.IsNaN(got[0]) {
		t.Errorf("NaN became %g", got[0])
	}
}

// TestHalf reads all 65536 numbers of 16 bits: each positive finite one exceeds the one before.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{0: 0, 1: 0x1p-24, 0x3ff: 1023 * 0x1p-24, 0x400: 0x1p-14, 0x3c00: 1,
		0xc100: -2.5, 0x7bff: 65504,
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1)} {
		if got := half(bits); got != want {
			t.Errorf("%#x is %g, want %g", bits, got, want)
		}
	}
	for bits := uint16(1); bits <= 0x7c00; bits++ {
		if !(half(bits) > half(bits-1)) || half(bits|0x8000) != -half(bits) {
			t.Fatalf("%#x is %g, after %g", bits, half(bits), half(bits-1))
		}
	}
	if !math.IsNaN(half(0x7c01)) {
		t.Error("0x7c01 is a number")
	}
}

func TestRearrange(t *testing.T) {
	whole := float32Tensor([]int{2, 3}, 1, 2, 3, 4, 5, 6)
	turned, err := whole.Transpose(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(float32Tensor([]int{3, 2}, 1, 4, 2, 5, 3, 6), turned); diff != "" {
		t.Error(diff)
	}
	part, err := turned.Part(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(float32Tensor([]int{1, 2}, 2, 5), part); diff != "" {
		t.Error(diff)
	}
	for _, axes := range [][]int{{0}, {0, 0}, {0, 2}, {0, 1, 1}} {
		if _, err := whole.Transpose(axes...); err == nil {
			t.Errorf("axes %v were taken", axes)
		}
	}
	if _, err := whole.Part(0, 3); err == nil {
		t.Error("a third of two was taken")
	}
	if _, err := (Tensor{Name: "i", DType: dtypes.Int8, Shape: []int{1}, Data: []byte{1}}).Values(); err == nil {
		t.Error("an integer is no float")
	}
}
