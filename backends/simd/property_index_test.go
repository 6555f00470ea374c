package simd_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"pgregory.net/rapid"
)

// windowCase is what a gather and a scatter have in common: windows of the operand at indexed positions, and a
// tensor that lists them along batch axes.
type windowCase struct {
	dims, sizes []int // of the operand and the window
	dropped     []int // operand axes that listed windows lack
	coordinates []int // operand axis of each coordinate
	indices     array
	vectorAxis  int
	listed      []int // dimensions of the list
	windowAxes  []int // its axes that hold the windows
}

// drawWindowCase draws one; whole windows reach from end to end of the operand's axes or lack them.
func drawWindowCase(t *rapid.T, whole bool) windowCase {
	w := windowCase{dims: drawDims(t, "operand", 1, 3)}
	rank := len(w.dims)
	w.sizes = make([]int, rank)
	for i := range w.dims {
		w.dims[i] = max(1, w.dims[i])
		w.sizes[i] = w.dims[i]
		if !whole {
			w.sizes[i] = rapid.IntRange(1, w.dims[i]).Draw(t, "size")
		}
	}
	w.dropped = drawSubset(t, "dropped", rank)
	for _, axis := range w.dropped {
		w.sizes[axis] = 1
	}
	w.coordinates = drawSubset(t, "coordinates", rank)
	if len(w.coordinates) > 1 {
		w.coordinates = rapid.Permutation(w.coordinates).Draw(t, "coordinates")
	}
	batch := drawDims(t, "batch", 0, 2)
	w.vectorAxis = rapid.IntRange(0, len(batch)).Draw(t, "vector axis")
	indexDims := slices.Insert(slices.Clone(batch), w.vectorAxis, len(w.coordinates))
	if len(w.coordinates) == 1 && oracleIsXLA && rapid.Bool().Draw(t, "implicit vector axis") {
		indexDims, w.vectorAxis = batch, len(batch)
	}
	lo, hi := 0, 0 // inside, whatever the axis
	if oracleIsXLA {
		lo, hi = -2, 6
	}
	w.indices = drawIndex(t, rapid.SampledFrom([]dtypes.DType{dtypes.Int32, dtypes.Int64, dtypes.Int8,
		dtypes.Uint32}).Draw(t, "index dtype"), lo, hi, indexDims...)
	if !oracleIsXLA && len(w.coordinates) > 0 {
		w.fillInside(t)
	}
	n := len(batch) + rank - len(w.dropped)
	positions := make([]int, n)
	for i := range positions {
		positions[i] = i
	}
	if n > 1 {
		positions = rapid.Permutation(positions).Draw(t, "positions")
	}
	w.windowAxes = slices.Clone(positions[:rank-len(w.dropped)])
	slices.Sort(w.windowAxes)
	windowDims := slices.Clone(w.sizes)
	for i := rank - 1; i >= 0; i-- {
		if slices.Contains(w.dropped, i) {
			windowDims = slices.Delete(windowDims, i, i+1)
		}
	}
	for axis := range n {
		from := &batch
		if slices.Contains(w.windowAxes, axis) {
			from = &windowDims
		}
		w.listed = append(w.listed, (*from)[0])
		*from = (*from)[1:]
	}
	return w
}

// fillInside draws indices whose windows lie inside the operand.
func (w *windowCase) fillInside(t *rapid.T) {
	shape := w.indices.shape
	inner := 1
	for _, n := range shape.Dimensions[w.vectorAxis+1:] {
		inner *= n
	}
	seed := rapid.IntRange(0, 1000).Draw(t, "inside")
	w.indices = values(shape, func(i int) float64 {
		axis := w.coordinates[i/max(1, inner)%len(w.coordinates)]
		return float64((seed + i*31) % (w.dims[axis] - w.sizes[axis] + 1))
	})
}

