package gemm

import (
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// thin is a batch of products of many rows by a few columns, in which k is contiguous in the rows: matrix times
// vector, and the like.
type thin struct {
	rows, cols, k int
	a, b          []float32
	aRow, bCol    int // elements from one row of A, and from one column of B, to the next
	c             []float32
	cRow, cCol    int
	batch         []Offset
	accumulate    bool

	exchanged []Offset // the memory of a batch whose A and B are exchanged
}

// asThin returns the products as thin ones, those of a few rows by exchanging A and B.
func (j *job) asThin() (t *thin, copied *Scratch, ok bool) {
	const short = 8 // steps below which vectors along k would be mostly empty
	if j.k < short {
		return nil, nil, false
	}
	t = &j.thin
	t.k, t.c, t.accumulate = j.k, j.c, j.accumulate
	a, b := j.a, j.b.Transpose()
	switch {
	case j.n <= kernels.DotColumns && j.a.ColStride == 1:
		t.rows, t.cols, t.cRow, t.cCol = j.m, j.n, j.ldc, 1
		t.batch = j.batch
	case j.m <= kernels.DotColumns && j.b.RowStride == 1:
		t.rows, t.cols, t.cRow, t.cCol = j.n, j.m, 1, j.ldc
		a, b = b, a
		for _, o := range j.batch {
			t.exchanged = append(t.exchanged, Offset{A: o.B, B: o.A, C: o.C})
		}
		t.batch = t.exchanged
	default:
		return nil, nil, false
	}
	t.a, t.aRow, t.b, t.bCol = a.Data, a.RowStride, b.Data, b.RowStride
	if b.ColStride != 1 {
		copied = t.copyColumns(b)
	}
	return t, copied, true
}

// copyColumns makes k contiguous in the few columns: row i of b is column i.
func (t *thin) copyColumns(b Matrix) *Scratch {
	scratch := GetScratch(len(t.batch) * t.cols * t.k)
	batch := make([]Offset, len(t.batch))
	for e, o := range t.batch {
		to := scratch.Data[e*t.cols*t.k:]
		for i := range t.cols {
			for k := range t.k {
				to[i*t.k+k] = b.Data[o.B+i*b.RowStride+k*b.ColStride]
			}
		}
		batch[e] = Offset{A: o.A, B: e * t.cols * t.k, C: o.C}
	}
	t.b, t.bCol, t.batch = scratch.Data, t.k, batch
	return scratch
}

// run computes blocks of rows.
func (t *thin) run(p *pool.Pool) {
	kernel := kernels.Gemm()
	height, strip := kernel.DotRows(t.cols), kernel.DotStrip(t.cols)
	block := roundUp(max(1, taskWork/4/(t.k*t.cols)), height)
	blocks := ceilDiv(t.rows, block)
	p.Run(len(t.batch)*blocks, func(i int) {
		o, first := t.batch[i/blocks], i%blocks*block
		lent := kernels.LendTile(kernels.Tile{B: &t.b[o.B], K: t.k,
			ARow: 4 * t.aRow, BK: 4 * t.bCol, CRow: 4 * t.cRow, CCol: 4 * t.cCol})
		defer lent.GiveBack()
		tile := &lent.Tile
		if t.accumulate {
			tile.Add = 1
		}
		for row := first; row < min(first+block, t.rows); row += height {
			tile.A, tile.C = &t.a[o.A+row*t.aRow], &t.c[o.C+row*t.cRow]
			strip.Run(tile, min(height, t.rows-row))
		}
	})
}
