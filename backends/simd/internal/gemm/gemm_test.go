package gemm

import (
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
	"pgregory.net/rapid"
)

// The tests draw the same cases every time. To look for others, pass -rapid.seed=0, and -rapid.checks for more.
func init() {
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true", "rapid.checks": "300"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
}

// product is a random problem: operands in arbitrary layouts with NaN in every element that is not theirs.
type product struct {
	m, n, k, ldc int
	a, b         Matrix
	c            []float32
	batch        []Offset
	accumulate   bool
}

// drawProduct draws sizes up to the given ones.
func drawProduct(t *rapid.T, m, n, k int) *product {
	x := &product{
		m: rapid.IntRange(1, m).Draw(t, "m"), n: rapid.IntRange(1, n).Draw(t, "n"),
		k: rapid.IntRange(1, k).Draw(t, "k"), accumulate: rapid.Bool().Draw(t, "accumulate"),
		batch: make([]Offset, rapid.IntRange(1, 3).Draw(t, "batch")),
	}
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	var aSize, bSize int
	x.a.RowStride, x.a.ColStride, aSize = drawStrides(t, "a", x.m, x.k)
	x.b.RowStride, x.b.ColStride, bSize = drawStrides(t, "b", x.k, x.n)
	x.ldc = x.n + rapid.IntRange(0, 3).Draw(t, "ldc")
	x.a.Data, x.b.Data = guarded(len(x.batch)*aSize), guarded(len(x.batch)*bSize)
	x.c = guarded(len(x.batch) * (x.m*x.ldc + 1))
	for e := range x.batch {
		o := Offset{A: e * aSize, B: e * bSize, C: e*(x.m*x.ldc+1) + 1}
		x.batch[e] = o
		draw := func(data []float32, at, rows, cols, rowStride, colStride int) {
			for i := range rows * cols {
				data[at+i/cols*rowStride+i%cols*colStride] = r.Float32() - 0.5
			}
		}
		draw(x.a.Data, o.A, x.m, x.k, x.a.RowStride, x.a.ColStride)
		draw(x.b.Data, o.B, x.k, x.n, x.b.RowStride, x.b.ColStride)
		if x.accumulate {
			draw(x.c, o.C, x.m, x.n, x.ldc, 1)
		}
	}
	return x
}

// drawStrides draws a layout: by rows, by columns, with gaps, or with a stride in both directions.
func drawStrides(t *rapid.T, name string, rows, cols int) (row, col, size int) {
	gap := rapid.SampledFrom([]int{0, 1, 5, 512}).Draw(t, name+"gap")
	row, col = cols+gap, 1
	if rapid.Bool().Draw(t, name+"wide") {
		row, col = 2*cols+gap, 2
	}
	if rapid.Bool().Draw(t, name+"transposed") {
		row, col = col, rows*col+gap
	}
	return row, col, rows*row + cols*col
}

func guarded(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.NaN())
	}
	return x
}

// want is C in float64, NaN where it must stay as it was.
func (x *product) want() []float64 {
	w := make([]float64, len(x.c))
	for i := range w {
		w[i] = float64(x.c[i])
	}
	for _, o := range x.batch {
		for i := range x.m {
			for j := range x.n {
				var sum float64
				for k := range x.k {
					sum += float64(x.a.Data[o.A+i*x.a.RowStride+k*x.a.ColStride]) *
						float64(x.b.Data[o.B+k*x.b.RowStride+j*x.b.ColStride])
				}
				if x.accumulate {
					sum += w[o.C+i*x.ldc+j]
				}
				w[o.C+i*x.ldc+j] = sum
			}
		}
	}
	return w
}

// run returns C as computed by a number of workers.
func (x *product) run(workers int) []float32 {
	p := pool.New(workers)
	defer p.Close()
	c := slices.Clone(x.c)
	Float32Batch(p, x.m, x.n, x.k, x.a, x.b, c, x.ldc, x.batch, x.accumulate)
	return c
}

