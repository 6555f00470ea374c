package arrays_test

import (
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// BenchmarkMove measures what a U-Net in NHWC asks for, beside a plain copy of the output's size.
func BenchmarkMove(b *testing.B) {
	const n, h, w, c = 32, 32, 32, 64
	x := make([]float32, n*h*w*c)
	y := make([]float32, 4*len(x))
	run := func(name string, size int, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size) * 4)
			for b.Loop() {
				f()
			}
		})
	}
	run("copy", len(x), func() { copy(y, x) })
	run("transpose matrix", len(x),
		func() { arrays.Transpose(workers, y[:len(x)], x, []int{n * h * w, c}, []int{1, 0}) })
	run("transpose square", len(x), func() { arrays.Transpose(workers, y[:len(x)], x, []int{1024, 2048}, []int{1, 0}) })
	run("transpose heads", len(x),
		func() { arrays.Transpose(workers, y[:len(x)], x, []int{n, h * w, 4, c / 4}, []int{0, 2, 1, 3}) })
	run("NHWC to NCHW", len(x),
		func() { arrays.Transpose(workers, y[:len(x)], x, []int{n, h, w, c}, []int{0, 3, 1, 2}) })
	run("concat channels", 2*len(x), func() {
		arrays.Concatenate(workers, y[:2*len(x)], 3, [][]float32{x, x}, [][]int{{n, h, w, c}, {n, h, w, c}})
	})
	run("slice channels", len(x)/2, func() {
		arrays.Slice(workers, y[:len(x)/2], x, []int{n, h, w, c}, []int{0, 0, 0, 0}, []int{n, h, w, c / 2},
			[]int{1, 1, 1, 1})
	})
	run("slice stride 2", len(x)/4, func() {
		arrays.Slice(workers, y[:len(x)/4], x, []int{n, h, w, c}, []int{0, 0, 0, 0}, []int{n, h, w, c},
			[]int{1, 2, 2, 1})
	})
	run("upsample", 4*len(x), func() {
		arrays.BroadcastInDim(workers, y, []int{n, h, 2, w, 2, c}, x, []int{n, h, w, c}, []int{0, 1, 3, 5})
	})
	run("pad", n*(h+2)*(w+2)*c, func() {
		arrays.Pad(workers, y[:n*(h+2)*(w+2)*c], x, []int{n, h, w, c}, 0,
			[]arrays.Padding{{}, {Low: 1, High: 1}, {Low: 1, High: 1}, {}})
	})
	run("reverse", len(x), func() { arrays.Reverse(workers, y[:len(x)], x, []int{n, h, w, c}, []int{1, 2}) })
}

// BenchmarkPhilox measures random bytes.
func BenchmarkPhilox(b *testing.B) {
	buf := make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		arrays.Philox{}.Bytes(workers, buf)
	}
}

// BenchmarkConvert measures conversions that no vector kernel covers.
func BenchmarkConvert(b *testing.B) {
	x := make([]float64, 1<<20)
	y := make([]int32, len(x))
	b.SetBytes(8 << 20)
	for b.Loop() {
		if err := arrays.Convert(workers, y, x); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReduceWindow measures a 2×2 sum.
func BenchmarkReduceWindow(b *testing.B) {
	const n, h, w, c = 32, 32, 32, 64
	x, y := make([]float32, n*h*w*c), make([]float32, n*h*w*c/4)
	one := arrays.WindowAxis{Size: 1, Stride: 1, BaseDilation: 1, WindowDilation: 1}
	two := arrays.WindowAxis{Size: 2, Stride: 2, BaseDilation: 1, WindowDilation: 1}
	b.SetBytes(int64(len(x)) * 4)
	for b.Loop() {
		arrays.ReduceWindow(workers, y, x, []int{n, h, w, c}, []arrays.WindowAxis{one, two, two, one}, 0,
			func(a, b []float32) {
				for i, v := range b {
					a[i] += v
				}
			})
	}
}
