package conv

import (
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// forward computes a plane whose window is small: a row of a matrix product is an output position, its inner
// dimension the window, and a task a band of output rows, of one image or several, and some of the features.
type forward struct {
	*plane
	kernels *kernels.GemmKernels
	band    band
	direct  bool // the input is read in place
	dot     bool // the features are so few that the kernels run along the window instead
	weights weights
	blocks  []block
	tiles   []tile // of an output row
}

// tile is a run of output columns that a kernel computes at once, and where its input and output start in their rows.
type tile struct{ in, out, columns int }

// band is what a task computes.
type band struct{ images, rows, features int }

// view is the part of the input that a band reads: image b, row y, column x, channel c is at data[at + b·image + y·row
// + x·col + c·channel].
type view struct {
	data                         []float32
	at, image, row, col, channel int
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
	// bandPositions is the number of output positions for which loading the weights into the cache pays.
	bandPositions = 128
	// blockSteps bounds the steps in a block, to keep its weights in the first-level cache.
	blockSteps = 384
)

func (c *plane) newForward() *forward {
	f := &forward{plane: c, kernels: kernels.Gemm(), direct: c.h.inside() && c.w.inside()}
	f.dot = c.features <= kernels.DotColumns && (c.inChannel == 1 || !f.direct)
	f.band = c.cutBand(f.kernels.MaxColumns())
	if f.dot {
		f.weights = c.layColumns()
	} else {
		f.weights = c.layWeights(f.kernels.MaxColumns(), c.batch*c.h.out*c.w.out)
	}
	f.blocks = f.cutWindow()
	f.tiles = f.cutRow()
	return f
}

func (f *forward) forget() { f.weights.data = nil }

func (f *forward) run(p *pool.Pool) {
	c := f.plane
	defer f.weights.load(c, p).Put()
	bands, images := ceilDiv(c.h.out, f.band.rows), ceilDiv(c.batch, f.band.images)
	p.Run(bands*images*ceilDiv(c.features, f.band.features), func(i int) {
		t := forwardTasks.Get().(*forwardTask)
		defer t.giveBack()
		*t = forwardTask{forward: f, row: i % bands * f.band.rows}
		i /= bands
		t.image, t.feature = i%images*f.band.images, i/images*f.band.features
		t.run()
	})
}

// cutBand sizes the tasks: large enough to use the weights well, small enough for the cache, and many.
func (c *plane) cutBand(width int) band {
	t := band{images: 1, rows: c.h.out, features: c.features}
	rowBytes := 4 * c.w.span(c.w.out) * c.channels
	for t.rows > 1 && c.h.span(t.rows)*rowBytes > viewBytes {
		t.rows = (t.rows + 1) / 2
	}
	positions := func() int { return t.images * t.rows * c.w.out }
	if t.rows == c.h.out {
		imageBytes := c.h.span(t.rows) * rowBytes
		for t.images < c.batch && positions() < bandPositions && (t.images+1)*imageBytes <= viewBytes {
			t.images++
		}
	}
	steps := c.channels * c.h.taps * c.w.taps
	for {
		tasks := ceilDiv(c.batch, t.images) * ceilDiv(c.h.out, t.rows) * ceilDiv(c.features, t.features)
		if tasks >= manyBands || positions()*t.features*steps < 2*bandWork {
			return t
		}
		switch {
		case t.rows > 1 && positions() >= 2*bandPositions:
			t.rows = (t.rows + 1) / 2
		case t.features > width:
			t.features = ceilDiv(ceilDiv(t.features, width), 2) * width
		case t.images > 1:
			t.images = (t.images + 1) / 2
		case t.rows > 1:
			t.rows = (t.rows + 1) / 2
		default:
			return t
		}
	}
}

// steps are the distances in the view of a band of any number of rows.
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
	if f.w.dilation*v.col == f.channels*v.channel && f.weights.w == f.channels*f.weights.channel {
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
	if f.dot {
		return []block{{segs: all, steps: inner}}
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

// cutRow cuts an output row into tiles as equal as can be.
func (f *forward) cutRow() []tile {
	height := f.kernels.MaxRows(min(f.features, f.kernels.MaxColumns()))
	if f.dot {
		height = f.kernels.DotRows(f.features)
	}
	tiles := make([]tile, ceilDiv(f.w.out, height))
	col := f.steps().col
	for i := range tiles {
		from, to := f.w.out*i/len(tiles), f.w.out*(i+1)/len(tiles)
		tiles[i] = tile{in: from * f.w.stride * col, out: from * f.w.outStep, columns: to - from}
	}
	return tiles
}

// forwardTask is the band from an image, an output row and a feature on.
type forwardTask struct {
	*forward
	image, row, feature int
	view                view
	tile                kernels.Tile
	strip               kernels.Strip
}

// forwardTasks are idle ones. Kernels are called through tables, so a task would be allocated each time.
var forwardTasks = sync.Pool{New: func() any { return new(forwardTask) }}

// giveBack makes the task idle, without the memory that it points to.
func (t *forwardTask) giveBack() {
	*t = forwardTask{}
	forwardTasks.Put(t)
}

func (t *forwardTask) run() {
	images, rows := min(t.band.images, t.batch-t.image), min(t.band.rows, t.h.out-t.row)
	defer t.setView(images, rows).Put()
	v := &t.view
	t.tile = kernels.Tile{ARow: 4 * t.w.stride * v.col, AK: 4 * v.channel, BK: 4 * t.weights.channel,
		CRow: 4 * t.w.outStep, CCol: 4 * t.outFeature}
	width := t.kernels.MaxColumns()
	if t.dot {
		t.tile.BK = 4 * t.weights.panelStep
	}
	end := min(t.feature+t.band.features, t.features)
	for o := t.feature; o < end; o += width {
		t.strip = t.kernels.Strip(&t.tile, min(width, end-o))
		if t.dot {
			t.strip = t.kernels.DotStrip(t.features)
		}
		t.tile.B = t.weights.panel(o, width)
		for i := range t.blocks {
			k := &t.blocks[i]
			t.tile.Segs, t.tile.NSegs, t.tile.K, t.tile.Add = &k.segs[0], len(k.segs), k.steps, uint64(min(i, 1))
			for b := range images {
				for y := range rows {
					t.outputRow(b, y, o)
				}
			}
		}
	}
}

// outputRow adds the block to one row of the output.
func (t *forwardTask) outputRow(image, y, feature int) {
	in := t.view.at + image*t.view.image + y*t.h.stride*t.view.row
	out := t.outAt + (t.image+image)*t.outBatch + (t.row+y)*t.h.outStep + feature*t.outFeature
	for i := range t.tiles {
		x := &t.tiles[i]
		t.tile.A, t.tile.C = &t.view.data[in+x.in], &t.out[out+x.out]
		t.strip.Run(&t.tile, x.columns)
	}
}

// setView sets the view of so many images and rows: in place or, where the window reaches into the padding, copied with
// the zeros around, into memory that it returns.
func (t *forwardTask) setView(images, rows int) *gemm.Scratch {
	t.view = t.steps()
	v := &t.view
	top := t.row*t.h.stride - t.h.pad
	first := t.inAt + t.image*t.inBatch
	if t.direct {
		v.data, v.image, v.at = t.in, t.inBatch, first+top*t.h.inStep-t.w.pad*t.w.inStep
		return nil
	}
	height := t.h.span(rows)
	v.image = height * v.row
	scratch := gemm.GetScratch(images * v.image)
	v.data = scratch.Data
	for b := range images {
		for y := range height {
			t.copyRow(v.data[b*v.image+y*v.row:][:v.row], t.w.span(t.w.out), first+b*t.inBatch, top+y)
		}
	}
	return scratch
}

// copyRow copies so many columns of a row of an image, with zeros for the padding.
func (c *plane) copyRow(dst []float32, columns, image, y int) {
	// Columns before left and from right on are padding.
	left, right := clamp(c.w.pad, columns), clamp(c.w.pad+c.w.in, columns)
	if y < 0 || y >= c.h.in || left >= right {
		clear(dst)
		return
	}
	clear(dst[:left*c.channels])
	clear(dst[right*c.channels:])
	c.copyPixels(dst[left*c.channels:right*c.channels], image+y*c.h.inStep+(left-c.w.pad)*c.w.inStep)
}

// copyPixels copies the channels of consecutive columns, the first of which is at in[from].
func (c *plane) copyPixels(dst []float32, from int) {
	switch {
	case c.inChannel == 1 && c.w.inStep == c.channels:
		copy(dst, c.in[from:])
	case c.inChannel == 1 || c.channels == 1:
		for ; len(dst) > 0; dst = dst[c.channels:] {
			copy(dst[:c.channels], c.in[from:])
			from += c.w.inStep
		}
	default:
		for ; len(dst) > 0; dst = dst[c.channels:] {
			for i := range dst[:c.channels] {
				dst[i] = c.in[from+i*c.inChannel]
			}
			from += c.w.inStep
		}
	}
}

func clamp(x, limit int) int { return max(0, min(x, limit)) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, to int) int { return ceilDiv(a, to) * to }
