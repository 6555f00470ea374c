package products

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	_ "github.com/amgen/amgen/backends/simd"
)

// The products of every kind that bench gemm builds have the shape m×n, and the values of plain loops.
func TestProductBuild(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	for _, p := range []Product{
		{M: 2, K: 3, N: 4}, {M: 2, K: 3, N: 4, TransA: true}, {M: 2, K: 3, N: 4, TransB: true},
		{M: 2, K: 3, N: 4, Batch: 5, TransB: true}, {M: 2, K: 3, N: 4, Batch: 5, TransA: true},
	} {
		a, b := p.operands()
		out, err := graph.MustNewExec(backend, p.build).Exec(a, b)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		got, want := tensors.MustCopyFlatData[float32](out[0]), loops(p, tensors.MustCopyFlatData[float32](a),
			tensors.MustCopyFlatData[float32](b))
		if !cmp.Equal(got, want, cmpopts.EquateApprox(0, 1e-6)) {
			t.Errorf("%s: %s", p, cmp.Diff(want, got))
		}
	}
}

// loops multiplies the operands as they lie in memory.
func loops(p Product, a, b []float32) []float32 {
	var out []float32
	for batch := range max(p.Batch, 1) {
		for i := range p.M {
			for j := range p.N {
				sum := float32(0)
				for l := range p.K {
					left, right := i*p.K+l, l*p.N+j
					if p.TransA {
						left = l*p.M + i
					}
					if p.TransB {
						right = j*p.K + l
					}
					sum += a[batch*p.M*p.K+left] * b[batch*p.K*p.N+right]
				}
				out = append(out, sum)
			}
		}
	}
	return out
}
