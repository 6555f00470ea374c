package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is a vector width that the kernels are written for. Its methods emit one operation each and return the
// register with the result, so that a formula reads like one; operands named m may be memory.
type isa struct {
	name  string // the suffix of the function names
	lanes int    // float32s in a register
}

var (
	sse    = isa{"", 4} // one quarter or one half of the others, for the end of a reduction
	avx2   = isa{"AVX2", 8}
	avx512 = isa{"AVX512", 16}
	isas   = []isa{avx2, avx512}
)

func (v isa) wide() bool { return v.lanes == 16 }

// reg returns a fresh register.
func (v isa) reg() VecVirtual {
	switch v.lanes {
	case 16:
		return ZMM()
	case 8:
		return YMM()
	default:
		return XMM()
	}
}

// load returns a register that holds m.
func (v isa) load(m Op) VecVirtual {
	r := v.reg()
	VMOVUPS(m, r)
	return r
}

// param returns a register with the float32 parameter of that name in every lane.
func (v isa) param(name string) VecVirtual {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.reg()
	VBROADCASTSS(b.Addr, r)
	return r
}

// op3 emits an operation on two operands, in the order of the formula rather than of the assembler.
func (v isa) op3(emit func(m, a, dst Op), a, m Op) VecVirtual {
	r := v.reg()
	emit(m, a, r)
	return r
}

func variadic(f func(...Op)) func(m, a, dst Op) { return func(m, a, dst Op) { f(m, a, dst) } }

func (v isa) add(a, m Op) VecVirtual { return v.op3(variadic(VADDPS), a, m) }
func (v isa) sub(a, m Op) VecVirtual { return v.op3(variadic(VSUBPS), a, m) }
func (v isa) mul(a, m Op) VecVirtual { return v.op3(variadic(VMULPS), a, m) }
func (v isa) div(a, m Op) VecVirtual { return v.op3(variadic(VDIVPS), a, m) }
func (v isa) and(a, m Op) VecVirtual { return v.op3(variadic(VANDPS), a, m) }
func (v isa) or(a, m Op) VecVirtual  { return v.op3(variadic(VORPS), a, m) }
func (v isa) xor(a, m Op) VecVirtual { return v.op3(variadic(VXORPS), a, m) }

// max is a > m ? a : m, so a NaN in m goes through and one in a doesn't; min likewise.
func (v isa) max(a, m Op) VecVirtual { return v.op3(variadic(VMAXPS), a, m) }
func (v isa) min(a, m Op) VecVirtual { return v.op3(variadic(VMINPS), a, m) }

func (v isa) addInt(a, m Op) VecVirtual { return v.op3(variadic(VPADDD), a, m) }
func (v isa) subInt(a, m Op) VecVirtual { return v.op3(variadic(VPSUBD), a, m) }

func (v isa) sqrt(m Op) VecVirtual {
	r := v.reg()
	VSQRTPS(m, r)
	return r
}

// shl, shr and sar shift each lane's integer by n bits.
func (v isa) shl(a Op, n int) VecVirtual { return v.op3(variadic(VPSLLD), a, U8(n)) }
func (v isa) shr(a Op, n int) VecVirtual { return v.op3(variadic(VPSRLD), a, U8(n)) }
func (v isa) sar(a Op, n int) VecVirtual { return v.op3(variadic(VPSRAD), a, U8(n)) }

// toFloat converts each lane's int32.
func (v isa) toFloat(m Op) VecVirtual {
	r := v.reg()
	VCVTDQ2PS(m, r)
	return r
}

// fma returns a*b + m. It writes over a, which must not be used after.
func (v isa) fma(a VecVirtual, b, m Op) VecVirtual {
	VFMADD213PS(m, b, a)
	return a
}

// addMul adds b*m to c in place; subMul subtracts it.
func (v isa) addMul(c VecVirtual, b, m Op) VecVirtual {
	VFMADD231PS(m, b, c)
	return c
}

func (v isa) subMul(c VecVirtual, b, m Op) VecVirtual {
	VFNMADD231PS(m, b, c)
	return c
}

// horner evaluates a polynomial in x, the coefficients given from the lowest power.
func (v isa) horner(x Op, coefficients ...float32) VecVirtual {
	last := len(coefficients) - 1
	p := v.load(f32(coefficients[last]))
	for i := last - 1; i >= 0; i-- {
		p = v.fma(p, x, f32(coefficients[i]))
	}
	return p
}

// roundMode is the rounding that VROUNDPS and VRNDSCALEPS take; their bit 3 keeps the inexact flag quiet.
type roundMode int

const (
	nearestEven roundMode = 8 + iota
	towardsMinusInf
	towardsPlusInf
)

// round rounds each lane to an integer.
func (v isa) round(m Op, mode roundMode) VecVirtual {
	r := v.reg()
	if v.wide() {
		VRNDSCALEPS(U8(mode), m, r)
	} else {
		VROUNDPS(U8(mode), m, r)
	}
	return r
}

// predicate is a comparison that VCMPPS takes.
type predicate int

const (
	equal        predicate = 0x00 // ordered: false with a NaN, as are those below but for notEqual and unordered
	notEqual     predicate = 0x04 // unordered: true with a NaN
	notEqualOrd  predicate = 0x0c
	unordered    predicate = 0x03
	less         predicate = 0x11
	lessEqual    predicate = 0x12
	notGreaterEq predicate = 0x19 // true with a NaN
	notLessEqual predicate = 0x16 // true with a NaN
	greaterEqual predicate = 0x1d
	greater      predicate = 0x1e
)

// compare returns the lanes where "a p m" holds, as a mask register of the width's own kind.
func (v isa) compare(p predicate, a, m Op) Register {
	if v.wide() {
		k := K()
		VCMPPS(U8(p), m, a, k)
		return k
	}
	r := v.reg()
	VCMPPS(U8(p), m, a, r)
	return r
}

// choose returns yes in the lanes of mask and no elsewhere; yes may be memory.
func (v isa) choose(mask Register, yes, no Op) VecVirtual {
	r := v.reg()
	v.chooseInto(mask, yes, no, r)
	return r
}

// chooseInto is choose with a given destination.
func (v isa) chooseInto(mask Register, yes, no, dst Op) {
	if v.wide() {
		VBLENDMPS(yes, no, mask, dst)
	} else {
		VBLENDVPS(mask, yes, no, dst)
	}
}

// zeroUnless returns a in the lanes of mask and zero elsewhere.
func (v isa) zeroUnless(mask Register, a Op) VecVirtual {
	if v.wide() {
		r := v.reg()
		VMOVAPS_Z(a, mask, r)
		return r
	}
	return v.and(a, mask)
}

// oddLanes returns the lanes whose integer is odd, as a mask for choose.
func (v isa) oddLanes(a Op) Register {
	if v.wide() {
		k := K()
		VPTESTMD(u32(1), a, k)
		return k
	}
	return v.shl(a, 31)
}

// constants holds the constants already laid down in the file: each is repeated to the widest register, so that it
// serves as a memory operand of any instruction.
var constants = map[uint32]Mem{}

func u32(bits uint32) Mem {
	if m, ok := constants[bits]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("c%08x", bits), rodata)
	for lane := range avx512.lanes {
		DATA(4*lane, U32(bits))
	}
	constants[bits] = m
	return m
}
