package simd_test

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/google/go-cmp/cmp"
)

// TestEmptyTensors runs every kind of operation on tensors without elements, which simplego does not survive.
func TestEmptyTensors(t *testing.T) {
	type B = backends.Builder
	type Op = backends.Op
	f32 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	inputs := []array{
		{f32(0, 3), []float32{}},
		{f32(2, 3), []float32{1, 2, 3, 4, 5, 6}},
		{f32(), []float32{9}},
		{shapes.Make(dtypes.Int32, 0, 1), []int32{}},
		rngState,
	}
	for _, c := range []struct {
		name  string
		build func(b B, x []Op) (Op, error) // x are the inputs above
		dims  []int
		flat  any
	}{
		{"add", func(b B, x []Op) (Op, error) { return b.Add(x[0], x[0]) }, []int{0, 3}, []float32{}},
		{"add a scalar", func(b B, x []Op) (Op, error) { return b.Add(x[0], x[2]) }, []int{0, 3}, []float32{}},
		{"sum to zero", func(b B, x []Op) (Op, error) { return b.ReduceSum(x[0], 0) }, []int{3}, []float32{0, 0, 0}},
		{"sum to nothing", func(b B, x []Op) (Op, error) { return b.ReduceSum(x[0], 1) }, []int{0}, []float32{}},
		{"convert", func(b B, x []Op) (Op, error) { return b.ConvertDType(x[0], dtypes.Int8) }, []int{0, 3}, []int8{}},
		{"reshape", func(b B, x []Op) (Op, error) { return b.Reshape(x[0], 3, 0, 2) }, []int{3, 0, 2}, []float32{}},
		{"transpose", func(b B, x []Op) (Op, error) { return b.Transpose(x[0], 1, 0) }, []int{3, 0}, []float32{}},
		{"broadcast", func(b B, x []Op) (Op, error) { return b.BroadcastInDim(x[2], f32(0, 2), nil) }, []int{0, 2},
			[]float32{}},
		{"slice", func(b B, x []Op) (Op, error) { return b.Slice(x[1], []int{2, 0}, []int{2, 3}, nil) }, []int{0, 3},
			[]float32{}},
		{"concatenate", func(b B, x []Op) (Op, error) { return b.Concatenate(0, x[0], x[1], x[0]) }, []int{2, 3},
			[]float32{1, 2, 3, 4, 5, 6}},
		{"pad", func(b B, x []Op) (Op, error) { return b.Pad(x[0], x[2], backends.PadAxis{Start: 1, Interior: 2}) },
			[]int{1, 3}, []float32{9, 9, 9}},
		{"reverse", func(b B, x []Op) (Op, error) { return b.Reverse(x[0], 0, 1) }, []int{0, 3}, []float32{}},
		{"iota", func(b B, x []Op) (Op, error) { return b.Iota(f32(2, 0), 1) }, []int{2, 0}, []float32{}},
		{"gather nothing", func(b B, x []Op) (Op, error) {
			return b.Gather(x[1], x[3], 1, []int{1}, []int{0}, []int{0}, []int{1, 3}, false)
		}, []int{0, 3}, []float32{}},
		{"scatter nothing", func(b B, x []Op) (Op, error) {
			return b.ScatterSum(x[1], x[3], x[0], 1, []int{1}, []int{0}, []int{0}, false, false)
		}, []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}},
		{"window over padding", func(b B, x []Op) (Op, error) {
			return b.ReduceWindow(x[0], backends.ReduceOpSum, []int{2, 1}, []int{1, 1}, nil, nil,
				[][2]int{{1, 2}, {0, 0}})
		}, []int{2, 3}, []float32{0, 0, 0, 0, 0, 0}},
		{"arg-max of no lines", func(b B, x []Op) (Op, error) { return b.ArgMinMax(x[0], 1, dtypes.Int32, false) },
			[]int{0}, []int32{}},
		{"random", func(b B, x []Op) (Op, error) {
			_, v, err := b.RNGBitGenerator(x[4], shapes.Make(dtypes.Uint32, 0))
			return v, err
		}, []int{0}, []uint32{}},
		{"product", func(b B, x []Op) (Op, error) { return b.DotGeneral(x[0], []int{0}, nil, x[0], []int{0}, nil) },
			[]int{3, 3}, make([]float32, 9)},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := compute(newBackend(t, "simd"), inputs,
				func(b B, x []Op) ([]Op, error) { return one(c.build(b, x)) })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.dims, out[0].shape.Dimensions); diff != "" {
				t.Error("dimensions", diff)
			}
			if diff := cmp.Diff(c.flat, out[0].flat); diff != "" {
				t.Error(diff)
			}
		})
	}
}
