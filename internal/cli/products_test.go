package cli

import (
	"testing"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The products of every kind that bench gemm builds have the shape m×n, and the values of plain loops.
func TestProductBuild(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	for _, p := range []product{
		{m: 2, k: 3, n: 4}, {m: 2, k: 3, n: 4, transA: true}, {m: 2, k: 3, n: 4, transB: true},
		{m: 2, k: 3, n: 4, batch: 5, transB: true}, {m: 2, k: 3, n: 4, batch: 5, transA: true},
	} {
		a, b := p.operands()
		out, err := graph.MustNewExec(backend, p.build).Exec(a, b)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		got, want := tensors.MustCopyFlatData[float32](out[0]), loops(p, tensors.MustCopyFlatData[float32](a), tensors.MustCopyFlatData[float32](b))
		if !cmp.Equal(got, want, cmpopts.EquateApprox(0, 1e-6)) {
			t.Errorf("%s: %s", p, cmp.Diff(want, got))
		}
	}
}

// loops multiplies the operands as they lie in memory.
func loops(p product, a, b []float32) []float32 {
	var out []float32
	for batch := range max(p.batch, 1) {
		for i := range p.m {
			for j := range p.n {
				sum := float32(0)
				for l := range p.k {
					left, right := i*p.k+l, l*p.n+j
					if p.transA {
						left = l*p.m + i
					}
					if p.transB {
						right = j*p.k + l
					}
					sum += a[batch*p.m*p.k+left] * b[batch*p.k*p.n+right]
				}
				out = append(out, sum)
			}
		}
	}
	return out
}
