package arrays_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// TestTranspose runs on a type with vector kernels and on one without.
func TestTranspose(t *testing.T) {
	t.Run("int16", testTranspose[int16])
	t.Run("float32", testTranspose[float32])
}

func testTranspose[T arrays.Real](t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 0, 5)
		perm := make([]int, len(dims))
		for i := range perm {
			perm[i] = i
		}
		if len(perm) > 1 {
			perm = rapid.Permutation(perm).Draw(t, "perm")
		}
		out := make([]int, len(dims))
		for i, axis := range perm {
			out[i] = dims[axis]
		}
		x := numbers[T](arrays.Size(dims))
		want, got := make([]T, len(x)), make([]T, len(x))
		each(dims, func(at []int) {
			to := make([]int, len(at))
			for i, axis := range perm {
				to[i] = at[axis]
			}
			want[flat(out, to)] = x[flat(dims, at)]
		})
		arrays.Transpose(workers, got, x, dims, perm)
		same(t, "transpose", got, want)
	})
}

func TestBroadcastInDim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out := drawDims(t, "out", 0, 5)
		var axes, dims []int
		for i, n := range out {
			switch rapid.IntRange(0, 2).Draw(t, "axis") {
			case 0:
				axes, dims = append(axes, i), append(dims, n)
			case 1:
				axes, dims = append(axes, i), append(dims, 1)
			}
		}
		x := numbers[uint16](arrays.Size(dims))
		want, got := make([]uint16, arrays.Size(out)), make([]uint16, arrays.Size(out))
		each(out, func(at []int) {
			from := make([]int, len(dims))
			for i, axis := range axes {
				if dims[i] != 1 {
					from[i] = at[axis]
				}
			}
			want[flat(out, at)] = x[flat(dims, from)]
		})
		arrays.BroadcastInDim(workers, got, out, x, dims, axes)
		same(t, "broadcast", got, want)
	})
}

func TestSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 0, 4)
		n := len(dims)
		starts, limits, strides := make([]int, n), make([]int, n), make([]int, n)
		for i, d := range dims {
			starts[i] = rapid.IntRange(0, d).Draw(t, "start")
			limits[i] = rapid.IntRange(starts[i], d).Draw(t, "limit")
			strides[i] = rapid.IntRange(1, 3).Draw(t, "stride")
		}
		x := numbers[float64](arrays.Size(dims))
		out := arrays.SliceDims(starts, limits, strides)
		var want []float64
		each(dims, func(at []int) {
			for i, a := range at {
				if a < starts[i] || a >= limits[i] || (a-starts[i])%strides[i] != 0 {
					return
				}
			}
			want = append(want, x[flat(dims, at)])
		})
		if len(want) != arrays.Size(out) {
			t.Fatalf("slice of %v [%v:%v:%v]: dimensions %v, but %d elements",
				dims, starts, limits, strides, out, len(want))
		}
		got := make([]float64, len(want))
		arrays.Slice(workers, got, x, dims, starts, limits, strides)
		same(t, "slice", got, append([]float64{}, want...))
	})
}

func TestReverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 0, 4)
		var axes []int
		for i := range dims {
			if rapid.Bool().Draw(t, "reversed") {
				axes = append(axes, i)
			}
		}
		x := numbers[uint8](arrays.Size(dims))
		want, got := make([]uint8, len(x)), make([]uint8, len(x))
		each(dims, func(at []int) {
			to := append([]int{}, at...)
			for _, axis := range axes {
				to[axis] = dims[axis] - 1 - at[axis]
			}
			want[flat(dims, to)] = x[flat(dims, at)]
		})
		arrays.Reverse(workers, got, x, dims, axes)
		same(t, "reverse", got, want)
	})
}

func TestConcatenate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 1, 4)
		axis := rapid.IntRange(0, len(dims)-1).Draw(t, "axis")
		parts := rapid.IntRange(1, 3).Draw(t, "parts")
		var all [][]int
		var srcs [][]int64
		out := append([]int{}, dims...)
		out[axis] = 0
		for k := range parts {
			d := append([]int{}, dims...)
			if k > 0 {
				d[axis] = rapid.IntRange(0, 5).Draw(t, "length")
			}
			x := numbers[int64](arrays.Size(d))
			for i := range x {
				x[i] += int64(k) << 32
			}
			all, srcs = append(all, d), append(srcs, x)
			out[axis] += d[axis]
		}
		want, got := make([]int64, arrays.Size(out)), make([]int64, arrays.Size(out))
		offset := 0
		for k, d := range all {
			each(d, func(at []int) {
				to := append([]int{}, at...)
				to[axis] += offset
				want[flat(out, to)] = srcs[k][flat(d, at)]
			})
			offset += d[axis]
		}
		arrays.Concatenate(workers, got, axis, srcs, all)
		same(t, "concatenate", got, want)
	})
}

