package arrays_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// drawWindows draws a window for each axis and skips those that fit nowhere.
func drawWindows(t *rapid.T, dims []int, dilated bool) []arrays.WindowAxis {
	axes := make([]arrays.WindowAxis, len(dims))
	for i, n := range dims {
		w := arrays.WindowAxis{Size: 1, Stride: 1, BaseDilation: 1, WindowDilation: 1}
		if rapid.Bool().Draw(t, "windowed") {
			w.Size = rapid.IntRange(1, 3).Draw(t, "size")
			w.Stride = rapid.IntRange(1, 3).Draw(t, "stride")
			w.Low = rapid.IntRange(-1, 2).Draw(t, "low")
			w.High = rapid.IntRange(-1, 2).Draw(t, "high")
			if dilated {
				w.BaseDilation = rapid.IntRange(1, 3).Draw(t, "base dilation")
				w.WindowDilation = rapid.IntRange(1, 3).Draw(t, "window dilation")
			}
		}
		if w.Out(n) == 0 {
			t.Skip("no window fits")
		}
		axes[i] = w
	}
	return axes
}

// covered calls do with each operand index under a window, in row-major order of the window.
func covered(dims, out []int, axes []arrays.WindowAxis, do func(at []int)) {
	sizes := make([]int, len(axes))
	for i, w := range axes {
		sizes[i] = w.Size
	}
	each(sizes, func(k []int) {
		at := make([]int, len(k))
		for i, w := range axes {
			dilated := out[i]*w.Stride + k[i]*w.WindowDilation - w.Low
			if dilated < 0 || dilated%w.BaseDilation != 0 {
				return
			}
			at[i] = dilated / w.BaseDilation
		}
		if inside(dims, at) {
			do(at)
		}
	})
}

func TestReduceWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 1, 4)
		axes := drawWindows(t, dims, true)
		out := arrays.WindowDims(dims, axes)
		x := numbers[int64](arrays.Size(dims))
		want, got := make([]int64, arrays.Size(out)), make([]int64, arrays.Size(out))
		isMax := rapid.Bool().Draw(t, "max")
		initial := int64(0)
		if isMax {
			initial = math.MinInt64
		}
		each(out, func(o []int) {
			sum := initial
			covered(dims, o, axes, func(at []int) {
				if v := x[flat(dims, at)]; isMax {
					sum = max(sum, v)
				} else {
					sum += v
				}
			})
			want[flat(out, o)] = sum
		})
		arrays.ReduceWindow(workers, got, x, dims, axes, initial, func(a, b []int64) {
			for i, v := range b {
				if isMax {
					a[i] = max(a[i], v)
				} else {
					a[i] += v
				}
			}
		})
		same(t, "reduce window", got, want)
	})
}

func TestSelectAndScatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := drawDims(t, "x", 1, 4)
		axes := drawWindows(t, dims, false)
		out := arrays.WindowDims(dims, axes)
		x := make([]int32, arrays.Size(dims))
		for i := range x {
			x[i] = int32(i * 7919 % 13) // with ties
		}
		source := numbers[int32](arrays.Size(out))
		want, got := make([]int32, len(x)), make([]int32, len(x))
		each(out, func(o []int) {
			best := -1
			covered(dims, o, axes, func(at []int) {
				if k := flat(dims, at); best < 0 || x[k] > x[best] {
					best = k
				}
			})
			if best >= 0 {
				want[best] += source[flat(out, o)]
			}
		})
		arrays.SelectAndScatter(workers, got, x, dims, source, axes, 0,
			func(a, b int32) bool { return a >= b }, func(a, b int32) int32 { return a + b })
		same(t, "select and scatter", got, want)
	})
}

func TestArgMinMax(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name            string
		x               []float64
		outer, n, inner int
		min, max        []int64
	}{
		{"rows", []float64{2, 0, 7, -3, 4, 2}, 2, 3, 1, []int64{1, 0}, []int64{2, 1}},
		{"columns", []float64{2, 0, 7, -3, 4, 2}, 1, 2, 3, []int64{1, 0, 1}, []int64{0, 1, 0}},
		{"ties", []float64{1, 1, 1}, 1, 3, 1, []int64{0}, []int64{0}},
		{"signed zeros tie", []float64{0, math.Copysign(0, -1)}, 1, 2, 1, []int64{0}, []int64{0}},
		{"first NaN", []float64{1, nan, 9, nan, -9}, 1, 5, 1, []int64{1}, []int64{1}},
		{"leading NaN", []float64{nan, 1, nan}, 1, 3, 1, []int64{0}, []int64{0}},
		{"no line", nil, 0, 3, 1, []int64{}, []int64{}},
	} {
		for _, isMin := range []bool{false, true} {
			want := c.max
			if isMin {
				want = c.min
			}
			got := make([]int64, c.outer*c.inner)
			arrays.ArgMinMax(workers, got, c.x, c.outer, c.n, c.inner, isMin)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, isMin=%v: %s", c.name, isMin, diff)
			}
		}
	}
}
