package main

import (
	"math"

	"github.com/amgen/amgen/backends/simd/internal/formulas"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["winograd"] = emitWinograd }

// emitWinograd emits the transforms of F(4×4, 3×3), for whole vectors of channels.
func emitWinograd() {
	constants := winogradConstants()
	for _, isa := range []gemmISA{isa512{}, &isa256{}} {
		for _, t := range formulas.WinogradTransforms[VecVirtual]() {
			emitTransform(&t, isa, constants)
		}
	}
}

// emitTransform emits the kernel. It goes through the tile once by rows and once by columns, with the results of the
// first pass in temporary memory: planes are read and written by rows, images by columns.
func emitTransform(t *formulas.WinogradTransform[VecVirtual], isa gemmISA, constants map[string]Mem) {
	TEXT("winograd"+t.Name+isa.name(), NOSPLIT,
		"func(image *float32, row, col, next int, planes *float32, step, tiles, channels int, tmp *float32)")
	Pragma("noescape")
	Doc("winograd" + t.Name + isa.name() + " is winogradGeneric of this transform for a whole number of vectors of " +
		"channels. " +
		"Steps are in bytes; next is from the last channel of a tile to the first of the next.")
	w := &winogradVectors{isa: isa, constants: map[string]VecVirtual{}}
	for _, name := range t.Uses {
		v := isa.vec()
		VBROADCASTSS(constants[name], v)
		w.constants[name] = v
	}
	image, planes := Load(Param("image"), GP64()), Load(Param("planes"), GP64())
	rows, steps := newSixSteps(Load(Param("row"), GP64())), newSixSteps(Load(Param("step"), GP64()))
	col, tmp := Load(Param("col"), GP64()), Load(Param("tmp"), GP64())
	left, at := GP64(), GP64()
	vector := 4 * isa.lanes()
	first, second := t.From, t.To // rows or columns in the first pass and in the second
	temporary := func(i, j int) Mem { return Mem{Base: tmp, Disp: vector * (6*i + j)} }

	Label("tile")
	Load(Param("channels"), left)
	Label("vector")
	imagePass := func(n int, in, out func(line, i int) Mem) {
		MOVQ(image, at)
		for x := range n {
			w.transform(t, func(y int) Mem { return in(x, y) }, func(y int) Mem { return out(x, y) })
			if x < n-1 {
				ADDQ(col, at)
			}
		}
	}
	planesPass := func(n int, in, out func(line, i int) Mem) {
		MOVQ(planes, at)
		for i := range n {
			w.transform(t, func(j int) Mem { return in(i, j) }, func(j int) Mem { return out(i, j) })
			if i < n-1 {
				LEAQ(Mem{Base: at, Index: steps.three, Scale: 2}, at)
			}
		}
	}
	inImage := func(_, y int) Mem { return rows.after(at, y) }
	inPlanes := func(_, j int) Mem { return steps.after(at, j) }
	across := func(line, i int) Mem { return temporary(line, i) }
	down := func(line, i int) Mem { return temporary(i, line) }
	if t.ToPlanes {
		imagePass(first, inImage, down)
		planesPass(second, across, inPlanes)
	} else {
		planesPass(first, inPlanes, across)
		imagePass(second, down, inImage)
	}
	ADDQ(Imm(uint64(vector)), image)
	ADDQ(Imm(uint64(vector)), planes)
	SUBQ(Imm(uint64(isa.lanes())), left)
	JNZ(LabelRef("vector"))
	next := GP64()
	Load(Param("next"), next)
	ADDQ(next, image)
	tiles, _ := Param("tiles").Resolve()
	DECQ(tiles.Addr)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// sixSteps reaches up to six places a step apart.
type sixSteps struct{ one, three, five Register }

func newSixSteps(one Register) sixSteps {
	s := sixSteps{one, GP64(), GP64()}
	LEAQ(Mem{Base: one, Index: one, Scale: 2}, s.three)
	LEAQ(Mem{Base: one, Index: one, Scale: 4}, s.five)
	return s
}

func (s sixSteps) after(p Register, times int) Mem {
	switch times {
	case 0:
		return Mem{Base: p}
	case 3:
		return Mem{Base: p, Index: s.three, Scale: 1}
	case 5:
		return Mem{Base: p, Index: s.five, Scale: 1}
	default:
		return Mem{Base: p, Index: s.one, Scale: uint8(times)}
	}
}

// winogradVectors computes with vectors.
type winogradVectors struct {
	isa       gemmISA
	constants map[string]VecVirtual
}

// transform loads, transforms and stores one line of a tile.
func (w *winogradVectors) transform(t *formulas.WinogradTransform[VecVirtual], from, to func(i int) Mem) {
	var in []VecVirtual
	for i := range t.From {
		v := w.isa.vec()
		w.isa.load(from(i), v, false)
		in = append(in, v)
	}
	t.Apply(w, in, func(i int, v VecVirtual) { w.isa.store(v, to(i), false) })
}

// Copied is a register of its own with what v holds.
func (w *winogradVectors) Copied(v VecVirtual) VecVirtual {
	c := w.isa.vec()
	VMOVAPS(v, c)
	return c
}

// Times is v·c.
func (w *winogradVectors) Times(v VecVirtual, c string) VecVirtual {
	p := w.isa.vec()
	VMULPS(v, w.constants[c], p)
	return p
}

// Plus adds v·c to a sum, Minus subtracts it.
func (w *winogradVectors) Plus(sum, v VecVirtual, c string)  { VFMADD231PS(v, w.constants[c], sum) }
func (w *winogradVectors) Minus(sum, v VecVirtual, c string) { VFNMADD231PS(v, w.constants[c], sum) }

// Add adds b to a.
func (w *winogradVectors) Add(a, b VecVirtual) VecVirtual {
	VADDPS(b, a, a)
	return a
}

// Pair replaces a and b by their sum and their difference.
func (w *winogradVectors) Pair(a, b VecVirtual) (sum, difference VecVirtual) {
	sum = w.isa.vec()
	VADDPS(b, a, sum)
	VSUBPS(b, a, a)
	return sum, a
}

// winogradConstants declares the numbers that the transforms multiply by, and says where they are.
func winogradConstants() map[string]Mem {
	table := GLOBL("winogradConstants", rodata)
	at := map[string]Mem{}
	for i, c := range formulas.WinogradConstants() {
		DATA(4*i, U32(math.Float32bits(float32(c.Value))))
		at[c.Name] = table.Offset(4 * i)
	}
	return at
}
