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

// halfTensor has numbers of 16 bits by their bits.
func halfTensor(bits ...uint16) Tensor {
	t := Tensor{Name: "h", DType: dtypes.Float16, Shape: []int{len(bits)}}
	for _, b := range bits {
		t.Data = binary.LittleEndian.AppendUint16(t.Data, b)
	}
	return t
}

// TestFloat16Values reads all 65536 numbers of 16 bits: each positive finite one exceeds the one before.
func TestFloat16Values(t *testing.T) {
	all := make([]uint16, 1<<16)
	for i := range all {
		all[i] = uint16(i)
	}
	half, err := floatsOf(halfTensor(all...))
	if err != nil {
		t.Fatal(err)
	}
	for bits, want := range map[uint16]float64{0: 0, 1: 0x1p-24, 0x3ff: 1023 * 0x1p-24, 0x400: 0x1p-14, 0x3c00: 1,
		0xc100: -2.5, 0x7bff: 65504,
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1)} {
		if got := half[bits]; got != want {
			t.Errorf("%#x is %g, want %g", bits, got, want)
		}
	}
	for bits := 1; bits <= 0x7c00; bits++ {
		if !(half[bits] > half[bits-1]) || half[bits|0x8000] != -half[bits] {
			t.Fatalf("%#x is %g, after %g", bits, half[bits], half[bits-1])
		}
	}
	if !math.IsNaN(half[0x7c01]) {
		t.Error("0x7c01 is a number")
	}
}

// TestToFloat16: each number of 16 bits is kept, the middle between two goes to the one whose last bit is 0, and what
// is next to the middle to the nearer one.
func TestToFloat16(t *testing.T) {
	var in []float32
	var want []uint16
	for bits := range uint16(0x7bff) {
		pair, err := floatsOf(halfTensor(bits, bits+1))
		if err != nil {
			t.Fatal(err)
		}
		middle := float32((pair[0] + pair[1]) / 2) // exact: it takes one bit more
		even := bits + bits&1
		in = append(in, float32(pair[0]), middle, math.Nextafter32(middle, 0), math.Nextafter32(middle, 1e9), -middle)
		want = append(want, bits, even, bits, bits+1, even|0x8000)
	}
	in = append(in, 65519.996, 65520, float32(math.Inf(-1)))
	want = append(want, 0x7bff, 0x7c00, 0xfc00)
	got, err := float32Tensor([]int{len(in)}, in...).To(dtypes.Float16)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if g := binary.LittleEndian.Uint16(got.Data[2*i:]); g != w {
			t.Fatalf("%g became %#x, want %#x", in[i], g, w)
		}
	}
	if n, err := got.Broken(); err != nil || n != 2 {
		t.Errorf("%d numbers aren't finite (%v), want 2", n, err)
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
