package conv

import (
	"slices"
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// gradient computes a plane whose window is large and whose output is small, as is the gradient of a kernel: there
// the window is an image. A row of the matrix product is one output position and one element of the batch, and the
// inner dimension the window's rows ("lines", one for each channel and tap of axis h) and the columns in them.
//
// Taps that meet the padding are left out, so nothing is copied.
type gradient struct {
	*plane
	apart   *plane // the same before its columns were joined, nil if they aren't
	kernels *kernels.GemmKernels
	weights weights
	items   []item
	groups  int // parts that the lines are split into, each summed apart
	parts   int // parts that the items are split into
}

// item is one tile's rows: elements [from, to) of the batch at output (y, x), which taps [left, left+steps) of axis w
// touch.
type item struct{ y, x, from, to, left, steps int }

const (
	// groupSize bounds the memory for sums of groups, in elements.
	groupSize = 1 << 20
	// groupSteps is the length of k that makes a group worth adding up.
	groupSteps = 768
	// manyParts is how many tasks there should be, where the work allows.
	manyParts = 32
	// partWork is the number of multiply-adds that is worth a task.
	partWork = 1 << 19
	// sweepSteps bounds the steps in a block, to keep its operands in the first- and second-level caches.
	sweepSteps = 384
)

func (c *plane) newGradient() *gradient {
	g := &gradient{plane: c, kernels: kernels.Gemm()}
	if d, ok := c.joinedColumns(); ok {
		g.apart, g.plane = c, d
	}
	c = g.plane
	g.weights = c.layWeights(g.kernels.MaxColumns(), c.batch*c.h.out*c.w.out)
	g.cut()
	return g
}

func (g *gradient) forget() {
	if g.apart != nil {
		g.in, g.kernel, g.out = nil, nil, nil
	}
	g.weights.data = nil
}

func (g *gradient) run(p *pool.Pool) {
	if c := g.apart; c != nil {
		columns := c.copyColumns(p)
		defer columns.Put()
		g.in, g.kernel, g.out = columns.Data, c.kernel, c.out
	}
	c := g.plane
	defer g.weights.load(c, p).Put()
	if g.groups == 1 {
		p.Run(g.parts, func(i int) { g.part(0, i, c.out, c.outAt, c.outBatch, c.h.outStep, c.w.outStep) })
		return
	}
	size := c.batch * c.h.out * c.w.out * c.features
	scratch := gemm.GetScratch(g.groups * size)
	defer scratch.Put()
	w := c.features
	h := c.w.out * w
	b := c.h.out * h
	p.Run(g.groups*g.parts, func(i int) {
		group := i / g.parts
		g.part(group, i%g.parts, scratch.Data, group*size, b, h, w)
	})
	g.addGroups(p, scratch.Data, size)
}

// lines is the number of (channel, tap of h) pairs.
func (g *gradient) lines() int { return g.channels * g.h.taps }

// cut decides on items, groups and parts.
func (g *gradient) cut() {
	tiles := ceilDiv(g.batch, g.kernels.MaxRows(min(g.features, g.kernels.MaxColumns())))
	for y := range g.h.out {
		for x := range g.w.out {
			left, right := g.w.touched(x)
			for t := range tiles {
				g.items = append(g.items, item{y, x, g.batch * t / tiles, g.batch * (t + 1) / tiles, left,
					right - left})
			}
		}
	}
	rows := g.batch * g.h.out * g.w.out
	steps := g.lines() * g.w.taps
	tasks := max(1, min(manyParts, rows*g.features*steps/partWork))
	g.groups = max(1, min(tasks, g.lines(), steps/groupSteps, groupSize/(rows*g.features)))
	g.parts = min(ceilDiv(tasks, g.groups), len(g.items))
	if positions := g.h.out * g.w.out; 2*g.parts > positions && g.parts < 4*positions {
		g.parts = positions // tiles of one position share lines of the input
	}
}

// part sums one group of lines for one part of the items into out, dense or the output itself.
func (g *gradient) part(group, part int, out []float32, at, batchStep, hStep, wStep int) {
	items := g.items[len(g.items)*part/g.parts : len(g.items)*(part+1)/g.parts]
	first, last := g.lines()*group/g.groups, g.lines()*(group+1)/g.groups
	sweep := max(1, sweepSteps/g.w.taps)
	width := g.kernels.MaxColumns()
	s := gradientParts.Get().(*gradientPart)
	defer s.giveBack()
	t := &s.tile
	*t = kernels.Tile{ARow: 4 * g.inBatch, AK: 4 * g.w.dilation * g.w.inStep, BK: 4 * g.weights.w, CRow: 4 * batchStep}
	segs := s.segs[:0]
	all := slices.Grow(s.all[:0], len(items)*min(sweep, last-first))
	for line := first; line < last; line += sweep {
		segs, all = segs[:0], all[:0]
		for i, x := range items {
			if i > 0 && x.y == items[i-1].y && x.x == items[i-1].x {
				segs = append(segs, segs[i-1])
			} else {
				from := len(all)
				all = g.appendSegments(all, x, line, min(line+sweep, last))
				segs = append(segs, all[from:])
			}
		}
		if line > first {
			t.Add = 1
		}
		for o := 0; o < g.features; o += width {
			strip := g.kernels.Strip(t, min(width, g.features-o))
			t.B = g.weights.panel(o, width)
			for i := range items {
				x := &items[i]
				t.Segs, t.NSegs, t.K = nil, len(segs[i]), x.steps
				t.A = &g.in[0]
				if t.NSegs > 0 {
					t.Segs, t.A = &segs[i][0], &g.in[g.inAt+x.from*g.inBatch]
				}
				t.C = &out[at+x.from*batchStep+x.y*hStep+x.x*wStep+o]
				strip.Run(t, x.to-x.from)
			}
		}
	}
	s.segs, s.all = segs, all
}

// gradientPart is the memory of a part.
type gradientPart struct {
	tile kernels.Tile
	segs [][]kernels.Segment // by item
	all  []kernels.Segment   // those of all items, one after the other
}

var gradientParts = sync.Pool{New: func() any { return new(gradientPart) }}

// giveBack makes the memory idle. It forgets the arrays of the convolution.
func (s *gradientPart) giveBack() {
	s.tile = kernels.Tile{}
	gradientParts.Put(s)
}

// appendSegments lists the lines in [first, last) of an item's output position, without those in the padding.
func (g *gradient) appendSegments(segs []kernels.Segment, x item, first, last int) []kernels.Segment {
	top, bottom := g.h.touched(x.y)
	if x.steps <= 0 {
		return segs
	}
	for line := first; line < last; line++ {
		c, k := line/g.h.taps, line%g.h.taps
		if k < top || k >= bottom {
			continue
		}
		segs = append(segs, kernels.Segment{
			A: 4 * (c*g.inChannel + g.h.position(x.y, k)*g.h.inStep + g.w.position(x.x, x.left)*g.w.inStep),
			B: 4 * (c*g.weights.channel + k*g.weights.h + x.left*g.weights.w),
		})
	}
	return segs
}

// position is the input that tap k of an output reads.
func (a *axis) position(out, k int) int { return out*a.stride + k*a.dilation - a.pad }

// touched is the range of taps of an output that meet inputs and not the padding.
func (a *axis) touched(out int) (from, to int) {
	p := a.position(out, 0)
	if p < 0 {
		from = (-p + a.dilation - 1) / a.dilation
	}
	to = min(a.taps, (a.in-1-p)/a.dilation+1)
	if p >= a.in {
		to = 0
	}
	return from, to
}

// addGroups sums the groups, in their order, into the output.
func (g *gradient) addGroups(p *pool.Pool, partial []float32, size int) {
	p.Run(g.h.out*g.w.out, func(i int) {
		y, x := i/g.w.out, i%g.w.out
		for b := range g.batch {
			out := g.out[g.outAt+b*g.outBatch+y*g.h.outStep+x*g.w.outStep:][:g.features]
			from := ((b*g.h.out+y)*g.w.out + x) * g.features
			copy(out, partial[from:])
			for group := 1; group < g.groups; group++ {
				kernels.AddTo(out, partial[group*size+from:][:g.features])
			}
		}
	})
}
