package conv

import (
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// winogradGradient computes the gradient of a 3×3 kernel by the transpose of F(4×4, 3×3): summed over tiles,
//
//	dg = Gᵀ[(Bᵀ d B) ⊙ (A y Aᵀ)]G
//
// with inputs d and cotangents y. Summed over tiles, each of the 36 is a matrix product: channels × tiles by tiles ×
// features.
//
// The tiles are cut into groups that are summed apart, each by one worker in blocks that stay in its cache. Where the
// sums themselves are too large for that, workers transform a large block and share out the products.
type winogradGradient struct {
	of             *plane
	left, right    pictures // of which rows and columns of the products are the channels
	tiling         tiling
	kernels        *kernels.GemmKernels
	groups         int
	out            []float32
	row, col, next int // steps of the result, by tap and by channel of left
}

// winogradGradientPays reports a plane that is the gradient of a kernel and has the size for it.
func (c *plane) winogradGradientPays() bool {
	if c.byDefinition {
		return false
	}
	for _, a := range []*axis{&c.h, &c.w} {
		if a.out != 3 || a.stride != 1 || a.dilation != 1 || a.taps <= 3 || a.outStep < 0 || a.kernelStep < 0 ||
			a.inStep < 0 {
			return false
		}
	}
	contiguous := c.inBatch == 1 && c.kernelFeature == 1 && (c.outFeature == 1 || c.outBatch == 1)
	return contiguous && c.batch%kernels.WinogradChannels() == 0 && c.features%kernels.WinogradChannels() == 0 &&
		winogradSaves(c.channels*c.h.taps*c.w.taps, cutTiles(c.channels, c.h.taps, c.w.taps).tiles(), c.batch,
			c.features)
}

func (c *plane) newWinogradGradient() *winogradGradient {
	g := &winogradGradient{of: c, left: c.inputs(c.inChannel, c.batch), right: c.cotangents(),
		kernels: kernels.Gemm(),
		tiling: cutTiles(c.channels, c.h.taps,
			c.w.taps), row: c.h.outStep, col: c.w.outStep, next: c.outBatch}
	if c.outFeature != 1 {
		g.left, g.right, g.next = g.right, g.left, c.outFeature
	}
	const manyGroups = 8
	g.groups = 1
	for g.groups < manyGroups && 2*g.groups*g.size() <= groupSize {
		g.groups *= 2
	}
	g.groups = min(g.groups, g.tiling.units)
	return g
}

func (g *winogradGradient) forget() { g.left.data, g.right.data, g.out = nil, nil, nil }

func (g *winogradGradient) run(p *pool.Pool) {
	c := g.of
	g.left.data, g.right.data, g.out = c.in, c.kernel, c.out[c.outAt:]
	if c.outFeature != 1 {
		g.left.data, g.right.data = c.kernel, c.in
	}
	sums := gemm.GetScratch(g.groups * g.size())
	defer sums.Put()
	if g.groups == 1 {
		g.runShared(p, sums.Data)
	} else {
		p.Run(g.groups, func(i int) { g.runGroup(i, sums.Data[i*g.size():]) })
	}
	g.finish(p, sums.Data)
}

// runGroup sums the tiles of one group.
func (g *winogradGradient) runGroup(i int, sums []float32) {
	first, last := g.tiling.units*i/g.groups, g.tiling.units*(i+1)/g.groups
	rows := max(1, blockSize/(tilePlanes*g.tiling.across*(g.left.channels+g.right.channels)))
	for unit := first; unit < last; unit += rows {
		b := g.block(unit, min(rows, last-unit))
		b.transform(0, b.units)
		b.lookAhead(rows)
		for f := range tilePlanes {
			b.multiply(sums, f, unit > first)
		}
		b.done()
	}
}

// runShared computes one sum by all workers.
func (g *winogradGradient) runShared(p *pool.Pool, sums []float32) {
	rows := max(1, sharedSize/(tilePlanes*g.tiling.across*(g.left.channels+g.right.channels)))
	for unit := 0; unit < g.tiling.units; unit += rows {
		b := g.block(unit, min(rows, g.tiling.units-unit))
		p.Run(b.units, func(i int) { b.transform(i, i+1) })
		p.Run(tilePlanes, func(f int) { b.multiply(sums, f, unit > 0) })
		b.done()
	}
}

// size is the number of elements of the 36 products.
func (g *winogradGradient) size() int { return tilePlanes * g.step() }

// step is the distance between the products.
func (g *winogradGradient) step() int { return planeStep(g.left.channels * g.right.channels) }

// finish adds up the groups, in their order, and transforms the sums.
func (g *winogradGradient) finish(p *pool.Pool, sums []float32) {
	const chunk = 8
	step := g.step()
	p.Run(ceilDiv(g.left.channels, chunk), func(i int) {
		from, channels := i*chunk*g.right.channels, min(chunk, g.left.channels-i*chunk)
		for f := range tilePlanes {
			sum := sums[f*step+from:][:channels*g.right.channels]
			for group := 1; group < g.groups; group++ {
				kernels.AddTo(sum, sums[group*g.size()+f*step+from:][:len(sum)])
			}
		}
		w := kernels.WinogradTiles{Image: g.out[i*chunk*g.next:], Row: g.row, Col: g.col, Next: g.next,
			Planes: sums[from:],
			Step:   step, Tiles: channels, Channels: g.right.channels}
		w.Gradient()
	})
}

// gradientBlock is some units of tiles and their transforms.
type gradientBlock struct {
	*winogradGradient
	first, units, tiles int
	leftStep, rightStep int       // from one plane to the next
	lefts, rights       []float32 // [36, tiles, channels]
	memory              [2]*gemm.Scratch
	ahead               kernels.Ahead
}

func (g *winogradGradient) block(first, units int) *gradientBlock {
	b := gradientBlocks.Get().(*gradientBlock)
	*b = gradientBlock{winogradGradient: g, first: first, units: units, tiles: units * g.tiling.across}
	b.leftStep, b.rightStep = planeStep(b.tiles*g.left.channels), planeStep(b.tiles*g.right.channels)
	lefts, rights := gemm.GetScratch(tilePlanes*b.leftStep), gemm.GetScratch(tilePlanes*b.rightStep)
	b.lefts, b.rights = lefts.Data, rights.Data
	b.memory = [2]*gemm.Scratch{lefts, rights}
	return b
}

// done gives the memory of the transforms back.
func (b *gradientBlock) done() {
	for _, m := range b.memory {
		m.Put()
	}
	*b = gradientBlock{}
	gradientBlocks.Put(b)
}

// gradientBlocks are idle ones.
var gradientBlocks = sync.Pool{New: func() any { return new(gradientBlock) }}

// transform computes the planes of some of the block's units.
func (b *gradientBlock) transform(from, to int) {
	for _, side := range []struct {
		view   *pictures
		planes []float32
		step   int
	}{{&b.left, b.lefts, b.leftStep}, {&b.right, b.rights, b.rightStep}} {
		scratch := gemm.GetScratch(side.view.scratchSize(b.tiling.across))
		for unit := from; unit < to; unit++ {
			side.view.transform(scratch.Data, b.tiling, b.first+unit,
				side.planes[unit*b.tiling.across*side.view.channels:], side.step)
		}
		scratch.Put()
	}
}

// lookAhead has the products fetch the inputs and cotangents of the next block, of so many units.
func (b *gradientBlock) lookAhead(next int) {
	end := b.first + b.units
	for _, v := range []*pictures{&b.left, &b.right} {
		b.ahead.Add(v.data, v.start(b.tiling, end), v.start(b.tiling, end+next))
	}
}

// multiply adds the product of one plane to the sums, or begins them.
func (b *gradientBlock) multiply(sums []float32, f int, add bool) {
	left, right := b.left.channels, b.right.channels
	x := tileProduct{m: left, n: right, k: b.tiles,
		a: b.lefts[f*b.leftStep:], aRow: 1, aStep: left,
		b: b.rights[f*b.rightStep:], bStep: right, bPanel: b.kernels.MaxColumns(),
		c: sums[f*b.step():], cRow: right, ahead: &b.ahead}
	x.run(b.kernels, add)
}
