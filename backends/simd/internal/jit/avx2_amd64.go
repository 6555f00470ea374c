//go:build !purego

package jit

import "github.com/amgen/amgen/backends/simd/internal/kernels"

// avx2Target has masks that are vectors, with all bits of a lane set or none. The lanes of the last vector are such a
// mask too, at the start of the memory; the code for the last elements keeps it in a register.
var avx2Target = Target{
	level: kernels.AVX2, lanes: 8,
	vectors: 16, tailVectors: tailLanes, arrays: arrayRegisters, reserved: 32,
	lower: func(c *Chain, o operation) (Value, bool) {
		switch o.kind {
		case scale:
			return c.Formulas().ScaleTwice(o.args[0], o.args[2]), true
		case fromUnsigned: // the halves are exact, and joined by one rounding
			high := c.ToFloat(c.Shr(o.args[0], 16))
			return c.FMA(high, c.Number(1<<16), c.ToFloat(c.And(o.args[0], c.Bits(1<<16-1)))), true
		}
		return 0, false
	},
	encoder: func() encoder { return &avx2{x86{lanes: 8, repeated: 8, reserved: 32}} },
	call:    callAVX2,
}

// tailLanes is the register with the mask of the last vector.
const tailLanes = 15

// The instructions that AVX-512 has no use for.
var (
	blendByVector = instruction{opcodeMap: 3, prefix: 1, opcode: 0x4a} // vblendvps
	readLanes     = instruction{opcodeMap: 2, prefix: 1, opcode: 0x2c} // vmaskmovps
	writeLanes    = instruction{opcodeMap: 2, prefix: 1, opcode: 0x2e}
	upperHalf     = instruction{opcodeMap: 3, prefix: 1, opcode: 0x39}              // vextracti128
	packInts      = instruction{opcodeMap: 1, prefix: 1, opcode: 0x6b, short: true} // vpackssdw
	packShorts    = instruction{opcodeMap: 1, prefix: 1, opcode: 0x63, short: true} // vpacksswb
	writeLow      = instruction{opcodeMap: 1, prefix: 1, opcode: 0xd6, short: true} // vmovq to memory
	toGeneral     = instruction{opcodeMap: 1, prefix: 1, opcode: 0x7e, short: true, wide: true}
	fromGeneral   = instruction{opcodeMap: 1, prefix: 1, opcode: 0x6e, short: true, wide: true}
)

// avx2 writes instructions with the prefix VEX.
type avx2 struct{ x86 }

// vector encodes an instruction on vectors: reg is the destination or, in a store, the source, and second the first
// source, 0 where there is none.
func (a *avx2) vector(i instruction, reg, second int, rm operand, immediate ...byte) {
	bit := func(n int) byte { return byte(^n>>3) & 1 } // the prefix has them inverted
	x, b := byte(1), bit(rm.register)
	switch rm.where {
	case indexed:
		x = bit(rm.index)
	case pooled:
		b = 1
	}
	last := byte(^second&15)<<3 | i.prefix
	if !i.short {
		last |= 1 << 2
	}
	if x == 1 && b == 1 && i.opcodeMap == 1 && !i.wide {
		a.code = append(a.code, 0xc5, bit(reg)<<7|last, i.opcode)
	} else {
		if i.wide {
			last |= 1 << 7
		}
		a.code = append(a.code, 0xc4, bit(reg)<<7|x<<6|b<<5|i.opcodeMap, last, i.opcode)
	}
	a.address(reg, rm, len(immediate))
	a.code = append(a.code, immediate...)
}

func (a *avx2) rest(body func()) {
	a.x86.rest(func() {
		a.move(tailLanes, operand{where: spilled, register: r13})
		body()
	})
}

func (a *avx2) move(dst int, from operand)   { a.vector(load, dst, 0, from) }
func (a *avx2) spill(r int, to operand)      { a.vector(write, r, 0, to) }
func (a *avx2) repeat(dst int, from operand) { a.vector(repeat, dst, 0, from) }

func (a *avx2) read(dst int, from operand, masked bool) {
	if masked {
		a.vector(readLanes, dst, tailLanes, from)
		return
	}
	a.move(dst, from)
}

func (a *avx2) write(r int, to operand, masked bool) {
	if masked {
		a.vector(writeLanes, r, tailLanes, to)
		return
	}
	a.spill(r, to)
}

