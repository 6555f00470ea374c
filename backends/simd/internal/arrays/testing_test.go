package arrays_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// The tests draw the same cases every time; -rapid.seed=0 draws others.
func init() {
	if err := flag.Set("rapid.seed", "1"); err != nil {
		panic(err)
	}
}

// two workers, so that -race sees the parallel paths.
var workers = pool.New(2)

// each calls do with every index of a tensor of these dimensions, in row-major order. The oracles of this
// package's tests are loops over indices that know nothing of strides.
func each(dims []int, do func(at []int)) {
	at := make([]int, len(dims))
	var walk func(k int)
	walk = func(k int) {
		if k == len(dims) {
			do(at)
			return
		}
		for at[k] = 0; at[k] < dims[k]; at[k]++ {
			walk(k + 1)
		}
	}
	walk(0)
}

// flat is the row-major position of an index.
func flat(dims, at []int) int {
	i := 0
	for k, x := range at {
		i = i*dims[k] + x
	}
	return i
}

// inside reports whether an index lies in a tensor.
func inside(dims, at []int) bool {
	for k, x := range at {
		if x < 0 || x >= dims[k] {
			return false
		}
	}
	return true
}

// drawDims draws dimensions; zero-size axes are rare, and one shape in ten is big enough for several workers.
func drawDims(t *rapid.T, label string, minRank, maxRank int) []int {
	rank := rapid.IntRange(minRank, maxRank).Draw(t, label+" rank")
	dims := make([]int, rank)
	for i := range dims {
		dims[i] = rapid.SampledFrom([]int{1, 2, 3, 4, 5, 7, 2, 3, 4, 0}).Draw(t, label+" dim")
	}
	if rank > 1 && rapid.IntRange(0, 9).Draw(t, label+" big") == 0 {
		dims[rapid.IntRange(0, rank-1).Draw(t, label+" big axis")] = 600
		dims[rapid.IntRange(0, rank-1).Draw(t, label+" big axis")] = 60
		for i, size := 0, arrays.Size(dims); size > 100_000; i++ { // keep the oracle quick
			if dims[i] < 60 && dims[i] > 0 {
				size /= dims[i]
				dims[i] = 1
			}
		}
	}
	return dims
}

// numbers is 1, 2, 3, … so that every misplaced element shows.
func numbers[T arrays.Real](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(i + 1)
	}
	return x
}

// same fails unless got equals want.
func same[T comparable](t *rapid.T, what string, got, want []T) {
	t.Helper()
	if slices.Equal(got, want) { // cmp takes its time over big slices
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func TestFillAndStrides(t *testing.T) {
	if diff := cmp.Diff([]int{12, 4, 1}, arrays.Strides([]int{2, 3, 4})); diff != "" {
		t.Errorf("strides: %s", diff)
	}
	if got := arrays.Size(nil); got != 1 {
		t.Errorf("size of a scalar: got %d, want 1", got)
	}
}
