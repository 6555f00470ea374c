package simd_test

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// TestBadArguments builds operations with wrong arguments: each must be an error that names the operation, never
// a panic.
func TestBadArguments(t *testing.T) {
	type B = backends.Builder
	type Op = backends.Op
	const max = backends.ReduceOpMax
	f32 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	for _, c := range []struct {
		op, name string
		build    func(b B, x, i, s Op) (Op, error) // x is float32 [2, 3], i int32 [4, 1], s a float32 scalar
	}{
		{"Reshape", "size", func(b B, x, i, s Op) (Op, error) { return b.Reshape(x, 7) }},
		{"Reshape", "negative", func(b B, x, i, s Op) (Op, error) { return b.Reshape(x, -2, -3) }},
		{"Transpose", "rank", func(b B, x, i, s Op) (Op, error) { return b.Transpose(x, 0) }},
		{"Transpose", "repeated", func(b B, x, i, s Op) (Op, error) { return b.Transpose(x, 1, 1) }},
		{"Transpose", "no such axis", func(b B, x, i, s Op) (Op, error) { return b.Transpose(x, 0, 2) }},
		{"BroadcastInDim", "dimension",
			func(b B, x, i, s Op) (Op, error) { return b.BroadcastInDim(x, f32(2, 4), []int{0, 1}) }},
		{"BroadcastInDim", "axis",
			func(b B, x, i, s Op) (Op, error) { return b.BroadcastInDim(x, f32(2, 3), []int{0, 2}) }},
		{"BroadcastInDim", "axes",
			func(b B, x, i, s Op) (Op, error) { return b.BroadcastInDim(x, f32(2, 3), []int{0}) }},
		{"BroadcastInDim", "dtype", func(b B, x, i, s Op) (Op, error) {
			return b.BroadcastInDim(x, shapes.Make(dtypes.Int8, 2, 3), []int{0, 1})
		}},
		{"BroadcastInDim", "negative", func(b B, x, i, s Op) (Op, error) {
			return b.BroadcastInDim(s, shapes.Shape{DType: dtypes.Float32, Dimensions: []int{-1}}, nil)
		}},
		{"Slice", "start", func(b B, x, i, s Op) (Op, error) { return b.Slice(x, []int{-1, 0}, []int{2, 3}, nil) }},
		{"Slice", "limit", func(b B, x, i, s Op) (Op, error) { return b.Slice(x, []int{0, 0}, []int{2, 4}, nil) }},
		{"Slice", "backwards", func(b B, x, i, s Op) (Op, error) { return b.Slice(x, []int{2, 0}, []int{1, 3}, nil) }},
		{"Slice", "stride",
			func(b B, x, i, s Op) (Op, error) { return b.Slice(x, []int{0, 0}, []int{2, 3}, []int{0, 1}) }},
		{"Slice", "rank", func(b B, x, i, s Op) (Op, error) { return b.Slice(x, []int{0}, []int{2}, nil) }},
		{"Concatenate", "nothing", func(b B, x, i, s Op) (Op, error) { return b.Concatenate(0) }},
		{"Concatenate", "scalars", func(b B, x, i, s Op) (Op, error) { return b.Concatenate(0, s, s) }},
		{"Concatenate", "axis", func(b B, x, i, s Op) (Op, error) { return b.Concatenate(2, x, x) }},
		{"Concatenate", "dtype", func(b B, x, i, s Op) (Op, error) { return b.Concatenate(0, x, i) }},
		{"Pad", "fill", func(b B, x, i, s Op) (Op, error) { return b.Pad(x, i) }},
		{"Pad", "too much off", func(b B, x, i, s Op) (Op, error) { return b.Pad(x, s, backends.PadAxis{Start: -3}) }},
		{"Pad", "interior", func(b B, x, i, s Op) (Op, error) { return b.Pad(x, s, backends.PadAxis{Interior: -1}) }},
		{"Pad", "axes", func(b B, x, i, s Op) (Op, error) { return b.Pad(x, s, make([]backends.PadAxis, 3)...) }},
		{"Reverse", "axis", func(b B, x, i, s Op) (Op, error) { return b.Reverse(x, 2) }},
		{"Reverse", "repeated", func(b B, x, i, s Op) (Op, error) { return b.Reverse(x, 1, 1) }},
		{"Iota", "axis", func(b B, x, i, s Op) (Op, error) { return b.Iota(f32(2), 1) }},
		{"Iota", "scalar", func(b B, x, i, s Op) (Op, error) { return b.Iota(f32(), 0) }},
		{"Iota", "bool", func(b B, x, i, s Op) (Op, error) { return b.Iota(shapes.Make(dtypes.Bool, 2), 0) }},
		{"ConvertDType", "dtype", func(b B, x, i, s Op) (Op, error) { return b.ConvertDType(x, dtypes.InvalidDType) }},
		{"Bitcast", "ratio", func(b B, x, i, s Op) (Op, error) { return b.Bitcast(x, dtypes.Float64) }},
		{"Bitcast", "bool", func(b B, x, i, s Op) (Op, error) { return b.Bitcast(x, dtypes.Bool) }},
		{"ArgMinMax", "axis", func(b B, x, i, s Op) (Op, error) { return b.ArgMinMax(x, 2, dtypes.Int32, true) }},
		{"ArgMinMax", "index dtype",
			func(b B, x, i, s Op) (Op, error) { return b.ArgMinMax(x, 0, dtypes.Float32, true) }},
		{"Gather", "float indices", func(b B, x, i, s Op) (Op, error) {
			return b.Gather(x, x, 1, []int{1}, []int{0}, []int{0}, []int{1, 3}, false)
		}},
		{"Gather", "vector axis", func(b B, x, i, s Op) (Op, error) {
			return b.Gather(x, i, 3, []int{1}, []int{0}, []int{0}, []int{1, 3}, false)
		}},
		{"Gather", "map", func(b B, x, i, s Op) (Op, error) {
			return b.Gather(x, i, 1, []int{1}, []int{0}, []int{0, 1}, []int{1, 3}, false)
		}},
		{"Gather", "collapsed", func(b B, x, i, s Op) (Op, error) {
			return b.Gather(x, i, 1, []int{1}, []int{0}, []int{0}, []int{2, 3}, false)
		}},
		{"Gather", "slice size", func(b B, x, i, s Op) (Op, error) {
			return b.Gather(x, i, 1, []int{1}, []int{0}, []int{0}, []int{1, 4}, false)
		}},
		{"Gather", "offset axis", func(b B, x, i, s Op) (Op, error) {
			return b.Gather(x, i, 1, []int{2}, []int{0}, []int{0}, []int{1, 3}, false)
		}},
		{"ScatterSum", "updates", func(b B, x, i, s Op) (Op, error) {
			return b.ScatterSum(x, i, x, 1, []int{1}, []int{0}, []int{0}, false, false)
		}},
		{"ScatterMax", "window axes", func(b B, x, i, s Op) (Op, error) {
			return b.ScatterMax(x, i, x, 1, []int{5}, []int{0}, []int{0}, false, false)
		}},
		{"ScatterMin", "vector axis", func(b B, x, i, s Op) (Op, error) {
			return b.ScatterMin(x, i, x, -1, []int{1}, []int{0}, []int{0}, false, false)
		}},
		{"DynamicSlice", "starts",
			func(b B, x, i, s Op) (Op, error) { return b.DynamicSlice(x, []Op{s}, []int{1, 1}) }},
		{"DynamicSlice", "vector of another length",
			func(b B, x, i, s Op) (Op, error) {
				i, _ = b.Reshape(i, 4)
				return b.DynamicSlice(x, []Op{i}, []int{1, 1})
			}},
		{"DynamicSlice", "float vector", func(b B, x, i, s Op) (Op, error) {
			row, err := b.ReduceSum(x, 1)
			if err != nil {
				return nil, err
			}
			return b.DynamicSlice(x, []Op{row}, []int{1, 1})
		}},
		{"DynamicSlice", "sizes",
			func(b B, x, i, s Op) (Op, error) { return b.DynamicSlice(x, []Op{i, i}, []int{1}) }},
		{"DynamicSlice", "float start",
			func(b B, x, i, s Op) (Op, error) { return b.DynamicSlice(x, []Op{s, s}, []int{1, 1}) }},
		{"DynamicUpdateSlice", "size",
			func(b B, x, i, s Op) (Op, error) { return b.DynamicUpdateSlice(x, i, []Op{s, s}) }},
		{"ReduceWindow", "rank",
			func(b B, x, i, s Op) (Op, error) { return b.ReduceWindow(x, max, []int{2}, nil, nil, nil, nil) }},
		{"ReduceWindow", "size",
			func(b B, x, i, s Op) (Op, error) { return b.ReduceWindow(x, max, []int{0, 1}, nil, nil, nil, nil) }},
		{"ReduceWindow", "stride", func(b B, x, i, s Op) (Op, error) {
			return b.ReduceWindow(x, max, []int{1, 1}, []int{0, 1}, nil, nil, nil)
		}},
		{"ReduceWindow", "too large",
			func(b B, x, i, s Op) (Op, error) { return b.ReduceWindow(x, max, []int{3, 1}, nil, nil, nil, nil) }},
		{"ReduceWindow", "reduction", func(b B, x, i, s Op) (Op, error) {
			return b.ReduceWindow(x, backends.ReduceOpUndefined, []int{1, 1}, nil, nil, nil, nil)
		}},
		{"SelectAndScatterMax", "source", func(b B, x, i, s Op) (Op, error) {
			return b.SelectAndScatterMax(x, s, []int{2, 1}, []int{1, 1}, nil)
		}},
		{"SelectAndScatterMin", "dtype", func(b B, x, i, s Op) (Op, error) {
			return b.SelectAndScatterMin(x, i, []int{2, 1}, []int{1, 1}, nil)
		}},
		{"RNGBitGenerator", "state",
			func(b B, x, i, s Op) (Op, error) { _, v, err := b.RNGBitGenerator(x, f32(2)); return v, err }},
		{"Transpose", "no op", func(b B, x, i, s Op) (Op, error) { return b.Transpose(nil, 0, 1) }},
		{"Gather", "op of nobody", func(b B, x, i, s Op) (Op, error) {
			return b.Gather(x, "indices", 1, []int{1}, []int{0}, []int{0}, []int{1, 3}, false)
		}},
	} {
		t.Run(c.op+"/"+c.name, func(t *testing.T) {
			b := newBackend(t, "simd").Builder("bad")
			var operands []Op
			for _, shape := range []shapes.Shape{f32(2, 3), shapes.Make(dtypes.Int32, 4, 1), f32()} {
				op, err := b.Parameter(shape.String(), shape, nil)
				if err != nil {
					t.Fatal(err)
				}
				operands = append(operands, op)
			}
			_, err := c.build(b, operands[0], operands[1], operands[2])
			if err == nil {
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), c.op) {
				t.Errorf("error does not name the operation: %v", err)
			}
		})
	}
}
