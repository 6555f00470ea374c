package simd_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"
)

func TestPropertyReshapeTranspose(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		x := drawArray(t, "x", drawDType(t, allDTypes), drawDims(t, "x", 1, 5)...)
		perm := make([]int, x.shape.Rank())
		for i := range perm {
			perm[i] = i
		}
		if len(perm) > 1 {
			perm = rapid.Permutation(perm).Draw(t, "permutation")
		}
		d.check(t, []array{x}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			y, err := b.Transpose(in[0], perm...)
			if err != nil {
				return nil, err
			}
			z, err := b.Reshape(y, x.shape.Size())
			return []backends.Op{y, z}, err
		})
	})
}

func TestPropertyBroadcast(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		dtype := drawDType(t, allDTypes)
		out := drawDims(t, "out", 1, 5)
		var axes, dims []int
		for i, n := range out {
			if rapid.Bool().Draw(t, "axis present") {
				axes, dims = append(axes, i), append(dims, n)
				if rapid.Bool().Draw(t, "axis stretched") {
					dims[len(dims)-1] = 1
				}
			}
		}
		x := drawArray(t, "x", dtype, dims...)
		d.check(t, []array{x}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.BroadcastInDim(in[0], shapes.Make(dtype, out...), axes))
		})
	})
}

func TestPropertySlice(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		x := drawArray(t, "x", drawDType(t, allDTypes), drawDims(t, "x", 1, 4)...)
		n := x.shape.Rank()
		starts, limits, strides := make([]int, n), make([]int, n), make([]int, n)
		for i, dim := range x.shape.Dimensions {
			starts[i] = rapid.IntRange(0, dim).Draw(t, "start")
			limits[i] = rapid.IntRange(starts[i], dim).Draw(t, "limit")
			strides[i] = rapid.IntRange(1, 3).Draw(t, "stride")
		}
		d.check(t, []array{x}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.Slice(in[0], starts, limits, strides))
		})
	})
}

func TestPropertyConcatenate(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		dtype, dims := drawDType(t, allDTypes), drawDims(t, "x", 1, 4)
		axis := rapid.IntRange(0, len(dims)-1).Draw(t, "axis")
		parts := make([]array, rapid.IntRange(1, 4).Draw(t, "parts"))
		for i := range parts {
			part := slices.Clone(dims)
			part[axis] = rapid.IntRange(0, 4).Draw(t, "length")
			parts[i] = drawArray(t, "part", dtype, part...)
		}
		d.check(t, parts, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.Concatenate(axis, in...))
		})
	})
}

func TestPropertyPad(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		dtype := drawDType(t, allDTypes)
		x := drawArray(t, "x", dtype, drawDims(t, "x", 1, 4)...)
		fill := drawArray(t, "fill", dtype)
		pads := make([]backends.PadAxis, rapid.IntRange(0, x.shape.Rank()).Draw(t, "axes"))
		for i := range pads {
			n := x.shape.Dimensions[i]
			p := backends.PadAxis{Interior: rapid.IntRange(0, 2).Draw(t, "interior")}
			n += max(0, n-1) * p.Interior
			p.Start = rapid.IntRange(-n/2, 3).Draw(t, "start")
			p.End = rapid.IntRange(-n/2, 3).Draw(t, "end")
			pads[i] = p
		}
		d.check(t, []array{x, fill}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.Pad(in[0], in[1], pads...))
		})
	})
}

func TestPropertyReverse(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		x := drawArray(t, "x", drawDType(t, allDTypes), drawDims(t, "x", 1, 4)...)
		axes := drawSubset(t, "axes", x.shape.Rank())
		d.check(t, []array{x}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.Reverse(in[0], axes...))
		})
	})
}

// drawSubset draws some of 0, …, n−1, ascending.
func drawSubset(t *rapid.T, label string, n int) []int {
	subset := []int{}
	for i := range n {
		if rapid.Bool().Draw(t, label) {
			subset = append(subset, i)
		}
	}
	return subset
}

func TestPropertyIota(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		shape := shapes.Make(drawDType(t, allDTypes[1:]), drawDims(t, "x", 1, 4)...)
		axis := rapid.IntRange(0, shape.Rank()-1).Draw(t, "axis")
		d.check(t, nil, tolerance{}, func(b backends.Builder, _ []backends.Op) ([]backends.Op, error) {
			return one(b.Iota(shape, axis))
		})
	})
}

func TestPropertyConvert(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawDType(t, allDTypes), drawDType(t, allDTypes)
		x := drawArray(t, "x", from, drawDims(t, "x", 1, 3)...)
		tol := rounding(to) // simplego truncates to bfloat16
		if oracleIsXLA {
			tol = tolerance{}
			if rapid.Bool().Draw(t, "extremes") && from.IsFloat() {
				x = extremes(from)
			}
		} else if from.IsFloat() && to.IsUnsigned() {
			return // Go leaves negative floats to the CPU
		}
		d.check(t, []array{x}, tol, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.ConvertDType(in[0], to))
		})
	})
}

func TestPropertyBitcast(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawDType(t, realDTypes), drawDType(t, realDTypes)
		dims := drawDims(t, "x", 1, 3)
		if from.Size() < to.Size() {
			dims = append(dims, to.Size()/from.Size())
		}
		x := drawArray(t, "x", from, dims...)
		d.check(t, []array{x}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.Bitcast(in[0], to))
		})
	})
}

func TestPropertyArgMinMax(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		x := drawArray(t, "x", drawDType(t, realDTypes), drawDims(t, "x", 1, 4)...)
		axis := rapid.IntRange(0, x.shape.Rank()-1).Draw(t, "axis")
		if x.shape.Dimensions[axis] == 0 {
			return // no index to give
		}
		to := rapid.SampledFrom([]dtypes.DType{dtypes.Int8, dtypes.Int32, dtypes.Uint16, dtypes.Int64}).Draw(t, "to")
		isMin := rapid.Bool().Draw(t, "min")
		d.check(t, []array{x}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.ArgMinMax(in[0], axis, to, isMin))
		})
	})
}

// TestArgMinMaxOfBool looks for the first true and the first false along an axis.
func TestArgMinMaxOfBool(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		rows, n := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "n")
		x := drawArray(t, "x", dtypes.Bool, rows, n)
		isMin := rapid.Bool().Draw(t, "min")
		got, err := compute(backend, []array{x}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.ArgMinMax(in[0], 1, dtypes.Int32, isMin))
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range got[0].flat.([]int32) {
			want := max(0, slices.Index(x.flat.([]bool)[i*n:(i+1)*n], !isMin))
			if int(g) != want {
				t.Fatalf("line %d of %v: got %d, want %d", i, x.flat, g, want)
			}
		}
	})
}
