package main

import (
	"github.com/amgen/amgen/backends/simd/internal/formulas"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// vectorLanes are the operations of package formulas in the vectors of an instruction set.
type vectorLanes struct{ isa }

func (l vectorLanes) Number(x float32) Op { return f32(x) }
func (l vectorLanes) Bits(bits uint32) Op { return u32(bits) }

func (l vectorLanes) Add(a, b Op) Op       { return l.add(a, b) }
func (l vectorLanes) Sub(a, b Op) Op       { return l.sub(a, b) }
func (l vectorLanes) Mul(a, b Op) Op       { return l.mul(a, b) }
func (l vectorLanes) Div(a, b Op) Op       { return l.div(a, b) }
func (l vectorLanes) And(a, b Op) Op       { return l.and(a, b) }
func (l vectorLanes) Or(a, b Op) Op        { return l.or(a, b) }
func (l vectorLanes) Xor(a, b Op) Op       { return l.xor(a, b) }
func (l vectorLanes) AddInt(a, b Op) Op    { return l.addInt(a, b) }
func (l vectorLanes) SubInt(a, b Op) Op    { return l.subInt(a, b) }
func (l vectorLanes) Shl(a Op, n int) Op   { return l.shl(a, n) }
func (l vectorLanes) Shr(a Op, n int) Op   { return l.shr(a, n) }
func (l vectorLanes) Sar(a Op, n int) Op   { return l.sar(a, n) }
func (l vectorLanes) ToFloat(a Op) Op      { return l.toFloat(a) }
func (l vectorLanes) Load(a Op) Op         { return l.load(a) }
func (l vectorLanes) FMA(a, b, c Op) Op    { return l.fma(a.(VecVirtual), b, c) }
func (l vectorLanes) AddMul(c, a, b Op) Op { return l.addMul(c.(VecVirtual), a, b) }
func (l vectorLanes) SubMul(c, a, b Op) Op { return l.subMul(c.(VecVirtual), a, b) }

func (l vectorLanes) AtLeast(x Op, c float32) Op { return l.max(l.load(f32(c)), x) }
func (l vectorLanes) AtMost(x Op, c float32) Op  { return l.min(l.load(f32(c)), x) }

var predicates = map[formulas.Predicate]predicate{formulas.Less: less, formulas.Greater: greater,
	formulas.Equal: equal, formulas.NotLessEqual: notLessEqual, formulas.NotGreaterEqual: notGreaterEq}

func (l vectorLanes) Compare(p formulas.Predicate, a, b Op) Op { return l.compare(predicates[p], a, b) }
func (l vectorLanes) OddLanes(a Op) Op                         { return l.oddLanes(a) }
func (l vectorLanes) Choose(mask, yes, no Op) Op               { return l.choose(mask.(Register), yes, no) }
func (l vectorLanes) ZeroUnless(mask, a Op) Op                 { return l.zeroUnless(mask.(Register), a) }

// Scale multiplies twice where there is no instruction for it.
func (l vectorLanes) Scale(p, n, low Op) Op {
	if l.wide() {
		r := l.reg()
		VSCALEFPS(n, p, r)
		return r
	}
	return formulas.New(l).ScaleTwice(p, low)
}
