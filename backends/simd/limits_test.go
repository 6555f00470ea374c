package simd_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// TestImpossibleShapes hands over shapes that cannot be: every entry must refuse them with an error.
func TestImpossibleShapes(t *testing.T) {
	backend := newBackend(t, "simd")
	negative := shapes.Shape{DType: dtypes.Float32, Dimensions: []int{-1}}
	b := backend.Builder("impossible")
	if _, err := b.Parameter("x", negative, nil); err == nil {
		t.Error("a parameter of negative size was accepted")
	}
	if _, err := b.Parameter("x", shapes.Invalid(), nil); err == nil {
		t.Error("a parameter without a dtype was accepted")
	}
	if _, err := b.Constant([]float32{1}, -1); err == nil {
		t.Error("a constant of negative size was accepted")
	}
	if _, err := b.Constant([]float32{1}, 2); err == nil {
		t.Error("a constant of too little data was accepted")
	}
	if _, err := b.Constant([]string{"1"}, 1); err == nil {
		t.Error("a constant of strings was accepted")
	}
	if _, err := b.Constant(nil); err == nil {
		t.Error("a constant of nothing was accepted")
	}
	if _, _, err := backend.NewSharedBuffer(0, negative); err == nil {
		t.Error("a shared buffer of negative size was accepted")
	}
	if _, err := backend.BufferFromFlatData(0, []float32{1}, negative); err == nil {
		t.Error("a buffer of negative size was accepted")
	}
	if _, err := backend.BufferFromFlatData(0, []float64{1}, shapes.Make(dtypes.Float32, 1)); err == nil {
		t.Error("data of another dtype was accepted")
	}
	if _, err := backend.BufferFromFlatData(1, []float32{1}, shapes.Make(dtypes.Float32, 1)); err == nil {
		t.Error("a second device was accepted")
	}
}

// TestHugeResult asks for more memory than there can be, within a graph and as its result.
func TestHugeResult(t *testing.T) {
	for _, summed := range []bool{false, true} {
		_, err := compute(newBackend(t, "simd"), nil, func(b backends.Builder, _ []backends.Op) ([]backends.Op, error) {
			x, err := b.Iota(shapes.Make(dtypes.Float32, 1<<58), 0)
			if err != nil || !summed {
				return []backends.Op{x}, err
			}
			return one(b.ReduceSum(x, 0))
		})
		if err == nil {
			t.Fatal("got no error")
		}
		if strings.HasPrefix(err.Error(), "panic") {
			t.Errorf("summed=%v: %v", summed, err)
		}
	}
}

// TestOverflowingShapes asks for more elements than an int counts, some with products that wrap around to a few.
func TestOverflowingShapes(t *testing.T) {
	type Op = backends.Op
	backend := newBackend(t, "simd")
	f32 := func(dims ...int) shapes.Shape { return shapes.Shape{DType: dtypes.Float32, Dimensions: dims} }
	const big = math.MaxInt/2 + 1 // four times it is 0
	if _, err := backend.BufferFromFlatData(0, []float32{}, f32(big, 4)); err == nil {
		t.Error("a buffer was filled")
	}
	if _, _, err := backend.NewSharedBuffer(0, f32(big, 4)); err == nil {
		t.Error("a shared buffer was made")
	}
	if _, _, err := backend.NewSharedBuffer(0, f32(math.MaxInt/8)); err == nil {
		t.Error("a shared buffer larger than memory was made")
	}
	b := backend.Builder("overflow")
	must := func(op Op, err error) Op {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	none := must(b.Parameter("none", f32(0, big, 4), nil)) // without elements, however long its axes
	pair := must(b.Parameter("pair", f32(1, 1, 2), nil))
	scalar := must(b.Parameter("scalar", f32(), nil))
	long := must(b.Iota(f32(1, 1<<(strconv.IntSize/2-1)), 1))
	axes := backends.ConvolveAxesConfig{InputBatch: 0, InputChannels: 1, InputSpatial: []int{2},
		KernelInputChannels: 0, KernelOutputChannels: 1, KernelSpatial: []int{2},
		OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2}}
	for _, c := range []struct {
		name  string
		build func() (Op, error)
	}{
		{"Parameter", func() (Op, error) { return b.Parameter("x", f32(big, 4), nil) }},
		{"Constant", func() (Op, error) { return b.Constant([]float32{}, big, 4) }},
		{"Iota", func() (Op, error) { return b.Iota(f32(big, 4), 0) }},
		{"BroadcastInDim", func() (Op, error) { return b.BroadcastInDim(scalar, f32(big, 4), nil) }},
		{"Reshape", func() (Op, error) { return b.Reshape(none, big, 4) }},
		{"Pad", func() (Op, error) {
			return b.Pad(pair, scalar, backends.PadAxis{End: big},
				backends.PadAxis{End: 3})
		}},
		{"Pad low and high", func() (Op, error) {
			return b.Pad(pair, scalar, backends.PadAxis{Start: math.MaxInt, End: math.MaxInt}, backends.PadAxis{})
		}},
		{"Pad interior", func() (Op, error) {
			return b.Pad(pair, scalar, backends.PadAxis{}, backends.PadAxis{}, backends.PadAxis{Interior: math.MaxInt})
		}},
		{"ConvGeneral padding", func() (Op, error) {
			return b.ConvGeneral(pair, pair, axes, nil, [][2]int{{math.MaxInt, math.MaxInt}}, nil, nil, 1, 1)
		}},
		{"ConvGeneral dilation", func() (Op, error) {
			return b.ConvGeneral(pair, pair, axes, nil, nil, []int{math.MaxInt}, nil, 1, 1)
		}},
		{"ConvGeneral size", func() (Op, error) {
			return b.ConvGeneral(pair, pair, axes, nil, [][2]int{{math.MaxInt / 8, 0}}, nil, nil, 1, 1)
		}},
		{"ReduceWindow", func() (Op, error) {
			return b.ReduceWindow(pair, backends.ReduceOpSum, []int{1, 1, 1}, nil, []int{1, 1, 3}, nil,
				[][2]int{{}, {}, {math.MaxInt, math.MaxInt}})
		}},
		{"ReduceWindow size", func() (Op, error) {
			return b.ReduceWindow(pair, backends.ReduceOpSum, []int{1, 1, 1}, nil, nil, nil,
				[][2]int{{}, {}, {math.MaxInt / 8, 0}})
		}},
		{"DotGeneral", func() (Op, error) { return b.DotGeneral(long, []int{0}, nil, long, []int{0}, nil) }},
	} {
		func() {
			defer func() {
				if cause := recover(); cause != nil {
					t.Errorf("%s: panic: %v", c.name, cause)
				}
			}()
			if op, err := c.build(); err == nil {
				shape, _ := b.OpShape(op)
				t.Errorf("%s: got shape %s, want an error", c.name, shape)
			}
		}()
	}
}
