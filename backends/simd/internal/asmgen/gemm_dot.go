package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"

	"github.com/amgen/amgen/backends/simd/internal/asmgen/layout"
)

// dotKernel emits the kernel of so many rows of A and columns of B whose elements are contiguous along k: each
// element of C has its own vector of partial sums, added up at the end.
func dotKernel(isa gemmISA, rows, cols int) {
	name := fmt.Sprintf("dot%dx%d%s", rows, cols, isa.name())
	TEXT(name, NOSPLIT, "func(t *uintptr)")
	Pragma("noescape")
	Doc(name + fmt.Sprintf(" is dotGeneric(t, %d, %d), t pointing at a Tile.", rows, cols))
	t := Load(Param("t"), GP64())
	acc := make([][]VecVirtual, rows)
	for i := range acc {
		for range cols {
			v := isa.vec()
			isa.zero(v)
			acc[i] = append(acc[i], v)
		}
	}
	dotSums(isa, t, acc)
	dotStore(t, acc)
	VZEROUPPER()
	RET()
}

// dotSums emits the loops over segments, whole vectors, and the rest of a segment.
func dotSums(isa gemmISA, t Register, acc [][]VecVirtual) {
	field := func(offset int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: offset}, r)
		return r
	}
	seg, left, bk := field(layout.TileSegs), field(layout.TileNSegs), field(layout.TileBK)
	addr := newRowAddresses(field(layout.TileARow), len(acc))
	a, b, k := GP64(), GP64(), GP64()
	rest := field(layout.TileK)
	ANDQ(Imm(uint64(isa.lanes()-1)), rest)
	isa.maskFirst(rest)

	Label("segment")
	TESTQ(left, left)
	JZ(LabelRef("sums"))
	MOVQ(Mem{Base: t, Disp: layout.TileA}, a)
	ADDQ(Mem{Base: seg}, a)
	MOVQ(Mem{Base: t, Disp: layout.TileB}, b)
	ADDQ(Mem{Base: seg, Disp: 8}, b)
	MOVQ(Mem{Base: t, Disp: layout.TileK}, k)
	addr.start(a)
	SUBQ(Imm(uint64(isa.lanes())), k)
	JL(LabelRef("rest"))

	Label("step")
	dotStep(isa, addr, b, bk, acc, false)
	ADDQ(Imm(uint64(4*isa.lanes())), a)
	ADDQ(Imm(uint64(4*isa.lanes())), b)
	SUBQ(Imm(uint64(isa.lanes())), k)
	JGE(LabelRef("step"))

	Label("rest")
	TESTQ(rest, rest)
	JZ(LabelRef("next"))
	dotStep(isa, addr, b, bk, acc, true)

	Label("next")
	ADDQ(Imm(16), seg)
	DECQ(left)
	JMP(LabelRef("segment"))
}

// dotStep multiplies one vector of every row by one of every column.
func dotStep(isa gemmISA, addr *rowAddresses, b, bk Register, acc [][]VecVirtual, masked bool) {
	cols := []Mem{{Base: b}, {Base: b, Index: bk, Scale: 1}, {Base: b, Index: bk, Scale: 2}}
	var bv []VecVirtual
	for j := range acc[0] {
		v := isa.vec()
		isa.load(cols[j], v, masked)
		bv = append(bv, v)
	}
	for i := range acc {
		av := isa.vec()
		isa.load(addr.row(i), av, masked)
		for j := range bv {
			VFMADD231PS(bv[j], av, acc[i][j])
		}
	}
}

// dotStore adds up each vector and replaces the element of C, or adds to it.
func dotStore(t Register, acc [][]VecVirtual) {
	Label("sums")
	c, row, col := GP64(), GP64(), GP64()
	MOVQ(Mem{Base: t, Disp: layout.TileC}, c)
	MOVQ(Mem{Base: t, Disp: layout.TileCRow}, row)
	MOVQ(Mem{Base: t, Disp: layout.TileCCol}, col)
	cols := []Mem{{Base: c}, {Base: c, Index: col, Scale: 1}, {Base: c, Index: col, Scale: 2}}
	for i := range acc {
		for _, v := range acc[i] {
			half := YMM()
			if v.Size() == 64 {
				VEXTRACTF64X4(Imm(1), v, half)
				VADDPS(half, v.AsY(), v.AsY())
			}
			VEXTRACTF128(Imm(1), v.AsY(), half.AsX())
			VADDPS(half.AsX(), v.AsX(), v.AsX())
			VHADDPS(v.AsX(), v.AsX(), v.AsX())
			VHADDPS(v.AsX(), v.AsX(), v.AsX())
		}
	}
	CMPQ(Mem{Base: t, Disp: layout.TileAdd}, Imm(0))
	JEQ(LabelRef("store"))
	p := GP64()
	MOVQ(c, p)
	for i := range acc {
		for j, v := range acc[i] {
			m := cols[j]
			m.Base = p
			VADDSS(m, v.AsX(), v.AsX())
		}
		ADDQ(row, p)
	}
	Label("store")
	for i := range acc {
		for j, v := range acc[i] {
			VMOVSS(v.AsX(), cols[j])
		}
		ADDQ(row, c)
	}
}
