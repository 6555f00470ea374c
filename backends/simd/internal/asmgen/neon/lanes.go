package main

import (
	"fmt"

	"github.com/amgen/amgen/backends/simd/internal/formulas"
)

// value is a vector in a register, or a constant, which is read from memory unless a register is pinned to it.
type value struct {
	reg      vector
	constant bool
	bits     uint32 // of a constant
	inverted bool   // a mask: of the lanes where nothing is set
}

// vectorLanes are the operations of package formulas in NEON.
type vectorLanes struct {
	*function
	pinned map[uint32]vector
	uses   map[uint32]int // of each constant that is read, how often a pinned register would have saved it
}

const constantsReg = "R19" // where the table of constants is

// pinConstants points at the table, if constants are used, and reads those of a list into registers that they keep.
func (l vectorLanes) pinConstants(list []uint32) {
	if len(l.uses) > 0 {
		l.line("MOVD $constants<>(SB), %s", constantsReg)
	}
	for _, bits := range list {
		l.pinned[bits] = l.pin()
		l.loadConstant(l.pinned[bits], bits)
	}
}

func (l vectorLanes) loadConstant(d vector, bits uint32) {
	l.uses[bits] += 0
	l.load16(d, fmt.Sprintf("%d(%s)", l.file.constant(bits), constantsReg))
}

// in is a register with a value, which must not be written to.
func (l vectorLanes) in(v value) vector {
	if !v.constant {
		return v.reg
	}
	if reg, ok := l.pinned[v.bits]; ok {
		return reg
	}
	l.uses[v.bits]++
	d := l.fresh()
	l.loadConstant(d, v.bits)
	return d
}

// own is a register of its own with a value. Reading a constant from memory is as good as copying a register.
func (l vectorLanes) own(v value) vector {
	d := l.fresh()
	if v.constant {
		l.loadConstant(d, v.bits)
	} else {
		l.copy(d, v.reg)
	}
	return d
}

// result adds an instruction that writes a new register.
func (l vectorLanes) result(add func(d vector)) value {
	d := l.fresh()
	add(d)
	return value{reg: d}
}

func (l vectorLanes) single2(name string, a value) value {
	n := l.in(a)
	return l.result(func(d vector) { l.single(name, d, n) })
}

func (l vectorLanes) single3(name string, a, b value) value {
	n, m := l.in(a), l.in(b)
	return l.result(func(d vector) { l.single(name, d, n, m) })
}

func (l vectorLanes) bits3(name string, a, b value) value {
	n, m := l.in(a), l.in(b)
	return l.result(func(d vector) { l.bits(name, d, n, m) })
}

func (l vectorLanes) Number(x float32) value { return l.Bits(bitsOf(x)) }
func (l vectorLanes) Bits(bits uint32) value { return value{constant: true, bits: bits} }

func (l vectorLanes) Add(a, b value) value { return l.single3("FADD", a, b) }
func (l vectorLanes) Sub(a, b value) value { return l.single3("FSUB", a, b) }
func (l vectorLanes) Mul(a, b value) value { return l.single3("FMUL", a, b) }
func (l vectorLanes) Div(a, b value) value { return l.single3("FDIV", a, b) }
func (l vectorLanes) And(a, b value) value { return l.bits3("AND", a, b) }
func (l vectorLanes) Or(a, b value) value  { return l.bits3("ORR", a, b) }
func (l vectorLanes) Xor(a, b value) value { return l.bits3("EOR", a, b) }

func (l vectorLanes) AddInt(a, b value) value {
	n, m := l.in(a), l.in(b)
	return l.result(func(d vector) { l.integer("VADD", d, n, m) })
}

func (l vectorLanes) SubInt(a, b value) value {
	n, m := l.in(a), l.in(b)
	return l.result(func(d vector) { l.integer("VSUB", d, n, m) })
}

func (l vectorLanes) Shl(a value, by int) value {
	n := l.in(a)
	return l.result(func(d vector) { l.shl(d, n, by) })
}

func (l vectorLanes) Shr(a value, by int) value {
	n := l.in(a)
	return l.result(func(d vector) { l.shr(d, n, by) })
}

func (l vectorLanes) Sar(a value, by int) value {
	n := l.in(a)
	return l.result(func(d vector) { l.sar(d, n, by) })
}

func (l vectorLanes) ToFloat(a value) value { return l.single2("SCVTF", a) }

// Load is for operations that write over a register, which here take one of their own.
func (l vectorLanes) Load(a value) value { return a }

func (l vectorLanes) FMA(a, b, c value) value { return l.AddMul(c, a, b) }

func (l vectorLanes) AddMul(c, a, b value) value {
	n, m := l.in(a), l.in(b)
	d := l.own(c)
	l.fmla(d, n, m)
	return value{reg: d}
}

func (l vectorLanes) SubMul(c, a, b value) value {
	n, m := l.in(a), l.in(b)
	d := l.own(c)
	l.fmls(d, n, m)
	return value{reg: d}
}

func (l vectorLanes) AtLeast(x value, c float32) value { return l.single3("FMAX", l.Number(c), x) }
func (l vectorLanes) AtMost(x value, c float32) value  { return l.single3("FMIN", l.Number(c), x) }

func (l vectorLanes) Compare(p formulas.Predicate, a, b value) value {
	var mask value
	switch p {
	case formulas.Less:
		return l.single3("FCMGT", b, a)
	case formulas.Greater:
		return l.single3("FCMGT", a, b)
	case formulas.Equal:
		return l.single3("FCMEQ", a, b)
	case formulas.NotLessEqual:
		mask = l.single3("FCMGE", b, a)
	case formulas.NotGreaterEqual:
		mask = l.single3("FCMGE", a, b)
	}
	mask.inverted = true
	return mask
}

func (l vectorLanes) OddLanes(a value) value {
	n, m := l.in(a), l.in(l.Bits(1))
	return l.result(func(d vector) { l.native("VCMTST V%[3]d.S4, V%[2]d.S4, V%[1]d.S4", d, n, m) })
}

func (l vectorLanes) Choose(mask, yes, no value) value {
	if mask.inverted {
		yes, no = no, yes
	}
	n, m := l.in(yes), l.in(no)
	d := l.own(mask)
	l.bsl(d, n, m)
	return value{reg: d}
}

func (l vectorLanes) ZeroUnless(mask, a value) value {
	if mask.inverted {
		return l.bits3("BIC", a, mask)
	}
	return l.bits3("AND", a, mask)
}

func (l vectorLanes) Scale(p, _, low value) value { return formulas.New[value](l).ScaleTwice(p, low) }
