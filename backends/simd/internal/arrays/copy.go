package arrays

import (
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// copyAll executes a plan on the pool: dst[do + …] = src[so + …] for every index of its loops.
// dst and src must not overlap.
func copyAll[T any](p *pool.Pool, pl *plan, dst []T, do int, src []T, so int) {
	rows, cols := pl.rows.n, pl.inner.n
	if pl.count*rows*cols <= 2*grain {
		copyPart(pl, dst, do, src, so, 0, pl.count, pl.rows, pl.inner)
		return
	}
	// A piece is a run of outer iterations, or some rows of one, or some columns of one row.
	colsPer := min(cols, grain)
	rowsPer := min(rows, max(1, grain/colsPer))
	if pl.transposed { // whole blocks
		colsPer = min(cols, 512)
		rowsPer = min(rows, max(block, grain/colsPer/block*block))
	}
	colParts, rowParts := ceilDiv(cols, colsPer), ceilDiv(rows, rowsPer)
	outerPer := 1
	if colParts*rowParts == 1 {
		outerPer = max(1, grain/(rows*cols))
	}
	p.Run(ceilDiv(pl.count, outerPer)*rowParts*colParts, func(i int) {
		col := i % colParts * colsPer
		row := i / colParts % rowParts * rowsPer
		from := i / (colParts * rowParts) * outerPer
		r, c := pl.rows, pl.inner
		r.n, c.n = min(rowsPer, rows-row), min(colsPer, cols-col)
		copyPart(pl, dst, do+row*r.d+col*c.d, src, so+row*r.s+col*c.s, from, min(from+outerPer, pl.count), r, c)
	})
}

// copySeq executes a plan on the calling goroutine.
func copySeq[T any](pl *plan, dst []T, do int, src []T, so int) {
	copyPart(pl, dst, do, src, so, 0, pl.count, pl.rows, pl.inner)
}

// copyPart executes outer iterations [from, to) of a plan with its two inner loops replaced.
func copyPart[T any](pl *plan, dst []T, do int, src []T, so, from, to int, rows, inner loop) {
	if from >= to {
		return
	}
	var store [8]int
	c := pl.seek(store[:], from)
	for ; from < to; from++ {
		switch d, s := do+c.d, so+c.s; {
		case pl.transposed:
			copyTransposed(dst, d, src, s, rows, inner)
		case inner.d == 1 && inner.s == 1:
			copyRows(dst, d, src, s, rows, inner.n)
		case inner.d == 1 && inner.s == 0:
			fillRows(dst, d, src, s, rows, inner.n)
		default:
			copyStrided(dst, d, src, s, rows, inner)
		}
		pl.next(&c)
	}
}

// copyRows copies rows that are contiguous on both sides.
func copyRows[T any](dst []T, d int, src []T, s int, rows loop, n int) {
	for range rows.n {
		to, from := dst[d:d+n], src[s:s+n]
		if n < 8 { // shorter than what a call to memmove costs
			for k := range to {
				to[k] = from[k]
			}
		} else {
			copy(to, from)
		}
		d += rows.d
		s += rows.s
	}
}

// fillRows writes one source element along each row.
func fillRows[T any](dst []T, d int, src []T, s int, rows loop, n int) {
	for range rows.n {
		Fill(dst[d:d+n], src[s])
		d += rows.d
		s += rows.s
	}
}

// copyStrided copies rows whose elements are apart on either side; steps may be negative.
func copyStrided[T any](dst []T, d int, src []T, s int, rows, inner loop) {
	for range rows.n {
		to, from := d, s
		for range inner.n {
			dst[to] = src[from]
			to += inner.d
			from += inner.s
		}
		d += rows.d
		s += rows.s
	}
}

// block is the side of the square that copyTransposed moves at a time: one cache line of 4-byte elements.
const block = 16

// copyTransposed moves a matrix that is row-major on one side and column-major on the other, in blocks, so that
// every cache line that it touches is used whole.
func copyTransposed[T any](dst []T, d int, src []T, s int, rows, inner loop) {
	if to, ok := any(dst).([]float32); ok && rows.d > 0 && inner.s > 0 {
		kernels.Transpose(to[d:], rows.d, any(src).([]float32)[s:], inner.s, inner.n, rows.n)
		return
	}
	for r := 0; r < rows.n; r += block {
		rn := min(block, rows.n-r)
		for c := 0; c < inner.n; c += block {
			cn := min(block, inner.n-c)
			for i := r; i < r+rn; i++ {
				at := d + i*rows.d + c
				from := s + i + c*inner.s
				to := dst[at : at+cn]
				for k := range to {
					to[k] = src[from]
					from += inner.s
				}
			}
		}
	}
}

// Fill sets every element of dst to value.
func Fill[T any](dst []T, value T) {
	for i := range dst {
		dst[i] = value
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
