package arrays_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// drawSubset draws which of [0, n) to take.
func drawSubset(t *rapid.T, label string, n int) []int {
	taken := []int{}
	for i := range n {
		if rapid.Bool().Draw(t, label) {
			taken = append(taken, i)
		}
	}
	return taken
}

// drawIndices draws index vectors of k coordinates over batch axes, some of them out of bounds.
func drawIndices(t *rapid.T, k, maxBatchRank int) arrays.Indices {
	dims := drawDims(t, "batch", 0, maxBatchRank)
	for i := range dims {
		dims[i] = min(dims[i], 40)
	}
	axis := rapid.IntRange(0, len(dims)).Draw(t, "vector axis")
	if k == 1 && rapid.Bool().Draw(t, "implicit") {
		axis = len(dims)
	} else {
		dims = slices.Insert(dims, axis, k)
	}
	values := make([]int, arrays.Size(dims))
	for i := range values {
		values[i] = rapid.IntRange(-1, 5).Draw(t, "index")
	}
	return arrays.Indices{Flat: values, Dims: dims, VectorAxis: axis}
}

// coordinate is the c-th coordinate of the index vector at a batch position.
func coordinate(ix arrays.Indices, batch []int, c int) int {
	at := slices.Clone(batch)
	if ix.VectorAxis < len(ix.Dims) {
		at = slices.Insert(at, ix.VectorAxis, c)
	}
	return ix.Flat[flat(ix.Dims, at)]
}

func without(rank int, axes []int) []int {
	var rest []int
	for i := range rank {
		if !slices.Contains(axes, i) {
			rest = append(rest, i)
		}
	}
	return rest
}

// window is what gathers and scatters share: operand axes that a window lacks, and where the window's axes lie
// in the other tensor, whose remaining axes are the batch.
type window struct {
	dims     []int // operand
	sizes    []int // window, an operand axis each
	dropped  []int // operand axes of size 1 that the window lacks
	map_     []int // operand axis of each coordinate
	ix       arrays.Indices
	other    []int // dimensions of the output or the updates
	offset   []int // its axes that hold the window
	batchAxs []int // its other axes
}

func drawWindow(t *rapid.T) window {
	w := window{dims: drawDims(t, "operand", 1, 3)}
	for i := range w.dims {
		w.dims[i] = max(1, w.dims[i])
	}
	rank := len(w.dims)
	w.sizes = make([]int, rank)
	for i, d := range w.dims {
		w.sizes[i] = rapid.IntRange(0, min(d, 6)).Draw(t, "size")
		if rapid.Bool().Draw(t, "whole") {
			w.sizes[i] = d
		}
	}
	w.dropped = drawSubset(t, "dropped", rank)
	for _, axis := range w.dropped {
		w.sizes[axis] = 1
	}
	w.map_ = rapid.Permutation(drawSubset(t, "indexed", rank)).Draw(t, "map")
	w.ix = drawIndices(t, len(w.map_), 2)
	batch := w.ix.BatchDims()
	kept := without(rank, w.dropped)
	n := len(batch) + len(kept)
	positions := make([]int, n)
	for i := range positions {
		positions[i] = i
	}
	if n > 1 {
		positions = rapid.Permutation(positions).Draw(t, "positions")
	}
	w.offset = slices.Clone(positions[:len(kept)])
	slices.Sort(w.offset)
	w.batchAxs = without(n, w.offset)
	w.other = make([]int, n)
	for i, axis := range kept {
		w.other[w.offset[i]] = w.sizes[axis]
	}
	for i, d := range batch {
		w.other[w.batchAxs[i]] = d
	}
	return w
}

// at splits an index of the other tensor into the start of its window, unclamped, and the position inside it.
func (w window) at(other []int) (start, inside []int) {
	batch := make([]int, len(w.batchAxs))
	for i, axis := range w.batchAxs {
		batch[i] = other[axis]
	}
	start, inside = make([]int, len(w.dims)), make([]int, len(w.dims))
	for c, axis := range w.map_ {
		start[axis] = coordinate(w.ix, batch, c)
	}
	for i, axis := range without(len(w.dims), w.dropped) {
		inside[axis] = other[w.offset[i]]
	}
	return start, inside
}

func TestGather(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWindow(t)
		x := numbers[int32](arrays.Size(w.dims))
		want, got := make([]int32, arrays.Size(w.other)), make([]int32, arrays.Size(w.other))
		each(w.other, func(other []int) {
			start, at := w.at(other)
			for i := range at {
				at[i] += min(max(start[i], 0), w.dims[i]-w.sizes[i])
			}
			want[flat(w.other, other)] = x[flat(w.dims, at)]
		})
		arrays.Gather(workers, got, w.other, x, w.dims, w.ix, arrays.GatherSpec{
			OffsetOutputAxes: w.offset, CollapsedSliceAxes: w.dropped, StartIndexMap: w.map_, SliceSizes: w.sizes})
		same(t, "gather", got, want)
	})
}

func TestScatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWindow(t)
		updates := numbers[int64](arrays.Size(w.other))
		got := make([]int64, arrays.Size(w.dims))
		want := slices.Clone(got)
		// Neither commutative nor associative: the order of updates shows.
		combine := func(a, b int64) int64 { return (a*31 + b) % 1_000_003 }
		// The definition goes by index vectors in row-major order, then by window positions.
		batch := w.ix.BatchDims()
		windowDims := make([]int, len(w.offset))
		for i, axis := range w.offset {
			windowDims[i] = w.other[axis]
		}
		each(batch, func(b []int) {
			each(windowDims, func(in []int) {
				other := make([]int, len(w.other))
				for i, axis := range w.batchAxs {
					other[axis] = b[i]
				}
				for i, axis := range w.offset {
					other[axis] = in[i]
				}
				start, at := w.at(other)
				for i := range at {
					if start[i] < 0 || start[i]+w.sizes[i] > w.dims[i] {
						return
					}
					at[i] += start[i]
				}
				k := flat(w.dims, at)
				want[k] = combine(want[k], updates[flat(w.other, other)])
			})
		})
		arrays.Scatter(workers, got, w.dims, updates, w.other, w.ix, arrays.ScatterSpec{
			UpdateWindowAxes: w.offset, InsertedWindowAxes: w.dropped, OperandAxes: w.map_}, combine)
		same(t, "scatter", got, want)
	})
}

// TestScatterBig adds rows to a table with repeated indices, which several workers share, and again with a
// promise of unique ones.
func TestScatterBig(t *testing.T) {
	const rows, width, n = 50, 700, 100
	for _, unique := range []bool{false, true} {
		updates := numbers[float64](n * width)
		ix := arrays.Indices{Flat: make([]int, n), Dims: []int{n}, VectorAxis: 1}
		want := make([]float64, n*width)
		for i := range n {
			ix.Flat[i] = i * 7 % rows
			if unique {
				ix.Flat[i] = (i * 37) % n
			}
			for c := range width {
				want[ix.Flat[i]*width+c] += updates[i*width+c]
			}
		}
		got := make([]float64, n*width)
		arrays.Scatter(workers, got, []int{n, width}, updates, []int{n, width}, ix, arrays.ScatterSpec{
			UpdateWindowAxes: []int{1}, InsertedWindowAxes: []int{0}, OperandAxes: []int{0}, UniqueIndices: unique},
			func(a, b float64) float64 { return a + b })
		if !slices.Equal(got, want) {
			t.Errorf("scatter of rows, unique=%v: wrong sums", unique)
		}
	}
}

func TestToInts(t *testing.T) {
	got := make([]int, 3)
	arrays.ToInts(got, []uint64{1, 1 << 63, ^uint64(0)})
	if want := []int{1, int(^uint(0) >> 1), int(^uint(0) >> 1)}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestScatterOverlap writes many windows that overlap in part, where the order of updates must survive.
func TestScatterOverlap(t *testing.T) {
	const size, window, n = 100, 64, 1000
	ix := arrays.Indices{Flat: make([]int, n), Dims: []int{n}, VectorAxis: 1}
	updates := numbers[int64](n * window)
	combine := func(a, b int64) int64 { return (a*31 + b) % 1_000_003 }
	want, got := make([]int64, size), make([]int64, size)
	for i := range n {
		ix.Flat[i] = i * 11 % 37
		for k := range window {
			want[ix.Flat[i]+k] = combine(want[ix.Flat[i]+k], updates[i*window+k])
		}
	}
	arrays.Scatter(workers, got, []int{size}, updates, []int{n, window}, ix,
		arrays.ScatterSpec{UpdateWindowAxes: []int{1}, OperandAxes: []int{0}}, combine)
	if !slices.Equal(got, want) {
		t.Error("overlapping windows: updates out of order")
	}
}

// TestScatterIntoNothing scatters along one axis of an operand whose other, inserted, axis has no elements: no window
// lies inside.
func TestScatterIntoNothing(t *testing.T) {
	ix := arrays.Indices{Flat: []int{0, 1}, Dims: []int{2}, VectorAxis: 1}
	for _, unique := range []bool{false, true} {
		arrays.Scatter(workers, []int32{}, []int{3, 0}, []int32{5, 6}, []int{2}, ix,
			arrays.ScatterSpec{InsertedWindowAxes: []int{0, 1}, OperandAxes: []int{0}, UniqueIndices: unique},
			func(a, b int32) int32 { return a + b })
	}
}
