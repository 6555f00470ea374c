package gemm

import (
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// run executes the plan: pack B if it is shared, compute the blocks, add up the parts of k.
func (j *job) run(p *pool.Pool) {
	width := j.kernels.MaxColumns()
	panels := ceilDiv(j.n, width)
	panelSize := j.k * width
	if j.shareB {
		buffer := GetScratch(len(j.batch) * panels * panelSize)
		defer buffer.Put()
		j.packedB = buffer.Data
		// Pieces of many columns and few rows read B in order.
		const rows, cols = 64, 8
		down, across := ceilDiv(j.k, rows), ceilDiv(panels, cols)
		p.Run(len(j.batch)*down*across, func(i int) {
			e, k, first := i/across/down, i/across%down*rows, i%across*cols
			b := j.b.from(j.batch[e].B + k*j.b.RowStride)
			for panel := first; panel < min(first+cols, panels); panel++ {
				PackPanel(j.packedB[(e*panels+panel)*panelSize+k*width:], b, panel*width, min(rows, j.k-k), j.n, width)
			}
		})
	}
	if j.groups > 1 {
		buffer := GetScratch(j.groups * len(j.batch) * j.m * j.n)
		defer buffer.Put()
		j.partial = buffer.Data
	}
	rowBlocks, colBlocks := ceilDiv(j.m, j.rows), ceilDiv(j.n, j.cols)
	p.Run(len(j.batch)*rowBlocks*colBlocks*j.groups, func(i int) {
		t := tasks.Get().(*task)
		defer t.giveBack()
		*t = task{job: j, group: i % j.groups}
		i /= j.groups
		t.col = i % colBlocks * j.cols
		i /= colBlocks
		t.row = i % rowBlocks * j.rows
		t.element = i / rowBlocks
		t.run()
	})
	if j.groups > 1 {
		j.addParts(p)
	}
}

// addParts sums the parts of k, in their order, into C.
func (j *job) addParts(p *pool.Pool) {
	size := j.m * j.n
	p.Run(len(j.batch)*j.m, func(i int) {
		e, row := i/j.m, i%j.m
		c := j.c[j.batch[e].C+row*j.ldc:][:j.n]
		for g := range j.groups {
			part := j.partial[(g*len(j.batch)+e)*size+row*j.n:][:j.n]
			if g == 0 && !j.accumulate {
				copy(c, part)
				continue
			}
			kernels.AddTo(c, part)
		}
	})
}

// task is a block of C for one part of k.
type task struct {
	*job
	element, row, col, group int
	tile                     kernels.Tile
	seg                      kernels.Segment
	ahead                    kernels.Ahead
}

// tasks are idle ones. Kernels are called through tables, so a task would be allocated each time.
var tasks = sync.Pool{New: func() any { return new(task) }}

// giveBack makes the task idle, without the memory that it points to.
func (t *task) giveBack() {
	*t = task{}
	tasks.Put(t)
}

func (t *task) run() {
	o := t.batch[t.element]
	rows, cols := min(t.rows, t.m-t.row), min(t.cols, t.n-t.col)
	k0, k1 := t.k*t.group/t.groups, t.k*(t.group+1)/t.groups
	width := t.kernels.MaxColumns()
	c, cAt, ldc, add := t.c, o.C+t.row*t.ldc+t.col, t.ldc, t.accumulate
	if t.groups > 1 {
		c, ldc, add = t.partial, t.n, false
		cAt = ((t.group*len(t.batch)+t.element)*t.m+t.row)*t.n + t.col
	}
	var ownA, ownB *Scratch
	if t.packA {
		ownA = GetScratch(t.rows * (t.depth + 2*aPad))
		defer ownA.Put()
	}
	if t.packB && !t.shareB {
		ownB = GetScratch(roundUp(cols, width) * t.depth)
		defer ownB.Put()
	}
	t.tile.Segs, t.tile.NSegs, t.tile.CRow = &t.seg, 1, 4*ldc
	t.lookAhead()
	for k := k0; k < k1; k += t.depth {
		depth := min(t.depth, k1-k)
		a, aAt := t.a, o.A+t.row*t.a.RowStride+k*t.a.ColStride
		if t.packA {
			a, aAt = packA(ownA.Data, t.a, aAt, rows, depth), 0
		}
		t.tile.K, t.tile.ARow, t.tile.AK = depth, 4*a.RowStride, 4*a.ColStride
		t.tile.Add = 0
		if add || k > k0 {
			t.tile.Add = 1
		}
		panels := t.panels(ownB, o.B, k, depth)
		t.tile.BK = 4 * panels.row
		for j := 0; j < cols; j += width {
			strip := t.kernels.Strip(&t.tile, min(width, cols-j))
			t.tile.B = &panels.data[panels.at+j/width*panels.step]
			t.panel(&strip, a, aAt, rows, c, cAt+j, ldc)
		}
	}
}

// panels is where a task finds B: panel i of its columns starts at data[at + i·step], its rows are row apart.
type panels struct {
	data          []float32
	at, step, row int
}

// panels locates the steps [k, k+depth) of the task's columns, and copies them unless B is packed already.
func (t *task) panels(own *Scratch, offset, k, depth int) panels {
	width := t.kernels.MaxColumns()
	switch {
	case t.shareB:
		all := ceilDiv(t.n, width)
		return panels{t.packedB, t.element*all*t.k*width + t.col*t.k + k*width, t.k * width, width}
	case !t.packB:
		return panels{t.b.Data, offset + t.col + k*t.b.RowStride, width, t.b.RowStride}
	}
	step := depth * width
	end := min(t.n, t.col+t.cols)
	for col := t.col; col < end; col += width {
		PackPanel(own.Data[(col-t.col)*depth:][:step], t.b.from(offset+k*t.b.RowStride), col, depth, end, width)
	}
	return panels{own.Data, 0, step, width}
}

// panel multiplies all rows of the block by one panel of B.
func (t *task) panel(strip *kernels.Strip, a Matrix, aAt, rows int, c []float32, cAt, ldc int) {
	height := evenPart(rows, t.height)
	for i := 0; i < rows; i += height {
		t.tile.A = &a.Data[aAt+i*a.RowStride]
		t.tile.C = &c[cAt+i*ldc]
		if !t.ahead.Aim(&t.tile) {
			// Rows that lie one after the other are fetched line by line, those of some tiles further on where tiles
			// are short. Of a transposed A, the tile's own steps to come are.
			const line, ahead, far, steps = 64, 24, 4, 128
			tiles := max(1, min(far, steps/t.tile.K))
			t.tile.Next, t.tile.NextStep = 4*tiles*height*a.RowStride, line
			if a.ColStride != 1 {
				t.tile.Next, t.tile.NextStep = 4*ahead*a.ColStride, 4*a.ColStride
			}
		}
		strip.Run(&t.tile, min(height, rows-i))
	}
}

// lookAhead has the task fetch its share of what the next part of k reads, or else of the next product's operands.
func (t *task) lookAhead() {
	across := ceilDiv(t.n, t.cols)
	share, shares := t.row/t.rows*across+t.col/t.cols, ceilDiv(t.m, t.rows)*across
	fetch := func(data []float32, at, size int) {
		t.ahead.Add(data, at+size*share/shares, at+size*(share+1)/shares)
	}
	switch {
	case t.group+1 < t.groups:
		o, from, to := t.batch[t.element], t.k*(t.group+1)/t.groups, t.k*(t.group+2)/t.groups
		if t.a.RowStride == 1 {
			fetch(t.a.Data, o.A+from*t.a.ColStride, (to-from)*t.a.ColStride)
		}
		if t.b.ColStride == 1 {
			fetch(t.b.Data, o.B+from*t.b.RowStride, (to-from)*t.b.RowStride)
		}
	case t.groups == 1 && t.element+1 < len(t.batch):
		o := t.batch[t.element+1]
		fetch(t.a.Data, o.A, (t.m-1)*t.a.RowStride+(t.k-1)*t.a.ColStride+1)
		fetch(t.b.Data, o.B, (t.k-1)*t.b.RowStride+(t.n-1)*t.b.ColStride+1)
	}
}
