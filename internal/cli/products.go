package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/amgen/amgen/backends/simd"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// product is a batch of float32 matrix products, [m, k]·[k, n] each; a transposed operand lies in memory the other
// way round, as gradients find it. A batch of 0 is a single product.
type product struct {
	m, k, n        int
	transA, transB bool
	batch          int
}

// flops are the multiplications and additions.
func (p product) flops() float64 {
	return 2 * float64(max(p.batch, 1)) * float64(p.m) * float64(p.k) * float64(p.n)
}

// String is m×k×n, with a ᵀ next to a transposed operand: "32768×32×64ᵀ" for dy·wᵀ.
func (p product) String() string {
	s := fmt.Sprintf("%d×%d×%d", p.m, p.k, p.n)
	if p.transA {
		s = "ᵀ" + s
	}
	if p.transB {
		s += "ᵀ"
	}
	if p.batch > 1 {
		s = fmt.Sprintf("%d·(%s)", p.batch, s)
	}
	return s
}

// build multiplies in a graph.
func (p product) build(a, b *graph.Node) *graph.Node {
	left, right, batch := 1, 0, []int(nil)
	if p.transA {
		left = 0
	}
	if p.transB {
		right = 1
	}
	if p.batch > 0 {
		left, right, batch = left+1, right+1, []int{0}
	}
	return graph.DotGeneral(a, []int{left}, batch, b, []int{right}, batch)
}

// operands are numbers to multiply.
func (p product) operands() (a, b *tensors.Tensor) {
	shape := func(rows, cols int, transposed bool) []int {
		if transposed {
			rows, cols = cols, rows
		}
		if p.batch > 0 {
			return []int{p.batch, rows, cols}
		}
		return []int{rows, cols}
	}
	return ramp(shape(p.m, p.k, p.transA)...), ramp(shape(p.k, p.n, p.transB)...)
}

// productTime is the least time of a product over so many runs, and more while they are short; the first compiles. An
// engine that measures its ops tells the time of the product alone.
func productTime(ctx context.Context, backend backends.Backend, p product, runs int) (time.Duration, error) {
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
		resetProfile(backend)
		start := time.Now()
		out, err := exec.Exec(a, b)
		if err != nil {
			return 0, fmt.Errorf("measure %s: %w", backend.Name(), err)
		}
		elapsed := time.Since(start)
		if op, ok := opTime(backend, "DotGeneral"); ok {
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

// resetProfile forgets what was measured before the steps that count.
func resetProfile(b backends.Backend) {
	if engine, ok := b.(*simd.Backend); ok {
		engine.ResetProfile()
	}
}

// opTime is what the ops of a kind took since the last resetProfile, of an engine that measures them.
func opTime(b backends.Backend, kind string) (time.Duration, bool) {
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
