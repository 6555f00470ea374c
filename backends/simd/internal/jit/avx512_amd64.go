//go:build !purego

package jit

import "github.com/amgen/amgen/backends/simd/internal/kernels"

// avx512Target has masks in registers of their own, of which register 1 holds the last vector's, and operands that
// repeat one number in memory.
var avx512Target = Target{
	level: kernels.AVX512, lanes: 16,
	vectors: 32, tailVectors: 32, firstMask: 2, masks: 8, arrays: arrayRegisters, repeats: true,
	lower: func(c *Chain, o operation) (Value, bool) {
		if o.kind == scale { // the integer is for others
			return c.append(scale, 0, o.args[0], o.args[1]), true
		}
		return 0, false
	},
	encoder: func() encoder { return &avx512{x86{lanes: 16, repeated: 1}} },
	call:    callAVX512,
}

// tailMask is the mask register with the lanes of the last vector.
const tailMask = 1

// The instructions that no other set has.
var (
	testLanes  = instruction{opcodeMap: 2, prefix: 1, opcode: 0x27} // vptestmd
	blend      = instruction{opcodeMap: 2, prefix: 1, opcode: 0x65} // vblendmps
	loadBytes  = instruction{opcodeMap: 1, prefix: 3, opcode: 0x6f, short: true}
	writeBytes = instruction{opcodeMap: 1, prefix: 3, opcode: 0x7f, short: true}
)

// avx512 writes instructions with the prefix EVEX.
type avx512 struct{ x86 }

// masking says which lanes an instruction writes.
type masking struct {
	mask int // 0 for all
	zero bool
}

// lanesLeft is the masking of reads and writes of arrays.
func lanesLeft(masked, zero bool) masking {
	if !masked {
		return masking{}
	}
	return masking{mask: tailMask, zero: zero}
}

// maskRegister is the number of a mask's register among those of masks.
func maskRegister(r int) int { return r - avx512Target.vectors }

// vector encodes an instruction on vectors: reg is the destination or, in a store, the source, and second the first
// source, 0 where there is none.
func (a *avx512) vector(i instruction, m masking, reg, second int, rm operand, immediate ...byte) {
	bit := func(n, k int) byte { return byte(^n>>k) & 1 } // the prefix has them inverted
	x, b := bit(rm.register, 4), bit(rm.register, 3)
	switch rm.where {
	case indexed:
		x = bit(rm.index, 3)
	case based, spilled:
		x = 1
	case pooled:
		x, b = 1, 1
	}
	length := byte(2)
	if i.short {
		length = 0
	}
	last := length<<5 | bit(second, 4)<<3 | byte(m.mask)
	if m.zero {
		last |= 1 << 7
	}
	if rm.broadcast {
		last |= 1 << 4
	}
	a.code = append(a.code, 0x62,
		bit(reg, 3)<<7|x<<6|b<<5|bit(reg, 4)<<4|i.opcodeMap,
		byte(^second&15)<<3|1<<2|i.prefix,
		last, i.opcode)
	a.address(reg, rm, len(immediate))
	a.code = append(a.code, immediate...)
}

func (a *avx512) move(dst int, from operand) { a.vector(load, masking{}, dst, 0, from) }
func (a *avx512) spill(r int, to operand)    { a.vector(write, masking{}, r, 0, to) }

func (a *avx512) repeat(dst int, from operand) {
	from.broadcast = false // the instruction does it
	a.vector(repeat, masking{}, dst, 0, from)
}

func (a *avx512) read(dst int, from operand, masked bool) {
	a.vector(load, lanesLeft(masked, true), dst, 0, from)
}

func (a *avx512) write(r int, to operand, masked bool) {
	a.vector(write, lanesLeft(masked, false), r, 0, to)
}

func (a *avx512) readBools(e *emission, array uint32) int {
	wide, r := e.fresh(false), e.fresh(true)
	a.vector(widenBytes, lanesLeft(e.masked, true), wide, 0, a.lanesOf(e.array(array), 1))
	a.odd(r, wide)
	return r
}

func (a *avx512) writeBools(e *emission, mask int, array uint32) {
	ones := e.fresh(false)
	a.repeat(ones, number(0x01010101))
	a.vector(loadBytes, masking{mask: maskRegister(mask), zero: true}, ones, 0, register(ones))
	a.vector(writeBytes, lanesLeft(e.masked, false), ones, 0, a.lanesOf(e.array(array), 1))
}

func (a *avx512) unary(o operation, dst int, from operand) {
	switch o.kind {
	case round:
		a.vector(instructions[round], masking{}, dst, 0, from, byte(o.imm))
	case shiftLeft, shiftRight, shiftSigned:
		a.vector(instructions[o.kind], masking{}, shiftDigits[o.kind], dst, from, byte(o.imm))
	default:
		a.vector(instructions[o.kind], masking{}, dst, 0, from)
	}
}

func (a *avx512) binary(o operation, dst, left int, right operand) {
	if o.kind == compare {
		a.vector(instructions[compare], masking{}, maskRegister(dst), left, right, byte(o.imm))
		return
	}
	a.vector(instructions[o.kind], masking{}, dst, left, right)
}

func (a *avx512) odd(dst, from int) {
	a.vector(testLanes, masking{}, maskRegister(dst), from, number(1))
}

func (a *avx512) choose(dst, mask, no int, yes operand) {
	a.vector(blend, masking{mask: maskRegister(mask)}, dst, no, yes)
}

func (a *avx512) keep(dst, mask, from int) {
	a.vector(load, masking{mask: maskRegister(mask), zero: true}, dst, 0, register(from))
}

func (a *avx512) multiplyAdd(o ordering, dst, left int, last operand) {
	a.vector(multiplyAdds[o], masking{}, dst, left, last)
}
