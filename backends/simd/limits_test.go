package simd_test

import (
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
