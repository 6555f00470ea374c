package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// gemm64Reference is what a kernel for so many rows and columns computes, to the bit.
func gemm64Reference(k, rows, cols int, a, b, c []float64, stride int) {
	for i := range rows {
		for j := range cols {
			var sum float64
			for s := range k {
				sum = math.FMA(a[s*rows+i], b[s*cols+j], sum)
			}
			c[i*stride+j] += sum
		}
	}
}

// Each level's kernel has the bits of the reference and writes nothing beside its tile.
func TestGemm64(t *testing.T) {
	for _, level := range Levels()[1:] {
		atLevel(level, func() {
			kernel, ok := Product64()
			if !ok {
				t.Fatalf("no kernel at level %v", level)
			}
			r := rand.New(rand.NewPCG(1, 2))
			normal := func(n int) []float64 {
				x := make([]float64, n)
				for i := range x {
					x[i] = r.NormFloat64()
				}
				return x
			}
			for _, k := range []int{1, 2, 3, 7, 64, 257} {
				for _, gap := range []int{0, 1, 5} {
					stride := kernel.Cols + gap
					a, b := newGuarded(normal(k*kernel.Rows), gap, 7), newGuarded(normal(k*kernel.Cols), gap, 7)
					c := newGuarded(normal((kernel.Rows-1)*stride+kernel.Cols), gap, 7)
					want := slices.Clone(c.inside)
					gemm64Reference(k, kernel.Rows, kernel.Cols, a.inside, b.inside, want, stride)
					kernel.Run(k, &a.inside[0], &b.inside[0], &c.inside[0], 8*stride)
					c.check(t)
					if !slices.Equal(c.inside, want) {
						t.Errorf("level %v, %d steps, stride %d: not the bits of the reference", level, k, stride)
					}
				}
			}
		})
	}
}

func TestGemm64Generic(t *testing.T) {
	atLevel(Generic, func() {
		if _, ok := Product64(); ok {
			t.Error("level Generic has a kernel")
		}
	})
}
