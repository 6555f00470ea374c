package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() {
	families["vecmove"] = func() {
		transpose()
		transposeBlock()
	}
}

// transpose emits the kernel that transposes a strip of 8 rows, 8 columns a turn, in three rounds of shuffles:
// pairs of rows are interleaved, then pairs of pairs, then the halves of the registers are put together.
func transpose() {
	TEXT("transpose8AVX2", NOSPLIT, "func(dst *float32, dstStride int, src *float32, srcStride, cols int)")
	Doc("transpose8AVX2 sets dst[c*dstStride+r] = src[r*srcStride+c] for r < 8 and c < cols, a multiple of 8.")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	dstStride := Load(Param("dstStride"), GP64())
	src := Load(Param("src"), GP64())
	srcStride := Load(Param("srcStride"), GP64())
	cols := Load(Param("cols"), GP64())
	SHLQ(U8(2), dstStride)
	SHLQ(U8(2), srcStride)
	src3, dst3 := GP64(), GP64()
	LEAQ(Mem{Base: srcStride, Index: srcStride, Scale: 2}, src3)
	LEAQ(Mem{Base: dstStride, Index: dstStride, Scale: 2}, dst3)

	Label("loop")
	rows := make([]Register, 8)
	low, high := src, GP64()
	LEAQ(Mem{Base: src, Index: srcStride, Scale: 4}, high)
	for r := range rows {
		y := YMM()
		VMOVUPS(strided(low, high, srcStride, src3, r), y)
		rows[r] = y
	}
	columns := transpose8x8(rows)
	end := GP64()
	LEAQ(Mem{Base: dst, Index: dstStride, Scale: 4}, end)
	for c, y := range columns {
		VMOVUPS(y, strided(dst, end, dstStride, dst3, c))
	}
	ADDQ(U8(32), src)
	LEAQ(Mem{Base: dst, Index: dstStride, Scale: 8}, dst)
	SUBQ(U8(8), cols)
	JG(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// strided is the memory at base + r*stride, given base + 4*stride and 3*stride in registers.
func strided(base, base4, stride, stride3 Register, r int) Mem {
	if r >= 4 {
		base, r = base4, r-4
	}
	switch r {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: stride3, Scale: 1}
	default:
		return Mem{Base: base, Index: stride, Scale: uint8(r)}
	}
}

// transpose8x8 returns the columns of eight rows.
func transpose8x8(rows []Register) []Register {
	out := func(emit func(r Register)) Register {
		r := YMM()
		emit(r)
		return r
	}
	var pairs, quads [8]Register // pairs[2k], pairs[2k+1] come from rows 2k, 2k+1; quads[4k…4k+3] from rows 4k…4k+3
	for k := 0; k < 8; k += 2 {
		pairs[k] = out(func(r Register) { VUNPCKLPS(rows[k+1], rows[k], r) })
		pairs[k+1] = out(func(r Register) { VUNPCKHPS(rows[k+1], rows[k], r) })
	}
	for k := 0; k < 8; k += 4 {
		for c := range 2 {
			quads[k+2*c] = out(func(r Register) { VUNPCKLPD(pairs[k+2+c], pairs[k+c], r) })
			quads[k+2*c+1] = out(func(r Register) { VUNPCKHPD(pairs[k+2+c], pairs[k+c], r) })
		}
	}
	columns := make([]Register, 8)
	for c := range 4 {
		columns[c] = out(func(r Register) { VPERM2F128(U8(0x20), quads[4+c], quads[c], r) })
		columns[4+c] = out(func(r Register) { VPERM2F128(U8(0x31), quads[4+c], quads[c], r) })
	}
	return columns
}

// transposeBlock emits the kernel that transposes a square of 16×16, whole cache lines on both sides, in four rounds
// of shuffles: pairs of rows, pairs of pairs, and twice the quarters of the registers.
func transposeBlock() {
	TEXT("transpose16AVX512", NOSPLIT, "func(dst *float32, dstStride int, src *float32, srcStride int)")
	Doc("transpose16AVX512 sets dst[c*dstStride+r] = src[r*srcStride+c] for r < 16 and c < 16.")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	dstStride := Load(Param("dstStride"), GP64())
	src := Load(Param("src"), GP64())
	srcStride := Load(Param("srcStride"), GP64())
	SHLQ(U8(2), dstStride)
	SHLQ(U8(2), srcStride)
	rows := make([]Register, 16)
	for r := range rows {
		rows[r] = avx512.load(Mem{Base: src})
		ADDQ(srcStride, src)
	}
	for _, column := range transpose16x16(rows) {
		VMOVUPS(column, Mem{Base: dst})
		ADDQ(dstStride, dst)
	}
	VZEROUPPER()
	RET()
}

// transpose16x16 returns the columns of sixteen rows.
func transpose16x16(rows []Register) []Register {
	op := func(emit func(...Op), args ...Op) Register {
		r := ZMM()
		emit(append(args, r)...)
		return r
	}
	quarters := func(a, b Register, which int) Register { return op(VSHUFF32X4, U8(which), b, a) }
	const even, odd = 0x88, 0xdd // quarters 0 and 2, or 1 and 3, of both

	var pairs, quads [16]Register // quarter q of quads[4g+c] holds column 4q+c of rows 4g…4g+3
	for k := 0; k < 16; k += 2 {
		pairs[k] = op(VUNPCKLPS, rows[k+1], rows[k])
		pairs[k+1] = op(VUNPCKHPS, rows[k+1], rows[k])
	}
	for k := 0; k < 16; k += 4 {
		for c := range 2 {
			quads[k+2*c] = op(VUNPCKLPD, pairs[k+2+c], pairs[k+c])
			quads[k+2*c+1] = op(VUNPCKHPD, pairs[k+2+c], pairs[k+c])
		}
	}
	columns := make([]Register, 16)
	for c := range 4 {
		for i, which := range []int{even, odd} {
			top := quarters(quads[c], quads[4+c], which)
			bottom := quarters(quads[8+c], quads[12+c], which)
			columns[4*i+c] = quarters(top, bottom, even)
			columns[4*i+c+8] = quarters(top, bottom, odd)
		}
	}
	return columns
}
