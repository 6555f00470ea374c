package main

import (
	"fmt"

	"github.com/amgen/amgen/backends/simd/internal/asmgen/layout"
)

func init() {
	families["gemm"] = func(f *file) {
		for _, columns := range []int{16, 12, 8, 4, 3, 2, 1} {
			for rows := 1; rows <= gemmRows; rows++ {
				gemmKernel(f, rows, columns)
			}
		}
		for i, rows := range []int{8, 4, 3} {
			for row := 1; row <= rows; row++ {
				dotKernel(f, row, i+1)
			}
		}
	}
}

// gemmRows is the height of the largest tile. Its 6 × 16 sums take 24 of the 32 registers: a step needs four more for a
// row of B, and one for an element of A.
const gemmRows = 6

// General registers of the kernels.
const (
	tileReg, aReg, bReg, segReg, leftReg, kReg, akReg, bkReg = "R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7"
	firstRowReg                                              = 8 // R8 and the four after it: where rows 1 to 5 are
	lastReg, cReg, cRowReg, tempReg, otherReg                = "R13", "R14", "R15", "R16", "R17"
)

// gemmKernel emits the kernel of so many rows, and of so many columns or, from four on, of up to three fewer.
//
// A row takes a register for each four columns. The last register's columns end where the tile does: they overlap those
// of the register before where the columns are no multiple of four. What is computed twice has the same bits twice. So
// nothing outside of the tile is read or written.
func gemmKernel(f *file, rows, columns int) {
	name := fmt.Sprintf("gemm%dx%dNEON", rows, columns)
	g := f.function(name, fmt.Sprintf("is gemmGeneric(t, %d, %d), t pointing at a Tile.", rows, columns),
		parameter{name: "t", kind: "*uintptr"})
	g.line("MOVD %s, %s", g.argument("t", ""), tileReg)
	acc := make([][]vector, rows)
	for i := range acc {
		for range (columns + 3) / 4 {
			v := g.pin()
			g.zero(v)
			acc[i] = append(acc[i], v)
		}
	}
	row := gemmRow{g, columns}
	row.locateLast()
	g.gemmSums(acc, row)
	g.gemmStore(acc, row)
	g.line("RET")
}

// gemmSums emits the loops over segments and k.
func (g *function) gemmSums(acc [][]vector, row gemmRow) {
	g.fields(map[string]int{segReg: layout.TileSegs, leftReg: layout.TileNSegs, akReg: layout.TileAK,
		bkReg: layout.TileBK})
	for i := 1; i < len(acc); i++ {
		if i == 1 {
			g.line("MOVD %d(%s), R%d", layout.TileARow, tileReg, firstRowReg)
			continue
		}
		g.line("ADD R%d, R%d, R%d", firstRowReg, firstRowReg+i-2, firstRowReg+i-1)
	}
	g.segments(func() {
		g.label("step")
		b := row.load(bReg)
		a := make([]vector, len(acc))
		load := func(i int) {
			if i >= len(a) {
				return
			}
			at := "(" + aReg + ")"
			if i > 0 {
				at += fmt.Sprintf("(R%d)", firstRowReg+i-1)
			}
			a[i] = g.fresh()
			g.load4(a[i], at)
		}
		load(0)
		load(1)
		for i := range acc {
			load(i + 2)
			for j, v := range b {
				g.fmlaFirst(acc[i][j], v, a[i])
			}
		}
		g.line("ADD %s, %s, %s", akReg, aReg, aReg)
		g.line("ADD %s, %s, %s", bkReg, bReg, bReg)
		g.line("SUBS $1, %s, %s", kReg, kReg)
		g.branch("BNE step")
	})
}

// segments emits a loop over the segments, which begins with A, B and the steps in their registers.
func (g *function) segments(body func()) {
	g.label("segment")
	g.branch("CBZ %s, sums", leftReg)
	g.line("LDP (%s), (%s, %s)", segReg, tempReg, otherReg)
	g.fields(map[string]int{aReg: layout.TileA, bReg: layout.TileB, kReg: layout.TileK})
	g.line("ADD %s, %s, %s", tempReg, aReg, aReg)
	g.line("ADD %s, %s, %s", otherReg, bReg, bReg)
	body()
	g.line("ADD $16, %s, %s", segReg, segReg)
	g.line("SUB $1, %s, %s", leftReg, leftReg)
	g.branch("B segment")
	g.label("sums")
}

// fields loads fields of the tile, in the order of their places.
func (g *function) fields(of map[string]int) {
	for at := 0; at <= layout.TileNextStep; at += 8 {
		for reg, field := range of {
			if field == at {
				g.line("MOVD %d(%s), %s", field, tileReg, reg)
			}
		}
	}
}

// gemmStore emits what becomes of the sums: they replace C's tile or are added to it. All of C is read before anything
// is written, since a row's registers may overlap.
func (g *function) gemmStore(acc [][]vector, row gemmRow) {
	g.fields(map[string]int{cReg: layout.TileC, cRowReg: layout.TileCRow, tempReg: layout.TileAdd})
	g.branch("CBZ %s, store", tempReg)
	g.line("MOVD %s, %s", cReg, aReg)
	for i := range acc {
		for j, v := range row.load(aReg) {
			g.fadd(acc[i][j], v, acc[i][j])
		}
		g.line("ADD %s, %s, %s", cRowReg, aReg, aReg)
	}
	g.label("store")
	for i := range acc {
		row.store(acc[i], cReg)
		g.line("ADD %s, %s, %s", cRowReg, cReg, cReg)
	}
}

// gemmRow reads and writes the columns of a row.
type gemmRow struct {
	*function
	columns int
}

// locateLast computes where a row's last register begins: four columns before the end, which the highest bit of the
// tile's mask tells.
func (r gemmRow) locateLast() {
	if r.columns <= 4 {
		return
	}
	r.line("MOVD %d(%s), %s", layout.TileMask, tileReg, tempReg)
	r.line("CLZ %s, %s", tempReg, tempReg)
	r.line("MOVD $60, %s", lastReg)
	r.line("SUB %s, %s, %s", tempReg, lastReg, lastReg)
	r.line("LSL $2, %s, %s", lastReg, lastReg)
}

// isLast reports whether register j of a row is the last one of several.
func (r gemmRow) isLast(j int) bool { return j > 0 && 4*j+4 == r.columns }

func (r gemmRow) load(base string) (all []vector) {
	if r.columns < 4 {
		v := r.fresh()
		if r.columns == 1 {
			r.load4(v, "("+base+")")
		} else {
			r.load8(v, "("+base+")")
		}
		if r.columns == 3 {
			r.line("ADD $8, %s, %s", base, otherReg)
			r.loadLane(v, 2, otherReg)
		}
		return []vector{v}
	}
	for j := range r.columns / 4 {
		v := r.fresh()
		if r.isLast(j) {
			r.load16At(v, base, lastReg)
		} else {
			r.load16(v, fmt.Sprintf("%d(%s)", 16*j, base))
		}
		all = append(all, v)
	}
	return all
}

func (r gemmRow) store(v []vector, base string) {
	switch {
	case r.columns >= 4:
		for j := range v {
			if r.isLast(j) {
				r.store16At(v[j], base, lastReg)
			} else {
				r.store16(v[j], fmt.Sprintf("%d(%s)", 16*j, base))
			}
		}
	case r.columns == 1:
		r.store4(v[0], "("+base+")")
	default:
		r.store8(v[0], "("+base+")")
		if r.columns == 3 {
			r.line("ADD $8, %s, %s", base, otherReg)
			r.storeLane(v[0], 2, otherReg)
		}
	}
}