// The last bytes of an array are read and written one by one, as memory may end behind them. They pass through rcx,
// which the code needs no more then, with their index in r14.

func (a *avx2) readBools(e *emission, array uint32) int {
	r := e.fresh(true)
	from := a.lanesOf(e.array(array), 1)
	if e.masked {
		a.code = append(a.code, 0x31, 0xc9)       // xor ecx, ecx
		a.code = append(a.code, 0x41, 0x89, 0xd6) // mov r14d, edx
		start := len(a.code)
		a.code = append(a.code, 0x48, 0xc1, 0xe1, 8) // shl rcx, 8
		a.lastByte(0x8a, from)                       // mov cl, …
		a.code = append(a.code, 0x41, 0xff, 0xce)    // dec r14d
		a.land(a.jump(ifNotZero), start)
		a.vector(fromGeneral, r, 0, register(rcx))
		from = register(r)
	}
	a.vector(widenBytes, r, 0, from)
	a.odd(r, r)
	return r
}

func (a *avx2) writeBools(e *emission, mask int, array uint32) {
	ones, high := e.fresh(false), e.fresh(false)
	a.shift(shiftRight, ones, mask, 31)
	a.vector(upperHalf, ones, 0, register(high), 1)
	a.vector(packInts, ones, ones, register(high))
	a.vector(packShorts, ones, ones, register(ones))
	to := a.lanesOf(e.array(array), 1)
	if !e.masked {
		a.vector(writeLow, ones, 0, to)
		return
	}
	a.vector(toGeneral, ones, 0, register(rcx))
	a.code = append(a.code, 0x41, 0xbe, 1, 0, 0, 0) // mov r14d, 1
	start := len(a.code)
	a.lastByte(0x88, to)                         // mov …, cl
	a.code = append(a.code, 0x48, 0xc1, 0xe9, 8) // shr rcx, 8
	a.code = append(a.code, 0x41, 0xff, 0xc6)    // inc r14d
	a.code = append(a.code, 0x41, 0x39, 0xd6)    // cmp r14d, edx
	a.land(a.jump(ifNotAbove), start)
}

// More conditions of jumps.
const (
	ifNotZero  = 0x85
	ifNotAbove = 0x86
)

// lastByte moves cl from or to byte r14-1 of the current elements. The index takes two registers, so their sum goes
// into r14 for the moment.
func (a *avx2) lastByte(opcode byte, at operand) {
	a.code = append(a.code, 0x49, 0x01, 0xf6) // add r14, rsi
	a.code = append(a.code, 0x42|byte(at.register>>3)&1, opcode, 1<<6|rcx<<3|4, (r14&7)<<3|byte(at.register&7), 0xff)
	a.code = append(a.code, 0x49, 0x29, 0xf6) // sub r14, rsi
}

func (a *avx2) shift(k kind, dst, from int, by byte) {
	a.vector(instructions[k], shiftDigits[k], dst, register(from), by)
}

func (a *avx2) unary(o operation, dst int, from operand) {
	switch o.kind {
	case round:
		a.vector(instructions[round], dst, 0, from, byte(o.imm))
	case shiftLeft, shiftRight, shiftSigned: // only from registers
		if from.where != inRegister {
			a.move(dst, from)
			from = register(dst)
		}
		a.shift(o.kind, dst, from.register, byte(o.imm))
	default:
		a.vector(instructions[o.kind], dst, 0, from)
	}
}

func (a *avx2) binary(o operation, dst, left int, right operand) {
	if o.kind == compare {
		a.vector(instructions[compare], dst, left, right, byte(o.imm))
		return
	}
	a.vector(instructions[o.kind], dst, left, right)
}

func (a *avx2) odd(dst, from int) {
	a.shift(shiftLeft, dst, from, 31)
	a.shift(shiftSigned, dst, dst, 31)
}

func (a *avx2) choose(dst, mask, no int, yes operand) {
	a.vector(blendByVector, dst, no, yes, byte(mask<<4))
}

func (a *avx2) keep(dst, mask, from int) { a.vector(instructions[and], dst, mask, register(from)) }

func (a *avx2) multiplyAdd(o ordering, dst, left int, last operand) {
	a.vector(multiplyAdds[o], dst, left, last)
}