func TestPropertyGather(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWindowCase(t, false)
		x := drawArray(t, "x", drawDType(t, allDTypes), w.dims...)
		d.check(t, []array{x, w.indices}, tolerance{},
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				return one(b.Gather(in[0], in[1], w.vectorAxis, w.windowAxes, w.dropped, w.coordinates, w.sizes, false))
			})
	})
}

func TestPropertyScatter(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWindowCase(t, !oracleIsXLA) // simplego misplaces updates of part of an axis
		dtype := drawDType(t, realDTypes)
		x, updates := drawArray(t, "x", dtype, w.dims...), drawArray(t, "updates", dtype, w.listed...)
		tol := rounding(dtype)
		tol.abs = 8 * tol.rel // sums of a few terms that may cancel, in another order, rounded at each step
		kind := rapid.IntRange(0, 2).Draw(t, "kind")
		if !accumulates(dtype) {
			return
		}
		d.check(t, []array{x, w.indices, updates}, tol,
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				scatter := b.ScatterSum
				switch kind {
				case 1:
					scatter = b.ScatterMax
				case 2:
					scatter = b.ScatterMin
				}
				return one(scatter(in[0], in[1], in[2], w.vectorAxis, w.windowAxes, w.dropped, w.coordinates,
					false, false))
			})
	})
}

func TestPropertyDynamicSlices(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		dtype := drawDType(t, allDTypes)
		x := drawArray(t, "x", dtype, drawDims(t, "x", 1, 3)...)
		sizes := make([]int, x.shape.Rank())
		inputs := []array{x, {}}
		index := rapid.SampledFrom([]dtypes.DType{dtypes.Int32, dtypes.Int64}).Draw(t, "index dtype")
		for i, n := range x.shape.Dimensions {
			sizes[i] = rapid.IntRange(0, n).Draw(t, "size")
			inputs = append(inputs, drawIndex(t, index, -2, 7))
		}
		inputs[1] = drawArray(t, "update", dtype, sizes...)
		d.check(t, inputs, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			part, err := b.DynamicSlice(in[0], in[2:], sizes)
			if err != nil {
				return nil, err
			}
			whole, err := b.DynamicUpdateSlice(in[0], in[1], in[2:])
			return []backends.Op{part, whole}, err
		})
	})
}

// TestDynamicSlicesByVector gives all starts in one vector, of each integer dtype: the results are those of scalars.
func TestDynamicSlicesByVector(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		dtype := drawDType(t, allDTypes)
		dims := drawDims(t, "x", 0, 4)
		x, sizes := drawArray(t, "x", dtype, dims...), make([]int, len(dims))
		for i, n := range dims {
			sizes[i] = rapid.IntRange(0, n).Draw(t, "size")
		}
		index := drawDType(t, integerDTypes)
		starts := drawIndex(t, index, 0, 7, len(dims))
		inputs := []array{x, drawArray(t, "update", dtype, sizes...), starts}
		got, err := compute(backend, inputs, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			part, err := b.DynamicSlice(in[0], in[2:], sizes)
			if err != nil {
				return nil, err
			}
			whole, err := b.DynamicUpdateSlice(in[0], in[1], in[2:])
			return []backends.Op{part, whole}, err
		})
		if err != nil {
			t.Fatal(err)
		}
		want, err := compute(backend, inputs, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			var scalars []backends.Op
			for axis := range dims {
				one, err := b.Slice(in[2], []int{axis}, []int{axis + 1}, nil)
				if err != nil {
					return nil, err
				}
				if one, err = b.Reshape(one); err != nil {
					return nil, err
				}
				scalars = append(scalars, one)
			}
			part, err := b.DynamicSlice(in[0], scalars, sizes)
			if err != nil {
				return nil, err
			}
			whole, err := b.DynamicUpdateSlice(in[0], in[1], scalars)
			return []backends.Op{part, whole}, err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if at, g, w := firstDifference(got[i], want[i], tolerance{}); at >= 0 {
				t.Fatalf("output %d: element %d is %v, want %v", i, at, g, w)
			}
		}
	})
}
