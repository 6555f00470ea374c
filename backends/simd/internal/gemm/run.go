package gemm

import (
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
		p.Run(len(j.batch)*panels, func(i int) {
			e, panel := i/panels, i%panels
			PackPanel(j.packedB[i*panelSize:][:panelSize], j.b.from(j.batch[e].B), panel*width, j.k, j.n, width)
		})
	}
	if j.groups > 1 {
		buffer := GetScratch(j.groups * len(j.batch) * j.m * j.n)
		defer buffer.Put()
		j.partial = buffer.Data
	}
	rowBlocks, colBlocks := ceilDiv(j.m, j.rows), ceilDiv(j.n, j.cols)
	p.Run(len(j.batch)*rowBlocks*colBlocks*j.groups, func(i int) {
		t := task{job: j, group: i % j.groups}
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
}

func (t *task) run() {
	o := t.batch[t.element]
	rows, cols := min(t.rows, t.m-t.row), min(t.cols, t.n-t.col)
	k0, k1 := t.k*t.group/t.groups, t.k*(t.group+1)/t.groups
	width := t.kernels.MaxColumns()
	panels := ceilDiv(t.n, width)

	b, bAt := t.b.Data, o.B+t.col
	panelStep, bk := width, t.b.RowStride
	switch {
	case t.shareB:
		b, bAt = t.packedB, t.element*panels*t.k*width+t.col*t.k
		panelStep, bk = t.k*width, width
	case t.packB:
		buffer := GetScratch(ceilDiv(cols, width) * t.k * width)
		defer buffer.Put()
		b, bAt = buffer.Data, 0
		panelStep, bk = t.k*width, width
		for j := 0; j < cols; j += width {
			PackPanel(b[j*t.k:][:panelStep], t.b.from(o.B), t.col+j, t.k, min(t.n, t.col+cols), width)
		}
	}
	c, cAt, ldc, add := t.c, o.C+t.row*t.ldc+t.col, t.ldc, t.accumulate
	if t.groups > 1 {
		c, ldc, add = t.partial, t.n, false
		cAt = ((t.group*len(t.batch)+t.element)*t.m+t.row)*t.n + t.col
	}
	var packed *Scratch
	if t.packA {
		packed = GetScratch(t.rows * (t.depth + 2*aPad))
		defer packed.Put()
	}
	t.tile.Segs, t.tile.NSegs = &t.seg, 1
	t.tile.BK, t.tile.CRow = 4*bk, 4*ldc
	for k := k0; k < k1; k += t.depth {
		depth := min(t.depth, k1-k)
		a, aAt := t.a, o.A+t.row*t.a.RowStride+k*t.a.ColStride
		if t.packA {
			a, aAt = packA(packed.Data, t.a, aAt, rows, depth), 0
		}
		t.tile.K, t.tile.ARow, t.tile.AK = depth, 4*a.RowStride, 4*a.ColStride
		t.tile.Add = 0
		if add || k > k0 {
			t.tile.Add = 1
		}
		for j := 0; j < cols; j += width {
			t.tile.Columns(min(width, cols-j))
			t.tile.B = &b[bAt+j/width*panelStep+k*bk]
			t.panel(a, aAt, rows, c, cAt+j, ldc)
		}
	}
}

// panel multiplies all rows of the block by one panel of B.
func (t *task) panel(a Matrix, aAt, rows int, c []float32, cAt, ldc int) {
	height := evenPart(rows, t.height)
	for i := 0; i < rows; i += height {
		t.tile.A = &a.Data[aAt+i*a.RowStride]
		t.tile.C = &c[cAt+i*ldc]
		t.kernels.Run(&t.tile, min(height, rows-i))
	}
}
