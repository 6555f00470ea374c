// Package products measures float32 matrix products on an engine.
package products

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/backends/simd"
)

// Product is a batch of float32 matrix products, [m, k]·[k, n] each; a transposed operand lies in memory the other
// way round, as gradients find it. A batch of 0 is a single product.
type Product struct {
	M, K, N        int
	TransA, TransB bool
	Batch          int
}

// FLOPs are the multiplications and additions.
func (p Product) FLOPs() float64 {
	return 2 * float64(max(p.Batch, 1)) * float64(p.M) * float64(p.K) * float64(p.N)
}

// String is m×k×n, with a ᵀ next to a transposed operand: "32768×32×64ᵀ" for dy·wᵀ.
func (p Product) String() string {
	s := fmt.Sprintf("%d×%d×%d", p.M, p.K, p.N)
	if p.TransA {
		s = "ᵀ" + s
	}
	if p.TransB {
		s += "ᵀ"
	}
	if p.Batch > 1 {
		s = fmt.Sprintf("%d·(%s)", p.Batch, s)
	}
	return s
}

// build multiplies in a graph.
func (p Product) build(a, b *graph.Node) *graph.Node {
	left, right, batch := 1, 0, []int(nil)
	if p.TransA {
		left = 0
	}
	if p.TransB {
		right = 1
	}
	if p.Batch > 0 {
		left, right, batch = left+1, right+1, []int{0}
	}
	return graph.DotGeneral(a, []int{left}, batch, b, []int{right}, batch)
}

// operands are numbers to multiply.
func (p Product) operands() (a, b *tensors.Tensor) {
	shape := func(rows, cols int, transposed bool) []int {
		if transposed {
			rows, cols = cols, rows
		}
		if p.Batch > 0 {
			return []int{p.Batch, rows, cols}
		}
		return []int{rows, cols}
	}
	return ramp(shape(p.M, p.K, p.TransA)...), ramp(shape(p.K, p.N, p.TransB)...)
}

// Time is the least time of a product over so many runs, and more while they are short; the first compiles. An
// engine that measures its ops tells the time of the product alone.
func Time(ctx context.Context, backend backends.Backend, p Product, runs int) (time.Duration, error) {
	const short, enough = 50 * time.Millisecond, 300
	exec, err := graph.NewExec(backend, p.build)
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", backend.Name(), err)
	}
	defer exec.Finalize()
	a, b := p.operands()
	defer a.MustFinalizeAll()
	defer b.MustFinalizeAll()
	best, began := time.Duration(1<<62), time.Now()
	for i := 0; i < runs || time.Since(began) < short && i < enough; i++ {
		ResetProfile(backend)
		start := time.Now()
		out, err := exec.Exec(a, b)
		if err != nil {
			return 0, fmt.Errorf("measure %s: %w", backend.Name(), err)
		}
		elapsed := time.Since(start)
		if op, ok := OpTime(backend, "DotGeneral"); ok {
			elapsed = op
		}
		best = min(best, elapsed)
		out[0].MustFinalizeAll()
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return best, nil
}

// ramp is a tensor of small numbers, none of them denormal.
func ramp(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	flat := make([]float32, size)
	for i := range flat {
		flat[i] = float32(i%127)/127 - 0.5
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}

// ResetProfile forgets what was measured before the steps that count.
func ResetProfile(b backends.Backend) {
	if engine, ok := b.(*simd.Backend); ok {
		engine.ResetProfile()
	}
}

// OpTime is what the ops of a kind took since the last resetProfile, of an engine that measures them.
func OpTime(b backends.Backend, kind string) (time.Duration, bool) {
	engine, ok := b.(*simd.Backend)
	if !ok {
		return 0, false
	}
	total, found := time.Duration(0), false
	for _, e := range engine.Profile() {
		if e.Kind == kind {
			total, found = total+e.Time, true
		}
	}
	return total, found
}
