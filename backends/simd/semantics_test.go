package simd_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	nan  = float32(math.NaN())
	inf  = float32(math.Inf(1))
	zero = float32(math.Copysign(0, -1))
)

// bits shows the sign of zeros, which == does not.
func bits(x []float32) []uint32 {
	out := make([]uint32, len(x))
	for i, v := range x {
		out[i] = math.Float32bits(v)
	}
	return out
}

// TestSpecialValues checks what XLA defines for NaN, infinities and zeros, fused and op by op.
func TestSpecialValues(t *testing.T) {
	for _, config := range []string{"simd", "simd:fuse=off"} {
		exec := MustNewExec(newBackend(t, config), func(x, y *Node) []*Node {
			return []*Node{Max(x, y), Min(x, y), ReduceAllMax(x), ReduceAllMin(x), ReduceAllSum(x), Sign(x),
				Clip(x, Scalar(x.Graph(), x.DType(), -1), Scalar(x.Graph(), x.DType(), 1)), Sigmoid(x), IsFinite(x)}
		})
		out := exec.MustExec([]float32{nan, 1, inf, -inf, 2}, []float32{1, nan, 5, 5, -3})
		want := []any{
			[]float32{nan, nan, inf, 5, 2}, []float32{nan, nan, 5, -inf, -3}, nan, nan, nan,
			[]float32{nan, 1, 1, -1, 1}, []float32{nan, 1, 1, -1, 1},
			[]float32{nan, 0.7310586, 1, 0, 0.880797}, []bool{false, true, false, false, true},
		}
		// The logistic function is within two units in the last place.
		near := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 2.5e-7)}
		for i, w := range want {
			if diff := cmp.Diff(w, out[i].Value(), near); diff != "" {
				t.Errorf("%s: output %d (-want +got):\n%s", config, i, diff)
			}
		}
	}
}

// TestSimplificationsKeepBits checks the rules on the values for which the tempting ones are wrong.
func TestSimplificationsKeepBits(t *testing.T) {
	exec := MustNewExec(newBackend(t, "simd"), func(x *Node) []*Node {
		g := x.Graph()
		c := func(v float32) *Node { return Const(g, v) }
		return []*Node{
			Add(x, c(0)), Add(x, c(zero)), Sub(x, c(0)), Mul(x, c(0)), Mul(x, c(1)), Mul(x, c(-1)), Div(x, c(4)),
			Neg(Neg(x)), Sub(x, x), Add(x, Neg(x)), Where(Const(g, true), x, c(3)), Pow(x, c(2)), Mul(Neg(x), Neg(x)),
		}
	})
	in := []float32{zero, 0, 3, -inf, 1e-38}
	want := [][]float32{
		{0, 0, 3, -inf, 1e-38}, in, in, {zero, 0, 0, nan, 0}, in, {0, zero, -3, inf, -1e-38},
		{zero, 0, 0.75, -inf, 2.5e-39}, in, {0, 0, 0, nan, 0}, {0, 0, 0, nan, 0}, in, {0, 0, 9, inf, 0}, {0, 0, 9, inf,
			0},
	}
	for i, o := range exec.MustExec(in) {
		got := o.Value().([]float32)
		for k, v := range got {
			if v != v {
				got[k] = nan // of any payload
			}
		}
		if diff := cmp.Diff(bits(want[i]), bits(got)); diff != "" {
			t.Errorf("output %d is %v, want %v", i, got, want[i])
		}
	}
}

// TestIntegerCorners checks division by zero, overflow and shifts as XLA defines them.
func TestIntegerCorners(t *testing.T) {
	backend := newBackend(t, "simd")
	b := backend.Builder("integers")
	var outputs []backends.Op
	x, err := b.Constant([]int32{7, -7, math.MinInt32, 5}, 4)
	if err != nil {
		t.Fatal(err)
	}
	y, _ := b.Constant([]int32{0, 2, -1, 40}, 4)
	for _, op := range []func(lhs, rhs backends.Op) (backends.Op, error){b.Div, b.Rem, b.ShiftLeft,
		b.ShiftRightArithmetic, b.ShiftRightLogical} {
		out, err := op(x, y)
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, out)
	}
	exec, err := b.Compile(outputs, nil)
	if err != nil {
		t.Fatal(err)
	}
	results, err := exec.Execute(nil, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]int32{
		{-1, -3, math.MinInt32, 0}, {7, -1, 0, 5}, {7, -28, 0, 0}, {7, -2, -1, 0}, {7, 0x3ffffffe, 0, 0},
	}
	for i, r := range results {
		flat, err := backend.BufferData(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[i], flat); diff != "" {
			t.Errorf("output %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestTotalOrder checks -NaN < -Inf < -1 < -0 < +0 < 1 < Inf < NaN.
func TestTotalOrder(t *testing.T) {
	values := []float32{-nan, -inf, -1, zero, 0, 1, inf, nan}
	values[0] = math.Float32frombits(0xffc00000)
	exec := MustNewExec(newBackend(t, "simd"), func(x *Node) []*Node {
		n := x.Shape().Dim(0)
		return []*Node{LessThanTotalOrder(Slice(x, AxisRange(0, n-1)), Slice(x, AxisRange(1, n))),
			EqualTotalOrder(x, x),
			GreaterOrEqualTotalOrder(Slice(x, AxisRange(0, n-1)), Slice(x, AxisRange(1, n)))}
	})
	out := exec.MustExec(values)
	for i, want := range []bool{true, true, false} {
		for k, got := range out[i].Value().([]bool) {
			if got != want {
				t.Errorf("output %d, pair %d (%v, …): got %v", i, k, values[k], got)
			}
		}
	}
}

// TestZerosOfBothSigns checks that the sign of a zero does not depend on whether ops are fused nor on which operand's
// memory a result takes over: of two zeros the float32 kernels take the second, so clamping -0 to [+0, 1] leaves -0,
// and to [-1, -0] makes +0 -0, whatever the bounds' shapes.
func TestZerosOfBothSigns(t *testing.T) {
	column := func(v float32) []float32 { return []float32{v, v, v} }
	x, y := []float32{zero, 0, 0}, []float32{0, zero, 0}
	want := [][]float32{{0, zero, zero}, {0, zero, zero}, {0, 0, 0}, {0, 0, 0}, {0, zero, 0}, {0, zero, 0}}
	for _, config := range []string{"simd", "simd:fuse=off"} {
		exec := MustNewExec(newBackend(t, config), func(x, y, least, most, minus, end *Node) []*Node {
			// A bound that is computed and read for the last time gives its memory to a result that is no output.
			fresh := func(v *Node) *Node { return Mul(v, Exp(Sub(v, v))) }
			return []*Node{Neg(Clamp(least, x, most)), Neg(Clamp(least, x, fresh(most))),
				Neg(Clamp(minus, x, end)), Neg(Clamp(minus, x, fresh(end))), Max(x, y), Min(x, y)}
		})
		for i, o := range exec.MustExec(x, y, column(0), column(1), column(-1), column(zero)) {
			if got := o.Value().([]float32); !cmp.Equal(bits(want[i]), bits(got)) {
				t.Errorf("%s: output %d is %v, want %v", config, i, got, want[i])
			}
		}
	}
}
