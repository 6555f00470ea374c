package main

import (
	"fmt"

	"github.com/amgen/amgen/backends/simd/internal/formulas"
)

func init() {
	families["winograd"] = func(f *file) {
		for _, t := range formulas.WinogradTransforms[vector]() {
			emitTransform(f, &t)
		}
	}
}

// General registers of the transforms.
const (
	imageReg, rowReg, colReg, nextReg, planesReg, stepReg = "R0", "R1", "R2", "R3", "R4", "R5"
	tilesReg, channelsReg, tmpReg, lineReg, atReg         = "R6", "R7", "R8", "R9", "R10"
)

// emitTransform emits the kernel. It goes through the tile once by rows and once by columns, with the results of the
// first pass in temporary memory: planes are read and written by rows, images by columns.
func emitTransform(f *file, t *formulas.WinogradTransform[vector]) {
	parameters := []parameter{{name: "image", kind: "*float32"}, {name: "row", kind: "int"},
		{name: "col", kind: "int"}, {name: "next", kind: "int"}, {name: "planes", kind: "*float32"},
		{name: "step", kind: "int"}, {name: "tiles", kind: "int"}, {name: "channels", kind: "int"},
		{name: "tmp", kind: "*float32"}}
	const doc = "is winogradGeneric of this transform for a whole number of vectors of channels. Steps are in bytes; " +
		"next is from the last channel of a tile to the first of the next."
	g := f.function("winograd"+t.Name+"NEON", doc, parameters...)
	for i, p := range parameters {
		g.line("MOVD %s, R%d", g.argument(p.name, ""), i)
	}
	w := &winogradLanes{g, map[string]vector{}}
	lanes := vectorLanes{g, map[uint32]vector{}, map[uint32]int{}}
	var list []uint32
	for _, c := range formulas.WinogradConstants() {
		for _, used := range t.Uses {
			if used == c.Name {
				list = append(list, bitsOf(float32(c.Value)))
				lanes.uses[list[len(list)-1]] = 1
			}
		}
	}
	lanes.pinConstants(list)
	for _, c := range formulas.WinogradConstants() {
		if reg, ok := lanes.pinned[bitsOf(float32(c.Value))]; ok {
			w.constants[c.Name] = reg
		}
	}
	w.locateMultiples()
	g.label("tile")
	g.line("MOVD %s, %s", g.argument("channels", ""), channelsReg)
	g.label("vector")
	w.passes(t)
	g.line("ADD $16, %s, %s", imageReg, imageReg)
	g.line("ADD $16, %s, %s", planesReg, planesReg)
	g.line("SUBS $4, %s, %s", channelsReg, channelsReg)
	g.branch("BNE vector")
	g.line("ADD %s, %s, %s", nextReg, imageReg, imageReg)
	g.line("SUBS $1, %s, %s", tilesReg, tilesReg)
	g.branch("BNE tile")
	g.line("RET")
}

// passes emits the two passes of a vector of channels.
func (w *winogradLanes) passes(t *formulas.WinogradTransform[vector]) {
	across := func(line, i int) string { return fmt.Sprintf("%d(%s)", 16*(6*line+i), tmpReg) }
	down := func(line, i int) string { return across(i, line) }
	image, planes := walk{imageReg, colReg, rowReg}, walk{planesReg, lineReg, stepReg}
	if t.ToPlanes {
		w.pass(t, t.From, image, nil, down)
		w.pass(t, t.To, planes, across, nil)
	} else {
		w.pass(t, t.From, planes, nil, across)
		w.pass(t, t.To, image, down, nil)
	}
}

// walk is how a pass goes through an image or through planes: where it starts, from one line to the next, and from one
// place of a line to the next.
type walk struct{ from, line, place string }

// multiples are the registers of a distance times 2 to 5.
var multiples = map[string][4]string{rowReg: {"R11", "R12", "R13", "R14"}, stepReg: {"R15", "R16", "R17", "R20"}}

// locateMultiples computes the multiples, and lineReg: a line of planes is six steps.
func (w *winogradLanes) locateMultiples() {
	for _, one := range []string{rowReg, stepReg} {
		last := one
		for _, m := range multiples[one] {
			w.line("ADD %s, %s, %s", one, last, m)
			last = m
		}
	}
	w.line("ADD %s, %s, %s", stepReg, multiples[stepReg][3], lineReg)
}

// at is place i of a line: two registers to add, or the first alone.
func (o walk) at(i int) (base, index string) {
	switch i {
	case 0:
		return atReg, ""
	case 1:
		return atReg, o.place
	}
	return atReg, multiples[o.place][i-2]
}

// pass emits the transform of so many lines. Where in or out is nil, it reads or writes the image or the planes.
func (w *winogradLanes) pass(t *formulas.WinogradTransform[vector], lines int, on walk,
	in, out func(line, i int) string) {
	w.line("MOVD %s, %s", on.from, atReg)
	for x := range lines {
		var v []vector
		for i := range t.From {
			v = append(v, w.fresh())
			base, index := on.at(i)
			switch {
			case in != nil:
				w.load16(v[i], in(x, i))
			case index == "":
				w.load16(v[i], "("+base+")")
			default:
				w.load16At(v[i], base, index)
			}
		}
		t.Apply(w, v, func(i int, r vector) {
			base, index := on.at(i)
			switch {
			case out != nil:
				w.store16(r, out(x, i))
			case index == "":
				w.store16(r, "("+base+")")
			default:
				w.store16At(r, base, index)
			}
		})
		if x < lines-1 {
			w.line("ADD %s, %s, %s", on.line, atReg, atReg)
		}
	}
}

// winogradLanes are the operations of package formulas in NEON.
type winogradLanes struct {
	*function
	constants map[string]vector
}

// Copied is a register of its own with what v holds.
func (w *winogradLanes) Copied(v vector) vector {
	d := w.fresh()
	w.copy(d, v)
	return d
}

// Times is v·c.
func (w *winogradLanes) Times(v vector, c string) vector {
	d := w.fresh()
	w.single("FMUL", d, v, w.constants[c])
	return d
}

// Plus adds v·c to a sum, Minus subtracts it.
func (w *winogradLanes) Plus(sum, v vector, c string)  { w.fmla(sum, v, w.constants[c]) }
func (w *winogradLanes) Minus(sum, v vector, c string) { w.fmls(sum, v, w.constants[c]) }

// Add is a + b.
func (w *winogradLanes) Add(a, b vector) vector {
	d := w.fresh()
	w.fadd(d, a, b)
	return d
}

// Pair returns the sum of a and b and their difference.
func (w *winogradLanes) Pair(a, b vector) (sum, difference vector) {
	sum, difference = w.fresh(), w.fresh()
	w.fadd(sum, a, b)
	w.single("FSUB", difference, a, b)
	return sum, difference
}
