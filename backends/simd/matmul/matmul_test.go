package matmul

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// random is a matrix whose rows are up to three elements apart; NaN is between them.
func random(r *rand.Rand, rows, cols int) blas64.General {
	m := blas64.General{Rows: rows, Cols: cols, Stride: cols + r.IntN(4), Data: nil}
	m.Data = make([]float64, rows*m.Stride)
	for i := range m.Data {
		m.Data[i] = math.NaN()
	}
	for i := range rows {
		for j := range cols {
			m.Data[i*m.Stride+j] = r.NormFloat64()
		}
	}
	return m
}

func at(m blas64.General, trans blas.Transpose, i, j int) float64 {
	if trans != blas.NoTrans {
		i, j = j, i
	}
	return m.Data[i*m.Stride+j]
}

// forEachLevel runs a test with the kernel of each level that this processor has, and with gonum's product.
func forEachLevel(t *testing.T, test func(t *testing.T)) {
	for _, level := range kernels.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer kernels.SetLevel(kernels.SetLevel(level))
			test(t)
		})
	}
}

// Every element is its sum of products, to the rounding of so many, and nothing beside the matrix is touched.
func TestAddProduct(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		sizes := []int{1, 2, 5, 6, 7, 8, 13, 14, 15, 16, 17, 31, 33, 64, 100, panelSteps + 3, panelCols + 9}
		for range 60 {
			m, n, k := sizes[r.IntN(len(sizes))], sizes[r.IntN(len(sizes))], sizes[r.IntN(len(sizes))]
			if m*n*k > 1<<20 {
				continue // it is compared with plain sums
			}
			for _, trans := range [][2]blas.Transpose{
				{blas.NoTrans, blas.NoTrans}, {blas.NoTrans, blas.Trans}, {blas.Trans, blas.NoTrans}, {blas.Trans,
					blas.Trans},
			} {
				a, b, c := random(r, m, k), random(r, k, n), random(r, m, n)
				if trans[0] != blas.NoTrans {
					a = random(r, k, m)
				}
				if trans[1] != blas.NoTrans {
					b = random(r, n, k)
				}
				before := append([]float64{}, c.Data...)
				AddProduct(trans[0], trans[1], a, b, c)
				check(t, trans, a, b, c, before, k)
			}
		}
	})
}

func check(t *testing.T, trans [2]blas.Transpose, a, b, c blas64.General, before []float64, inner int) {
	t.Helper()
	for i := range c.Rows {
		for j := range c.Stride {
			got, want, size := c.Data[i*c.Stride+j], before[i*c.Stride+j], 1.0
			if j >= c.Cols {
				if !math.IsNaN(got) {
					t.Fatalf("%d × %d × %d %c%c: wrote %g beside the matrix",
						c.Rows, inner, c.Cols, trans[0], trans[1], got)
				}
				continue
			}
			for k := range inner {
				p := at(a, trans[0], i, k) * at(b, trans[1], k, j)
				want, size = want+p, size+math.Abs(p)
			}
			if !(math.Abs(got-want) <= 1e-15*size*math.Sqrt(float64(inner)+4)) {
				t.Fatalf("%d × %d × %d %c%c: [%d, %d] is %g, want %g", c.Rows, inner, c.Cols, trans[0], trans[1], i, j,
					got, want)
			}
		}
	}
}

// An element has the same bits in a product of few rows and columns as in one of many.
func TestSameBitsInAnyProduct(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		if _, ok := kernels.Product64(); !ok {
			t.Skip("gonum's product")
		}
		r := rand.New(rand.NewPCG(3, 4))
		const k = 2*panelSteps + 77
		a, b := random(r, 50, k), random(r, 40, k)
		whole, part := zeros(50, 40), zeros(9, 11)
		AddProduct(blas.NoTrans, blas.Trans, a, b, whole)
		someA, someB := a, b
		someA.Rows, someA.Data, someB.Rows, someB.Data = 9, a.Data[31*a.Stride:], 11, b.Data[3*b.Stride:]
		AddProduct(blas.NoTrans, blas.Trans, someA, someB, part)
		for i := range 9 {
			for j := range 11 {
				if got, want := part.Data[i*11+j], whole.Data[(i+31)*40+j+3]; got != want {
					t.Fatalf("[%d, %d] is %g in a part and %g in the whole", i, j, got, want)
				}
			}
		}
	})
}

func zeros(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

func TestShapesThatDoNotFit(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		AddProduct(blas.NoTrans, blas.NoTrans, zeros(2, 3), zeros(4, 5), zeros(2, 5))
	})
}

func BenchmarkAddProduct(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	const side, inner = 256, 2048
	x, y, z := random(r, side, inner), random(r, side, inner), zeros(side, side)
	for _, level := range kernels.Levels() {
		b.Run("level="+level.String(), func(b *testing.B) {
			defer kernels.SetLevel(kernels.SetLevel(level))
			for b.Loop() {
				AddProduct(blas.NoTrans, blas.Trans, x, y, z)
			}
			b.ReportMetric(2*side*side*inner*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
		})
	}
}
