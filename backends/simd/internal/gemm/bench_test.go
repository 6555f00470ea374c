package gemm

import (
	"fmt"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// BenchmarkSgemm measures products of the sizes that convolutions and attention of the presets come down to.
// The reference in the comments of commits is OpenBLAS on the same machine in the same minute.
func BenchmarkSgemm(b *testing.B) {
	shapes := []struct{ m, n, k, batch int }{
		{1024, 1024, 1024, 1}, {8192, 128, 1152, 1}, {8192, 32, 288, 1}, {8192, 16, 144, 1},
		{8192, 1, 144, 1}, {3, 1024, 1024, 1}, {144, 16, 25088, 1}, {49, 49, 32, 32}, {256, 256, 64, 32},
	}
	p := pool.New(0)
	defer p.Close()
	for _, s := range shapes {
		for _, level := range kernels.Levels()[1:] {
			name := fmt.Sprintf("shape=%dx%dx%dx%d/impl=%v", s.batch, s.m, s.n, s.k, level)
			b.Run(name, func(b *testing.B) {
				old := kernels.SetLevel(level)
				defer kernels.SetLevel(old)
				if kernels.Active() != level {
					b.Skip("this CPU has no", level)
				}
				x := Matrix{Data: make([]float32, s.batch*s.m*s.k), RowStride: s.k, ColStride: 1}
				y := Matrix{Data: make([]float32, s.batch*s.k*s.n), RowStride: s.n, ColStride: 1}
				c := make([]float32, s.batch*s.m*s.n)
				batch := make([]Offset, s.batch)
				for i := range batch {
					batch[i] = Offset{i * s.m * s.k, i * s.k * s.n, i * s.m * s.n}
				}
				for b.Loop() {
					Float32Batch(p, s.m, s.n, s.k, x, y, c, s.n, batch, false)
				}
				work := 2 * float64(s.batch*s.m*s.n) * float64(s.k)
				b.ReportMetric(work*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
