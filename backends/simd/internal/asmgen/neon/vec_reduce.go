package main

import (
	"fmt"
	"math"
)

func init() { families["vecreduce"] = vecReduce }

// reduceLanes is the width of the reduction tree of package kernels, which every instruction set follows.
const reduceLanes = 64

// vecReduce emits the reductions. The neutral element of an operation fills the lanes that the slice doesn't.
func vecReduce(f *file) {
	minusInf, plusInf := float32(math.Inf(-1)), float32(math.Inf(1))
	for _, r := range []reduction{
		{"sum", "the sum of a", 0, func(l vectorLanes, acc, x vector) { l.fadd(acc, acc, x) }},
		{"reduceMax", "the largest element of a, or NaN", minusInf,
			func(l vectorLanes, acc, x vector) { l.keep(acc, x, acc, x) }},
		{"reduceMin", "the smallest element of a, or NaN", plusInf,
			func(l vectorLanes, acc, x vector) { l.keep(acc, x, x, acc) }},
	} {
		r.emit(f)
	}
}

// reduction folds a slice to one number.
type reduction struct {
	name, doc string
	neutral   float32
	fold      func(l vectorLanes, acc, x vector) // folds x into acc
}

// keep leaves acc as it is where it is NaN or where larger is larger than smaller, and puts x there elsewhere.
func (l vectorLanes) keep(acc, x, larger, smaller vector) {
	mask := l.single3("FCMGT", value{reg: larger}, value{reg: smaller})
	mask = l.bits3("ORN", mask, l.single3("FCMEQ", value{reg: acc}, value{reg: acc}))
	l.native("VBIF V%[3]d.B16, V%[2]d.B16, V%[1]d.B16", acc, x, mask.reg).reads = true
}

func (r reduction) emit(f *file) {
	g := f.function(r.name+"NEON", fmt.Sprintf("returns %s, folded in the order of reduceLanes.", r.doc),
		parameter{name: "a", kind: "[]float32"}, parameter{name: "r", kind: "float32", result: true})
	l := vectorLanes{g, map[uint32]vector{}, map[uint32]int{bitsOf(r.neutral): 1}}
	g.line("MOVD %s, R1", g.argument("a", "_base"))
	g.line("MOVD %s, %s", g.argument("a", "_len"), countReg)
	l.pinConstants([]uint32{bitsOf(r.neutral)})
	acc := make([]vector, reduceLanes/4)
	for i := range acc {
		acc[i] = g.pin()
		l.loadConstant(acc[i], bitsOf(r.neutral))
	}
	g.line("SUBS $%d, %s, %s", reduceLanes, countReg, countReg)
	g.branch("BLT few")
	g.label("loop")
	for i := range acc {
		x := g.fresh()
		g.load16(x, fmt.Sprintf("%d(R1)", 16*i))
		r.fold(l, acc[i], x)
	}
	g.line("ADD $%d, R1, R1", 4*reduceLanes)
	g.line("SUBS $%d, %s, %s", reduceLanes, countReg, countReg)
	g.branch("BGE loop")
	g.label("few")
	g.line("ADDS $%d, %s, %s", reduceLanes, countReg, countReg)
	g.branch("BEQ fold")
	r.rest(l, acc)
	g.label("fold")
	r.lanes(l, acc)
	g.store4(acc[0], g.argument("r", ""))
	g.line("RET")
}

// rest folds in the last elements, fewer than reduceLanes: each goes to the lane that its index says.
func (r reduction) rest(l vectorLanes, acc []vector) {
	x := l.pin()
	for i := range acc {
		part, next := l.newLabel("part"), l.newLabel("next")
		l.line("SUBS $4, %s, %s", countReg, countReg)
		l.branch("BLT %s", part)
		l.load16(x, "(R1)")
		l.line("ADD $16, R1, R1")
		r.fold(l, acc[i], x)
		l.branch("B %s", next)
		l.label(part)
		l.line("ADDS $4, %s, %s", countReg, countReg)
		l.branch("BEQ fold")
		l.copy(x, l.pinned[bitsOf(r.neutral)])
		for lane := range 3 {
			l.loadLane(x, lane, "R1")
			l.line("ADD $4, R1, R1")
			l.line("SUBS $1, %s, %s", countReg, countReg)
			if lane < 2 {
				l.branch("BEQ last%d", i)
			}
		}
		l.label(fmt.Sprintf("last%d", i))
		r.fold(l, acc[i], x)
		l.branch("B fold")
		l.label(next)
	}
}

// lanes folds the lanes by halves, 64 to 1.
func (r reduction) lanes(l vectorLanes, acc []vector) {
	for half := len(acc) / 2; half > 0; half /= 2 {
		for i := range half {
			r.fold(l, acc[i], acc[i+half])
		}
	}
	for _, bytes := range []int{8, 4} { // lanes 2 and 3 to the front, then lane 1
		high := l.fresh()
		l.native(fmt.Sprintf("VEXT $%d, V%%[2]d.B16, V%%[2]d.B16, V%%[1]d.B16", bytes), high, acc[0])
		r.fold(l, acc[0], high)
	}
}
