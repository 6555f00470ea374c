package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["vecreduce"] = vecReduce }

// reduceLanes is the width of the reduction tree of package kernels, which every ISA follows.
const reduceLanes = 64

// reduction folds a slice to one number by op, whose neutral element fills the lanes that the slice doesn't.
type reduction struct {
	name, doc string
	neutral   float32
	op        func(v isa, acc, x, dst VecVirtual) // dst may be acc
}

func vecReduce() {
	minusInf, plusInf := float32(math.Inf(-1)), float32(math.Inf(1))
	for _, r := range []reduction{
		{"sum", "the sum of a", 0, func(v isa, acc, x, dst VecVirtual) { VADDPS(x, acc, dst) }},
		{"reduceMax", "the largest element of a, or NaN", minusInf, func(v isa, acc, x, dst VecVirtual) {
			v.chooseInto(v.compare(unordered, acc, acc), acc, v.max(acc, x), dst)
		}},
		{"reduceMin", "the smallest element of a, or NaN", plusInf, func(v isa, acc, x, dst VecVirtual) {
			v.chooseInto(v.compare(unordered, acc, acc), acc, v.min(acc, x), dst)
		}},
	} {
		for _, v := range isas {
			r.emitFor(v)
		}
	}
}

func (r reduction) emitFor(v isa) {
	TEXT(r.name+v.name, NOSPLIT, "func(a []float32) float32")
	Doc(fmt.Sprintf("%s%s returns %s, folded in the order of reduceLanes.", r.name, v.name, r.doc))
	Pragma("noescape")
	a := Load(Param("a").Base(), GP64())
	l := loop{v: v, n: Load(Param("a").Len(), GP64()), i: GP64()}
	XORQ(l.i, l.i)
	acc := make([]VecVirtual, reduceLanes/v.lanes)
	for k := range acc {
		acc[k] = v.load(f32(r.neutral))
	}
	l.whole(len(acc), func() {
		for k := range acc {
			r.op(v, acc[k], v.load(l.at(a, k)), acc[k])
		}
	})
	r.rest(v, &l, a, acc)
	r.fold(v, acc)
	RET()
}

// rest folds in the last elements, fewer than reduceLanes: each goes to the lane that its index says.
func (r reduction) rest(v isa, l *loop, a Register, acc []VecVirtual) {
	done, left := l.label("done"), GP64()
	MOVQ(l.n, left)
	SUBQ(l.i, left)
	JZ(LabelRef(done))
	for k := range acc {
		mask := v.upToLane(left)
		x := v.loadMasked(l.at(a, k), mask)
		r.op(v, acc[k], v.choose(mask, x, v.load(f32(r.neutral))), acc[k])
		SUBQ(U32(v.lanes), left)
		JLE(LabelRef(done))
	}
	Label(done)
}

// upToLane returns the mask of the first left lanes, all of them where left is larger.
func (v isa) upToLane(left GPVirtual) Register {
	if !v.wide() {
		return v.firstLanes(left) // compares with the lane numbers, so any count will do
	}
	clipped, most := GP64(), GP64()
	MOVQ(left, clipped)
	MOVQ(U32(v.lanes), most)
	CMPQ(clipped, most)
	CMOVQGT(most, clipped)
	return v.firstLanes(clipped)
}

// fold folds the lanes by halves, 64 to 1, and stores the result.
func (r reduction) fold(v isa, acc []VecVirtual) {
	for half := len(acc) / 2; half > 0; half /= 2 {
		for k := range half {
			r.op(v, acc[k], acc[k+half], acc[k])
		}
	}
	x := acc[0].AsX().(VecVirtual)
	if v.wide() {
		y, high := acc[0].AsY().(VecVirtual), YMM()
		VEXTRACTF32X8(U8(1), acc[0], high)
		r.op(avx2, y, high, y)
	}
	high := XMM()
	VEXTRACTF128(U8(1), acc[0].AsY(), high)
	r.op(sse, x, high, x)
	for _, order := range []int{0b1110, 0b0001} { // lanes 2 and 3 to the front, then lane 1
		VPERMILPS(U8(order), x, high)
		r.op(sse, x, high, x)
	}
	VZEROUPPER()
	Store(x, ReturnIndex(0))
}
