package tile

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// drawAccess draws how a broadcast, slice or reshape of an array reads it, and the sizes of both.
func drawAccess(t *rapid.T, size int) (a Access, space int) {
	var dims []int
	for rest := size; rest > 1; { // split the array's size into axes
		d := rapid.IntRange(2, rest).Filter(func(d int) bool { return rest%d == 0 }).Draw(t, "axis")
		dims = append(dims, d)
		rest /= d
	}
	strides := rowMajorStrides(dims)
	space = 1
	for axis, n := range dims {
		if rapid.IntRange(0, 2).Draw(t, "repeat") == 0 {
			k := rapid.IntRange(1, 4).Draw(t, "times")
			a.dims = append(a.dims, axisStep{k, 0})
			space *= k
		}
		start := rapid.IntRange(0, n-1).Draw(t, "start")
		step := rapid.IntRange(1, 2).Draw(t, "step")
		count := rapid.IntRange(1, (n-1-start)/step+1).Draw(t, "count")
		if rapid.Bool().Draw(t, "whole") {
			start, step, count = 0, 1, n
		}
		a.offset += start * strides[axis]
		a.dims = append(a.dims, axisStep{count, step * strides[axis]})
		space *= count
	}
	return normalise(a), space
}

// indices lists where each element of the space comes from, by definition.
func indices(a Access, space int) []int {
	list := make([]int, space)
	for i := range list {
		list[i] = a.at(i)
	}
	return list
}

// TestCompose checks that reading through two accesses is reading through their composition, where there is one, and
// that there is one whenever the outer access keeps to the axes of the inner one.
func TestCompose(t *testing.T) {
	composed := 0
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{6, 12, 30, 64, 96}).Draw(t, "size")
		inner, middle := drawAccess(t, size)
		outer, space := drawAccess(t, middle)
		both, ok := compose(outer, inner)
		if !ok {
			return
		}
		composed++
		want := make([]int, space)
		for i := range want {
			want[i] = inner.at(outer.at(i))
		}
		if diff := cmp.Diff(want, indices(both, space)); diff != "" {
			t.Fatalf("%v of %v is %v:\n%s", outer, inner, both, diff)
		}
	})
	if composed == 0 {
		t.Error("no pair of accesses was composed")
	}
	// A broadcast of per-group figures to channels, and of these to pixels.
	groups := broadcastAccess([]int{2, 4}, []int{2, 4, 3}, []int{0, 1})
	pixels := broadcastAccess([]int{2, 12}, []int{2, 5, 12}, []int{0, 2})
	got, ok := compose(pixels, groups)
	if want := []axisStep{{2, 4}, {5, 0}, {4, 1}, {3, 0}}; !ok || !slices.Equal(got.dims, want) {
		t.Errorf("broadcast of a broadcast is %v, %v; want %v", got, ok, want)
	}
}

// TestFillAccess checks expansions of any part of the space against the definition.
func TestFillAccess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{1, 6, 48, 120}).Draw(t, "size")
		a, space := drawAccess(t, size)
		src := make([]uint32, size)
		for i := range src {
			src[i] = uint32(i)
		}
		start := rapid.IntRange(0, space-1).Draw(t, "start")
		dst := make([]uint32, rapid.IntRange(1, space-start).Draw(t, "length"))
		a.fill(dense.Bytes(dst), dense.Bytes(src), 4, start)
		for i, got := range dst {
			if want := a.at(start + i); int(got) != want {
				t.Fatalf("%v from %d: element %d is %d, want %d", a, start, i, got, want)
			}
		}
		other := make([]uint32, len(dst))
		fillAccess(other, src, a, start, repeatEach)
		if !slices.Equal(other, dst) {
			t.Fatalf("%v from %d: without kernels %v, with them %v", a, start, other, dst)
		}
	})
}

// TestBatchLocal checks the claim element by element.
func TestBatchLocal(t *testing.T) {
	yes := 0
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{8, 24, 96}).Draw(t, "size")
		a, space := drawAccess(t, size)
		batch := rapid.SampledFrom([]int{2, 3, 4}).Draw(t, "batch")
		if space%batch != 0 || !a.BatchLocal(space, size, batch) {
			return
		}
		yes++
		for i := range space {
			if example := i / (space / batch); a.at(i)/(size/batch) != example {
				t.Fatalf("%v: element %d of example %d reads %d of %d", a, i, example, a.at(i), size)
			}
		}
	})
	if yes == 0 {
		t.Error("no access was local")
	}
}
