package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// forward computes a plane whose window is small: a row of a matrix product is an output position, its inner
// dimension the window, and a task a band of output rows of one image.
type forward struct {
	*plane
	kernels *kernels.GemmKernels
	rows    int // output rows in a band
	direct  bool
	weights weights
	blocks  []block
}

// view is the part of an input that a band reads: row y, column x, channel c is at data[at + y·row + x·col + c·channel].
type view struct {
	data                  []float32
	at, row, col, channel int
}

// block is a part of the window that is summed at once.
type block struct {
	segs  []kernels.Segment
	steps int
}

const (
	// viewBytes bounds the input of a band; with the weights in use it stays in the second-level cache.
	viewBytes = 256 << 10
	// bandWork is the number of multiply-adds that is worth a task.
	bandWork = 1 << 19
	// manyBands is how many tasks there should be at least, where the work allows.
	manyBands = 32
	// blockSteps bounds the steps in a block, to keep its weights in the first-level cache.
	blockSteps = 384
)

func (c *plane) runForward(p *pool.Pool) {
	f := &forward{plane: c, kernels: kernels.Gemm(), direct: c.h.inside() && c.w.inside()}
	f.rows = c.bandRows()
	bands := (c.h.out + f.rows - 1) / f.rows
	f.weights = c.newWeights(p, f.kernels.MaxColumns(), c.batch*c.h.out*c.w.out)
	defer f.weights.done()
	f.blocks = f.cutWindow()
	p.Run(c.batch*bands, func(i int) {
		f.band(i/bands, i%bands*f.rows)
	})
}

// bandRows is the number of output rows in a task.
func (c *plane) bandRows() int {
	rows := c.h.out
	rowBytes := 4 * c.w.span(c.w.out) * c.channels
	for rows > 1 && c.h.span(rows)*rowBytes > viewBytes {
		rows = (rows + 1) / 2
	}
	work := c.w.out * c.features * c.channels * c.h.taps * c.w.taps
	for rows > 1 && c.batch*((c.h.out+rows-1)/rows) < manyBands && rows*work > bandWork {
		rows = (rows + 1) / 2
	}
	return rows
}

// steps are the distances in the view of a band, whatever band it is.
func (f *forward) steps() view {
	if f.direct {
		return view{row: f.h.inStep, col: f.w.inStep, channel: f.inChannel}
	}
	return view{row: f.w.span(f.w.out) * f.channels, col: f.channels, channel: 1}
}

// cutWindow lists the blocks. Channels of taps that lie side by side in the view and the weights make one segment.
func (f *forward) cutWindow() []block {
	v := f.steps()
	inner, taps := f.channels, f.w.taps
	merged := f.w.dilation*v.col == f.channels*v.channel && f.weights.w == f.channels*f.weights.channel
	if merged {
		inner, taps = inner*taps, 1
	}
	var all []kernels.Segment
	for y := range f.h.taps {
		for x := range taps {
			all = append(all, kernels.Segment{
				A: 4 * (y*f.h.dilation*v.row + x*f.w.dilation*v.col),
				B: 4 * (y*f.weights.h + x*f.weights.w),
			})
		}
	}
	return cutBlocks(all, inner, 4*v.channel, 4*f.weights.channel)
}

// cutBlocks cuts segments of the given number of steps into blocks of about blockSteps; a and b are bytes a step.
func cutBlocks(all []kernels.Segment, steps, a, b int) []block {
	if parts := (steps + blockSteps - 1) / blockSteps; parts > 1 {
		var blocks []block
		for _, s := range all {
			for i := range parts {
				from, to := steps*i/parts, steps*(i+1)/parts
				seg := kernels.Segment{A: s.A + from*a, B: s.B + from*b}
				blocks = append(blocks, block{segs: []kernels.Segment{seg}, steps: to - from})
			}
		}
		return blocks
	}
	parts := (len(all)*steps + blockSteps - 1) / blockSteps
	var blocks []block
	for i := range parts {
		from, to := len(all)*i/parts, len(all)*(i+1)/parts
		blocks = append(blocks, block{segs: all[from:to], steps: steps})
	}
	return blocks
}

// band computes output rows first … first + rows − 1 of image b.
func (f *forward) band(b, first int) {
	rows := min(f.rows, f.h.out-first)
	v, done := f.look(b, first, rows)
	defer done()
	step := f.steps()
	width, height := f.kernels.MaxColumns(), f.kernels.MaxRows
	tiles := (f.w.out + height - 1) / height
	tile := kernels.Tile{ARow: 4 * f.w.stride * step.col, AK: 4 * step.channel, BK: 4 * f.weights.channel,
		CRow: 4 * f.w.outStep}
	for o := 0; o < f.features; o += width {
		tile.Columns(min(width, f.features-o))
		tile.B = f.weights.panel(o, width)
		for i := range f.blocks {
			k := &f.blocks[i]
			tile.Segs, tile.NSegs, tile.K, tile.Add = &k.segs[0], len(k.segs), k.steps, uint64(min(i, 1))
			for y := range rows {
				out := f.outAt + b*f.outBatch + (first+y)*f.h.outStep + o
				in := v.at + y*f.h.stride*v.row
				for t := range tiles {
					from, to := f.w.out*t/tiles, f.w.out*(t+1)/tiles
					tile.A = &v.data[in+from*f.w.stride*v.col]
					tile.C = &f.out[out+from*f.w.outStep]
					f.kernels.Run(&tile, to-from)
				}
			}
		}
	}
}

// look returns what a band reads, in place or, where it reaches into the padding, copied with the zeros around it.
func (f *forward) look(b, first, rows int) (v view, done func()) {
	v = f.steps()
	top := first*f.h.stride - f.h.pad
	image := f.inAt + b*f.inBatch
	if f.direct {
		v.data, v.at = f.in, image+top*f.h.inStep-f.w.pad*f.w.inStep
		return v, func() {}
	}
	columns, height := f.w.span(f.w.out), f.h.span(rows)
	scratch := gemm.GetScratch(height * v.row)
	v.data = scratch.Data
	// Columns before left and from right on are padding.
	left, right := clamp(f.w.pad, columns), clamp(f.w.pad+f.w.in, columns)
	for y := range height {
		row := v.data[y*v.row:][:v.row]
		if iy := top + y; iy < 0 || iy >= f.h.in || left >= right {
			clear(row)
			continue
		}
		clear(row[:left*f.channels])
		clear(row[right*f.channels:])
		from := image + (top+y)*f.h.inStep + (left-f.w.pad)*f.w.inStep
		f.copyPixels(row[left*f.channels:right*f.channels], from)
	}
	return v, scratch.Put
}

// copyPixels copies the channels of consecutive columns, the first of which is at in[from].
func (f *forward) copyPixels(dst []float32, from int) {
	switch {
	case f.inChannel == 1 && f.w.inStep == f.channels:
		copy(dst, f.in[from:])
	case f.inChannel == 1 || f.channels == 1:
		for ; len(dst) > 0; dst = dst[f.channels:] {
			copy(dst[:f.channels], f.in[from:])
			from += f.w.inStep
		}
	default:
		for ; len(dst) > 0; dst = dst[f.channels:] {
			for c := range dst[:f.channels] {
				dst[c] = f.in[from+c*f.inChannel]
			}
			from += f.w.inStep
		}
	}
}

func clamp(x, limit int) int { return max(0, min(x, limit)) }
