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

// product is a plane that is one plain matrix product, as convolutions with 1×1 kernels are.
type product struct {
	*plane
	m, k walk
	at   []gemm.Offset
}

// newProduct is the method of such a plane.
func (c *plane) newProduct() (x *product, ok bool) {
	if !c.h.inside() || !c.w.inside() {
		return nil, false
	}
	m, ok := joined(walk{c.batch, c.inBatch, c.outBatch},
		walk{c.h.out, c.h.stride * c.h.inStep, c.h.outStep}, walk{c.w.out, c.w.stride * c.w.inStep, c.w.outStep})
	if !ok {
		return nil, false
	}
	k, ok := joined(walk{c.channels, c.inChannel, c.kernelChannel},
		walk{c.h.taps, c.h.dilation * c.h.inStep, c.h.kernelStep},
		walk{c.w.taps, c.w.dilation * c.w.inStep, c.w.kernelStep})
	if !ok {
		return nil, false
	}
	if m.x < 0 || k.x < 0 || k.y < 0 {
		return nil, false // package gemm wants operands that run forwards
	}
	at := gemm.Offset{A: c.inAt - c.h.pad*c.h.inStep - c.w.pad*c.w.inStep, B: c.kernelAt, C: c.outAt}
	return &product{plane: c, m: m, k: k, at: []gemm.Offset{at}}, true
}

func (x *product) run(p *pool.Pool) {
	a := gemm.Matrix{Data: x.in, RowStride: x.m.x, ColStride: x.k.x}
	b := gemm.Matrix{Data: x.kernel, RowStride: x.k.y, ColStride: x.kernelFeature}
	gemm.Float32Batch(p, x.m.size, x.features, x.k.size, a, b, x.out, x.m.y, x.at, false)
}

func (x *product) forget() {}

// transposed computes a plane whose features are not contiguous in the output into memory where they are, and copies.
type transposed struct {
	*plane
	dense plane
}

func (c *plane) newTransposed() *transposed {
	x := &transposed{plane: c, dense: *c}
	d := &x.dense
	d.outAt, d.outFeature = 0, 1
	d.w.outStep = c.features
	d.h.outStep = c.w.out * d.w.outStep
	d.outBatch = c.h.out * d.h.outStep
	d.method = d.chooseProduct()
	return x
}

func (x *transposed) run(p *pool.Pool) {
	c := x.plane
	scratch := gemm.GetScratch(c.batch * c.h.out * c.w.out * c.features)
	defer scratch.Put()
	x.dense.in, x.dense.kernel, x.dense.out = c.in, c.kernel, scratch.Data
	x.dense.method.run(p)
	from := 0
	c.eachOutput(func(at int) {
		for o, v := range scratch.Data[from:][:c.features] {
			c.out[at+o*c.outFeature] = v
		}
		from += c.features
	})
}

func (x *transposed) forget() {
	x.dense.in, x.dense.kernel, x.dense.out = nil, nil, nil
	x.dense.method.forget()
}
