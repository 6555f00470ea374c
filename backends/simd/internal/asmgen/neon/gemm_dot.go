package main

import (
	"fmt"

	"github.com/amgen/amgen/backends/simd/internal/asmgen/layout"
)

// dotKernel emits the kernel of so many rows of A and columns of B whose elements are contiguous along k: each
// element of C has eight partial sums, in two registers, added up at the end. AVX2's kernels sum in the same order.
func dotKernel(f *file, rows, columns int) {
	name := fmt.Sprintf("dot%dx%dNEON", rows, columns)
	g := f.function(name, fmt.Sprintf("is dotGeneric(t, %d, %d), t pointing at a Tile.", rows, columns),
		parameter{name: "t", kind: "*uintptr"})
	g.line("MOVD %s, %s", g.argument("t", ""), tileReg)
	d := &dot{function: g, low: make([][]vector, rows), high: make([][]vector, rows)}
	for i := range rows {
		for range columns {
			d.low[i], d.high[i] = append(d.low[i], g.pin()), append(d.high[i], g.pin())
			g.zero(d.low[i][len(d.low[i])-1])
			g.zero(d.high[i][len(d.high[i])-1])
		}
	}
	for i := range rows {
		d.a = append(d.a, fmt.Sprintf("R%d", firstRowReg+i))
	}
	d.b = []string{bReg, "R19", "R20"}[:columns]
	d.sums()
	d.store()
	g.line("RET")
}

// dot is a kernel in the making: its sums of lanes 0 to 3 and of lanes 4 to 7, and the registers of its pointers.
type dot struct {
	*function
	low, high [][]vector
	a, b      []string
}

// sums emits the loops over segments, over eight steps at a time, and the rest of a segment.
func (d *dot) sums() {
	d.fields(map[string]int{segReg: layout.TileSegs, leftReg: layout.TileNSegs, akReg: layout.TileARow,
		bkReg: layout.TileBK})
	d.segments(func() {
		d.pointers(aReg, d.a, akReg)
		d.pointers(bReg, d.b, bkReg)
		d.line("SUBS $8, %s, %s", kReg, kReg)
		d.branch("BLT rest")
		d.label("step")
		d.whole()
		d.line("SUBS $8, %s, %s", kReg, kReg)
		d.branch("BGE step")
		d.label("rest")
		d.rest()
		d.label("next")
	})
}

// pointers points at rows or columns that are a stride apart.
func (d *dot) pointers(first string, to []string, stride string) {
	if to[0] != first {
		d.line("MOVD %s, %s", first, to[0])
	}
	for i := 1; i < len(to); i++ {
		d.line("ADD %s, %s, %s", stride, to[i-1], to[i])
	}
}

// whole emits eight steps.
func (d *dot) whole() {
	load := func(p string) (low, high vector) {
		low, high = d.fresh(), d.fresh()
		d.loadPair(low, high, p)
		return low, high
	}
	var bLow, bHigh []vector
	for _, p := range d.b {
		low, high := load(p)
		bLow, bHigh = append(bLow, low), append(bHigh, high)
	}
	for i, p := range d.a {
		low, high := load(p)
		for j := range d.b {
			d.fmla(d.low[i][j], low, bLow[j])
			d.fmla(d.high[i][j], high, bHigh[j])
		}
	}
}

// rest emits the last steps of a segment, fewer than eight: four for the first lanes, then up to three for those that
// follow. Lanes without a step multiply zeros.
func (d *dot) rest() {
	d.branch("TBZ $2, %s, few", kReg) // eights have been taken away, so its three lowest bits are those of k
	d.multiply(d.low, func(p string) vector {
		v := d.fresh()
		d.load16(v, "("+p+")")
		d.line("ADD $16, %s, %s", p, p)
		return v
	})
	d.label("few")
	for _, lanes := range [][][]vector{d.high, d.low} {
		other := d.newLabel("few")
		if &lanes[0] == &d.high[0] {
			d.branch("TBZ $2, %s, %s", kReg, other)
		}
		d.threeAtMost(lanes)
		d.label(other)
	}
}

// threeAtMost emits one, two or three steps, or none, and then the next segment.
func (d *dot) threeAtMost(lanes [][]vector) {
	odd, two := d.newLabel("odd"), d.newLabel("two")
	d.branch("TBZ $1, %s, %s", kReg, odd)
	d.branch("TBZ $0, %s, %s", kReg, two)
	d.multiply(lanes, func(p string) vector {
		v := d.fresh()
		d.load8(v, "("+p+")")
		d.line("ADD $8, %s, %s", p, otherReg)
		d.loadLane(v, 2, otherReg)
		return v
	})
	d.branch("B next")
	d.label(two)
	d.multiply(lanes, func(p string) vector {
		v := d.fresh()
		d.load8(v, "("+p+")")
		return v
	})
	d.branch("B next")
	d.label(odd)
	d.branch("TBZ $0, %s, next", kReg)
	d.multiply(lanes, func(p string) vector {
		v := d.fresh()
		d.load4(v, "("+p+")")
		return v
	})
	d.branch("B next")
}

// multiply adds the products of what is loaded of every row and column.
func (d *dot) multiply(sums [][]vector, load func(p string) vector) {
	var b []vector
	for _, p := range d.b {
		b = append(b, load(p))
	}
	for i, p := range d.a {
		a := load(p)
		for j := range b {
			d.fmla(sums[i][j], a, b[j])
		}
	}
}

// store adds up the lanes of each element of C, and replaces it or adds to it.
func (d *dot) store() {
	for i := range d.low {
		for j, v := range d.low[i] {
			d.fadd(v, v, d.high[i][j])
			d.faddPairs(v, v, v)
			d.faddPairs(v, v, v)
		}
	}
	d.fields(map[string]int{cReg: layout.TileC, cRowReg: layout.TileCRow, bkReg: layout.TileCCol,
		tempReg: layout.TileAdd})
	each := func(do func(v vector, p string)) {
		d.line("MOVD %s, %s", cReg, aReg)
		for i := range d.low {
			d.line("MOVD %s, %s", aReg, bReg)
			for j, v := range d.low[i] {
				do(v, "("+bReg+")")
				if j < len(d.low[i])-1 {
					d.line("ADD %s, %s, %s", bkReg, bReg, bReg)
				}
			}
			d.line("ADD %s, %s, %s", cRowReg, aReg, aReg)
		}
	}
	d.branch("CBZ %s, store", tempReg)
	each(func(v vector, p string) {
		c := d.fresh()
		d.load4(c, p)
		d.fadd(v, c, v)
	})
	d.label("store")
	each(func(v vector, p string) { d.store4(v, p) })
}