// check compares every level and one worker against two; t is a *testing.T or a *rapid.T.
func (x *product) check(t interface{ Fatalf(string, ...any) }) {
	want := x.want()
	for _, level := range kernels.Levels() {
		old := kernels.SetLevel(level)
		got := x.run(1)
		again := x.run(2)
		kernels.SetLevel(old)
		// k products below 1/4 of both signs, each rounded to a relative 2⁻²⁴ of a sum that stays below √k/4 in
		// practice; 1e-6·k leaves a wide margin and is far below a wrong or missing product.
		tolerance := 1e-6 * float64(x.k+10)
		for i := range got {
			if math.Float32bits(got[i]) != math.Float32bits(again[i]) {
				t.Fatalf("%v: c[%d] = %g by one worker, %g by two", level, i, got[i], again[i])
			}
			if math.IsNaN(want[i]) != math.IsNaN(float64(got[i])) || math.Abs(float64(got[i])-want[i]) > tolerance {
				t.Fatalf("%v: c[%d] = %g, want %g", level, i, got[i], want[i])
			}
		}
	}
}

func TestFloat32(t *testing.T) {
	t.Run("square", rapid.MakeCheck(func(t *rapid.T) { drawProduct(t, 70, 70, 70).check(t) }))
	t.Run("wide", rapid.MakeCheck(func(t *rapid.T) { drawProduct(t, 4, 600, 20).check(t) }))
	t.Run("tall", rapid.MakeCheck(func(t *rapid.T) { drawProduct(t, 600, 4, 20).check(t) }))
	t.Run("deep", rapid.MakeCheck(func(t *rapid.T) { drawProduct(t, 20, 20, 1500).check(t) }))
}

// TestFloat32Large takes the paths that only large products take: packing, several blocks, and a split k.
func TestFloat32Large(t *testing.T) {
	for _, s := range [][3]int{{300, 700, 400}, {144, 16, 25088}, {2048, 40, 65}} {
		x := &product{m: s[0], n: s[1], k: s[2], ldc: s[1], batch: []Offset{{}}}
		r := rand.New(rand.NewPCG(1, 2))
		x.a = Matrix{Data: make([]float32, x.m*x.k), RowStride: x.k, ColStride: 1}
		x.b = Matrix{Data: make([]float32, x.k*x.n), RowStride: 1, ColStride: x.k}
		for _, d := range [][]float32{x.a.Data, x.b.Data} {
			for i := range d {
				d[i] = r.Float32() - 0.5
			}
		}
		x.c = make([]float32, x.m*x.n)
		x.check(t)
	}
}

// TestAny compares the plain Go product of doubles with the definition.
func TestAny(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	rapid.Check(t, func(t *rapid.T) {
		x := drawProduct(t, 12, 12, 12)
		x.accumulate = false
		double := func(m Matrix) MatrixOf[float64] {
			d := MatrixOf[float64]{RowStride: m.RowStride, ColStride: m.ColStride, Data: make([]float64, len(m.Data))}
			for i, v := range m.Data {
				d.Data[i] = float64(v)
			}
			return d
		}
		want, got := x.want(), make([]float64, len(x.c))
		for i := range got {
			got[i] = math.NaN()
		}
		Any(p, x.m, x.n, x.k, double(x.a), double(x.b), got, x.ldc, x.batch)
		for i := range got {
			if math.IsNaN(want[i]) != math.IsNaN(got[i]) || math.Abs(got[i]-want[i]) > 1e-14 {
				t.Fatalf("c[%d] = %g, want %g", i, got[i], want[i])
			}
		}
	})
}

// TestFloat32Empty covers sizes of zero: no inner dimension makes a product of zeros.
func TestFloat32Empty(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	c := []float32{1, 2, 3, 4}
	Float32(p, 0, 2, 2, Matrix{}, Matrix{Data: []float32{1, 1, 1, 1}, RowStride: 2, ColStride: 1}, c, 2, false)
	Float32(p, 2, 2, 0, Matrix{}, Matrix{}, c, 2, true)
	if want := []float32{1, 2, 3, 4}; !slices.Equal(c, want) {
		t.Errorf("nothing to do, but c = %v, want %v", c, want)
	}
	Float32(p, 1, 2, 0, Matrix{}, Matrix{}, c[1:], 2, false)
	if want := []float32{1, 0, 0, 4}; !slices.Equal(c, want) {
		t.Errorf("c = %v, want %v", c, want)
	}
}

// TestFloat32Bounds sees that an operand that is too short is refused before the kernels read past it.
func TestFloat32Bounds(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a matrix of 5 elements passed for 2×3")
		}
	}()
	p := pool.New(1)
	a := Matrix{Data: make([]float32, 5), RowStride: 3, ColStride: 1}
	b := Matrix{Data: make([]float32, 9), RowStride: 3, ColStride: 1}
	Float32(p, 2, 3, 3, a, b, make([]float32, 6), 3, false)
}
