package conv

import (
	"slices"

	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// walk is a run of indices with equal steps in two of the operands.
type walk struct{ size, x, y int }

// joined makes one walk of several, if memory allows it.
func joined(walks ...walk) (w walk, ok bool) {
	walks = slices.DeleteFunc(walks, func(w walk) bool { return w.size == 1 })
	if len(walks) == 0 {
		return walk{1, 1, 1}, true
	}
	slices.SortFunc(walks, func(a, b walk) int { return a.y - b.y })
	w = walks[0]
	for _, next := range walks[1:] {
		if next.x != w.size*w.x || next.y != w.size*w.y {
			return w, false
		}
		w.size *= next.size
	}
	return w, true
}

// product computes the plane as one plain matrix product, if it is one, as convolutions with 1×1 kernels are.
func (c *plane) product(p *pool.Pool) bool {
	if !c.h.inside() || !c.w.inside() {
		return false
	}
	m, ok := joined(walk{c.batch, c.inBatch, c.outBatch},
		walk{c.h.out, c.h.stride * c.h.inStep, c.h.outStep}, walk{c.w.out, c.w.stride * c.w.inStep, c.w.outStep})
	if !ok {
		return false
	}
	k, ok := joined(walk{c.channels, c.inChannel, c.kernelChannel},
		walk{c.h.taps, c.h.dilation * c.h.inStep, c.h.kernelStep},
		walk{c.w.taps, c.w.dilation * c.w.inStep, c.w.kernelStep})
	if !ok {
		return false
	}
	if m.x < 0 || k.x < 0 || k.y < 0 {
		return false // package gemm wants operands that run forwards
	}
	a := gemm.Matrix{Data: c.in, RowStride: m.x, ColStride: k.x}
	b := gemm.Matrix{Data: c.kernel, RowStride: k.y, ColStride: c.kernelFeature}
	at := gemm.Offset{A: c.inAt - c.h.pad*c.h.inStep - c.w.pad*c.w.inStep, B: c.kernelAt, C: c.outAt}
	gemm.Float32Batch(p, m.size, c.features, k.size, a, b, c.out, m.y, []gemm.Offset{at}, false)
	return true
}

// runTransposed computes a plane whose features are not contiguous in the output into memory where they are, and
// copies.
func (c *plane) runTransposed(p *pool.Pool) {
	scratch := gemm.GetScratch(c.batch * c.h.out * c.w.out * c.features)
	defer scratch.Put()
	d := *c
	d.out, d.outAt, d.outFeature = scratch.Data, 0, 1
	d.w.outStep = c.features
	d.h.outStep = c.w.out * d.w.outStep
	d.outBatch = c.h.out * d.h.outStep
	d.runAsProduct(p)
	from := 0
	c.eachOutput(func(at int) {
		for o, v := range scratch.Data[from:][:c.features] {
			c.out[at+o*c.outFeature] = v
		}
		from += c.features
	})
}