func TestPad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 0, 4)
		pads := make([]arrays.Padding, len(dims))
		for i := range pads {
			pads[i] = arrays.Padding{
				Low:      rapid.IntRange(-4, 3).Draw(t, "low"),
				High:     rapid.IntRange(-4, 3).Draw(t, "high"),
				Interior: rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "interior"),
			}
		}
		out, err := arrays.PadDims(dims, pads)
		if err != nil {
			t.Skip(err)
		}
		x := numbers[float32](arrays.Size(dims))
		want, got := make([]float32, arrays.Size(out)), make([]float32, arrays.Size(out))
		arrays.Fill(want, -1)
		each(dims, func(at []int) {
			to := make([]int, len(at))
			for i, a := range at {
				to[i] = pads[i].Low + a*(pads[i].Interior+1)
			}
			if inside(out, to) {
				want[flat(out, to)] = x[flat(dims, at)]
			}
		})
		arrays.Pad(workers, got, x, dims, -1, pads)
		same(t, "pad", got, want)
	})
}

func TestPadErrors(t *testing.T) {
	if _, err := arrays.PadDims([]int{3}, []arrays.Padding{{Interior: -1}}); err == nil {
		t.Error("negative interior padding: got no error")
	}
	if _, err := arrays.PadDims([]int{3}, []arrays.Padding{{Low: -4}}); err == nil {
		t.Error("removing 4 of 3 elements: got no error")
	}
}

func TestDynamicSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 0, 4)
		sizes, starts := make([]int, len(dims)), make([]int, len(dims))
		for i, d := range dims {
			sizes[i] = rapid.IntRange(0, d).Draw(t, "size")
			starts[i] = rapid.IntRange(-3, d+3).Draw(t, "start")
		}
		x := numbers[int32](arrays.Size(dims))
		update := make([]int32, arrays.Size(sizes))
		for i := range update {
			update[i] = -int32(i) - 1
		}
		wantSlice, gotSlice := make([]int32, len(update)), make([]int32, len(update))
		wantUpdate, gotUpdate := append([]int32{}, x...), append([]int32{}, x...)
		each(sizes, func(at []int) {
			from := make([]int, len(at))
			for i, a := range at {
				from[i] = a + min(max(starts[i], 0), dims[i]-sizes[i])
			}
			wantSlice[flat(sizes, at)] = x[flat(dims, from)]
			wantUpdate[flat(dims, from)] = update[flat(sizes, at)]
		})
		arrays.DynamicSlice(workers, gotSlice, x, dims, starts, sizes)
		same(t, "dynamic slice", gotSlice, wantSlice)
		arrays.DynamicUpdateSlice(workers, gotUpdate, dims, update, sizes, starts)
		same(t, "dynamic update slice", gotUpdate, wantUpdate)
	})
}

// TestTransposeBig cuts matrices into pieces along both axes.
func TestTransposeBig(t *testing.T) {
	for _, c := range []struct{ dims, perm []int }{
		{[]int{600, 60}, []int{1, 0}},
		{[]int{70, 1100}, []int{1, 0}},
		{[]int{3, 1030, 40}, []int{0, 2, 1}},
		{[]int{40, 3, 1030}, []int{2, 1, 0}},
	} {
		x := numbers[float32](arrays.Size(c.dims))
		got, want := make([]float32, len(x)), make([]float32, len(x))
		arrays.Transpose(workers, got, x, c.dims, c.perm)
		out := make([]int, len(c.dims))
		for i, axis := range c.perm {
			out[i] = c.dims[axis]
		}
		each(c.dims, func(at []int) {
			to := make([]int, len(at))
			for i, axis := range c.perm {
				to[i] = at[axis]
			}
			want[flat(out, to)] = x[flat(c.dims, at)]
		})
		if !slices.Equal(got, want) {
			t.Errorf("transpose of %v by %v: wrong", c.dims, c.perm)
		}
	}
}
