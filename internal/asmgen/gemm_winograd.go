package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// winogradKernels emits the transforms around the 16 products of F(2×2, 3×3), for whole vectors of channels.
func winogradKernels(isa gemmISA) {
	winogradInput(isa, "Add", func(b Mem, a VecVirtual) { VADDPS(b, a, a) })
	winogradInput(isa, "Sub", func(b Mem, a VecVirtual) { VSUBPS(b, a, a) })
	winogradOutput(isa)
}

// winogradInput emits the kernel that adds or subtracts two input rows, and transforms the sums across four columns.
func winogradInput(isa gemmISA, name string, combine func(b Mem, a VecVirtual)) {
	TEXT("winogradInput"+name+isa.name(), NOSPLIT, "func(dst *float32, step int, a, b *float32, tiles, channels int)")
	Pragma("noescape")
	Doc("winogradInput" + name + isa.name() + " is winogradInputGeneric for a whole number of vectors of channels; step is in bytes.")
	dst, step := Load(Param("dst"), GP64()), Load(Param("step"), GP64())
	a, b := Load(Param("a"), GP64()), Load(Param("b"), GP64())
	tiles, channels := Load(Param("tiles"), GP64()), Load(Param("channels"), GP64())
	step3, col := GP64(), GP64()
	LEAQ(Mem{Base: step, Index: step, Scale: 2}, step3)
	MOVQ(channels, col)
	SHLQ(Imm(2), col)
	col3, left := GP64(), GP64()
	LEAQ(Mem{Base: col, Index: col, Scale: 2}, col3)

	Label("tile")
	MOVQ(channels, left)
	Label("vector")
	var d []VecVirtual
	for j := range 4 {
		v := isa.vec()
		isa.load(multiple(a, col, col3, j), v, false)
		combine(multiple(b, col, col3, j), v)
		d = append(d, v)
	}
	out := isa.vec()
	for j, f := range []func(){
		func() { VSUBPS(d[2], d[0], out) },
		func() { VADDPS(d[2], d[1], out) },
		func() { VSUBPS(d[1], d[2], out) },
		func() { VSUBPS(d[3], d[1], out) },
	} {
		f()
		isa.store(out, multiple(dst, step, step3, j), false)
	}
	for _, p := range []Register{a, b, dst} {
		ADDQ(Imm(uint64(4*isa.lanes())), p)
	}
	SUBQ(Imm(uint64(isa.lanes())), left)
	JNZ(LabelRef("vector"))
	ADDQ(col, a) // tiles are two columns apart
	ADDQ(col, b)
	DECQ(tiles)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// winogradOutput emits the kernel that makes 2×2 outputs of 16 products.
func winogradOutput(isa gemmISA) {
	TEXT("winogradOutput"+isa.name(), NOSPLIT, "func(top, bottom, src *float32, step, tiles, features int)")
	Pragma("noescape")
	Doc("winogradOutput" + isa.name() + " is winogradOutputGeneric for a whole number of vectors of features; step is in bytes.")
	top, bottom := Load(Param("top"), GP64()), Load(Param("bottom"), GP64())
	src, step := Load(Param("src"), GP64()), Load(Param("step"), GP64())
	tiles, features := Load(Param("tiles"), GP64()), Load(Param("features"), GP64())
	rows := []Register{src, GP64(), GP64(), GP64()}
	step3, col, left := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: step, Index: step, Scale: 2}, step3)
	for i := 1; i < 4; i++ {
		LEAQ(Mem{Base: rows[i-1], Index: step, Scale: 4}, rows[i])
	}
	MOVQ(features, col)
	SHLQ(Imm(2), col)

	Label("tile")
	MOVQ(features, left)
	Label("vector")
	var y [2][]VecVirtual
	for i := range rows {
		m1, m2 := isa.vec(), isa.vec()
		isa.load(multiple(rows[i], step, step3, 1), m1, false)
		isa.load(multiple(rows[i], step, step3, 2), m2, false)
		y0, y1 := isa.vec(), isa.vec()
		VADDPS(m2, m1, y0)
		VADDPS(multiple(rows[i], step, step3, 0), y0, y0)
		VSUBPS(m2, m1, y1)
		VSUBPS(multiple(rows[i], step, step3, 3), y1, y1)
		y[0], y[1] = append(y[0], y0), append(y[1], y1)
	}
	for j, v := range y {
		out := isa.vec()
		VADDPS(v[2], v[1], out)
		VADDPS(v[0], out, out)
		isa.store(out, column(top, col, j), false)
		VSUBPS(v[2], v[1], out)
		VSUBPS(v[3], out, out)
		isa.store(out, column(bottom, col, j), false)
	}
	for _, p := range append(rows, top, bottom) {
		ADDQ(Imm(uint64(4*isa.lanes())), p)
	}
	SUBQ(Imm(uint64(isa.lanes())), left)
	JNZ(LabelRef("vector"))
	ADDQ(col, top)
	ADDQ(col, bottom)
	DECQ(tiles)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// multiple is 0 to 3 times a step after p.
func multiple(p, step, step3 Register, times int) Mem {
	switch times {
	case 0:
		return Mem{Base: p}
	case 3:
		return Mem{Base: p, Index: step3, Scale: 1}
	default:
		return Mem{Base: p, Index: step, Scale: uint8(times)}
	}
}

// column is the first or the second column from p on.
func column(p, col Register, j int) Mem {
	if j == 0 {
		return Mem{Base: p}
	}
	return Mem{Base: p, Index: col, Scale: 1}
}
