package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// elementwise is a kernel that maps equal-length float32 slices to one, lane by lane.
type elementwise struct {
	name   string   // the stem of the function's name
	doc    string   // what dst[i] is set to
	inputs []string // the slices read
	scalar string   // the float32 parameter, if there is one
	unroll int      // registers a turn of the main loop
	flag   string   // the bool result, if there is one: whether the formula set a lane of far

	formula func(k lanesOf, in []value) value
}

// lanesOf is what a formula works with.
type lanesOf struct {
	vectorLanes
	scalar value // the parameter in every lane
	far    vector
}

// General registers of the element-wise kernels. The slices that are read follow dst.
const (
	countReg = "R0"
	dstReg   = "R1"
)

// emit writes the kernel: a loop over unroll registers, one over single registers, and one over the elements that are
// left, in the first lane. It is written twice: the first time shows how many registers are left for constants.
func (e elementwise) emit(f *file) {
	probe, uses := &file{constants: f.constants}, map[uint32]int{}
	g := e.emitWith(probe, nil, uses)
	g.allocate()
	e.emitWith(f, mostUsed(uses, 32-g.most), uses)
}

// mostUsed lists the constants that are worth a register, at most so many.
func mostUsed(uses map[uint32]int, most int) []uint32 {
	list := slices.SortedFunc(maps.Keys(uses), func(a, b uint32) int {
		return cmp.Or(uses[b]-uses[a], cmp.Compare(a, b))
	})
	list = slices.DeleteFunc(list, func(bits uint32) bool { return uses[bits] == 0 })
	return list[:min(len(list), most)]
}

func (e elementwise) parameters() []parameter {
	all := []parameter{{name: "dst", kind: "[]float32"}}
	for _, name := range e.inputs {
		all = append(all, parameter{name: name, kind: "[]float32"})
	}
	if e.scalar != "" {
		all = append(all, parameter{name: e.scalar, kind: "float32"})
	}
	if e.flag != "" {
		all = append(all, parameter{name: e.flag, kind: "bool", result: true})
	}
	return all
}

func (e elementwise) emitWith(f *file, pinned []uint32, uses map[uint32]int) *function {
	g := f.function(e.name+"NEON", fmt.Sprintf("sets dst[i] = %s for every i < len(dst).", e.doc), e.parameters()...)
	l := lanesOf{vectorLanes: vectorLanes{g, map[uint32]vector{}, uses}}
	g.line("MOVD %s, %s", g.argument("dst", "_base"), dstReg)
	g.line("MOVD %s, %s", g.argument("dst", "_len"), countReg)
	pointers := []string{dstReg}
	for i, name := range e.inputs {
		pointers = append(pointers, fmt.Sprintf("R%d", 2+i))
		g.line("MOVD %s, %s", g.argument(name, "_base"), pointers[1+i])
	}
	if e.scalar != "" {
		l.scalar.reg = l.pin()
		g.load4(l.scalar.reg, g.argument(e.scalar, ""))
		g.native("VDUP V%[1]d.S[0], V%[1]d.S4", l.scalar.reg).reads = true
	}
	if e.flag != "" {
		l.far = l.pin()
		g.zero(l.far)
	}
	l.pinConstants(pinned)
	e.loops(l, pointers)
	if e.flag != "" {
		g.storeFlag(l.far, e.flag)
	}
	g.line("RET")
	return g
}

// loops emits the three loops.
func (e elementwise) loops(l lanesOf, pointers []string) {
	for _, unroll := range slices.Compact([]int{e.unroll, 1}) {
		loop, done := l.newLabel("loop"), l.newLabel("done")
		l.line("SUBS $%d, %s, %s", 4*unroll, countReg, countReg)
		l.branch("BLT %s", done)
		l.label(loop)
		e.turn(l, pointers, unroll, 16)
		l.line("SUBS $%d, %s, %s", 4*unroll, countReg, countReg)
		l.branch("BGE %s", loop)
		l.label(done)
		l.line("ADD $%d, %s, %s", 4*unroll, countReg, countReg)
	}
	l.branch("CBZ %s, end", countReg)
	l.label("rest")
	e.turn(l, pointers, 1, 4)
	l.line("SUBS $1, %s, %s", countReg, countReg)
	l.branch("BNE rest")
	l.label("end")
}

// turn emits the work on so many registers, of so many bytes each.
func (e elementwise) turn(l lanesOf, pointers []string, unroll, bytes int) {
	move := func(v vector, i int, p string, move16, move4 func(vector, string)) {
		if bytes == 4 {
			move4(v, "("+p+")")
		} else {
			move16(v, fmt.Sprintf("%d(%s)", 16*i, p))
		}
	}
	in := make([][]value, unroll)
	for i := range in {
		for _, p := range pointers[1:] {
			v := l.fresh()
			move(v, i, p, l.load16, l.load4)
			in[i] = append(in[i], value{reg: v})
		}
	}
	for i := range in {
		move(e.formula(l, in[i]).reg, i, dstReg, l.store16, l.store4)
	}
	for _, p := range pointers {
		l.line("ADD $%d, %s, %s", unroll*bytes, p, p)
	}
}

// storeFlag stores to a bool result whether any bit is set.
func (g *function) storeFlag(v vector, result string) {
	g.native("VMOV V%[1]d.D[0], R2", v).reads = true
	g.native("VMOV V%[1]d.D[1], R3", v).reads = true
	g.line("ORR R2, R3, R2")
	g.line("CMP $0, R2")
	g.line("CSET NE, R2")
	g.line("MOVB R2, %s", g.argument(result, ""))
}
