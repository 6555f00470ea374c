package jit

import "encoding/binary"

// General registers by their numbers in the encoding, and what the code uses them for.
const (
	rax = 0  // the address of an array that has no register of its own
	rcx = 1  // the number of elements in whole vectors
	rdx = 2  // the number of elements after them
	rsi = 6  // the index of the current elements
	rdi = 7  // the table of arrays
	r13 = 13 // spilled vectors
	r14 = 14 // the index of the current elements in a cycle
)

// arrayRegisters hold the addresses of the arrays that are used the most.
var arrayRegisters = []int{3, 8, 9, 10, 11, 12, 15}

// tailMask is the mask register with the lanes of the last vector; the others from 2 to 7 are free.
const tailMask = 1

// operand is a register or memory, as the last operand of an instruction.
type operand struct {
	where     where
	register  int // of a vector or a mask, or the base of an address
	index     int // the register of the index, for indexed
	scale     int // bytes of an element, for indexed
	offset    int // for spilled
	constant  uint32
	broadcast bool // one number for all lanes
}

type where uint8

const (
	inRegister where = iota
	indexed          // base + index·scale
	based            // base
	spilled          // r13 + offset
	pooled           // a constant after the code
)

func register(n int) operand { return operand{register: n} }

// instruction is what the instructions of one kind have in common.
type instruction struct {
	opcodeMap byte // 1 is 0F, 2 is 0F38, 3 is 0F3A
	prefix    byte // 0 is none, 1 is 66, 2 is F3, 3 is F2
	opcode    byte
	short     bool // 128 bits
}

// masking says which lanes an instruction writes.
type masking struct {
	mask int // 0 for all
	zero bool
}

// assembler collects machine code.
type assembler struct {
	code   []byte
	pool   []uint32 // constants
	fixups []fixup
}

// fixup is a displacement to a constant, which is relative to the end of the instruction.
type fixup struct {
	at, end  int
	constant int
}

// vector encodes an instruction on vectors with the prefix EVEX: reg is the destination or, in a store, the source, and
// second the first source, 0 where there is none.
func (a *assembler) vector(i instruction, m masking, reg, second int, rm operand, immediate ...byte) {
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

// address encodes the last operand beside a register, before so many bytes of an immediate operand.
func (a *assembler) address(reg int, rm operand, immediate int) {
	field, low := byte(reg&7)<<3, byte(rm.register&7)
	switch rm.where {
	case inRegister:
		a.code = append(a.code, 3<<6|field|low)
	case indexed:
		scale := map[int]byte{1: 0, 2: 1, 4: 2, 8: 3}[rm.scale]
		a.code = append(a.code, field|4, scale<<6|byte(rm.index&7)<<3|low)
	case based:
		a.code = append(a.code, field|4, 4<<3|low) // without an index
	case spilled:
		a.code = append(a.code, 2<<6|field|r13&7)
		a.code = binary.LittleEndian.AppendUint32(a.code, uint32(rm.offset))
	case pooled:
		a.code = append(a.code, field|5)
		a.fixups = append(a.fixups, fixup{at: len(a.code), end: len(a.code) + 4 + immediate,
			constant: a.poolIndex(rm.constant)})
		a.code = append(a.code, 0, 0, 0, 0)
	}
}

// poolIndex finds the place of a constant, or makes one.
func (a *assembler) poolIndex(bits uint32) int {
	for k, c := range a.pool {
		if c == bits {
			return k
		}
	}
	a.pool = append(a.pool, bits)
	return len(a.pool) - 1
}

// loadArray puts the address of an array into a general register.
func (a *assembler) loadArray(reg, array int) {
	a.code = append(a.code, 0x48|byte(reg>>3)<<2, 0x8b, 2<<6|byte(reg&7)<<3|rdi)
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(8*array))
}

// cycleIndex sets r14 to the place of the current elements among 2^k.
func (a *assembler) cycleIndex(k int) {
	a.code = append(a.code, 0x41, 0x89, 0xf6) // mov r14d, esi
	a.code = append(a.code, 0x41, 0x81, 0xe6) // and r14d, …
	a.code = binary.LittleEndian.AppendUint32(a.code, 1<<k-1)
}

// prefetch fetches the memory behind an indexed operand into all caches.
func (a *assembler) prefetch(at operand, ahead int) {
	a.code = append(a.code, 0x40|byte(at.register>>3)&1, 0x0f, 0x18, 2<<6|1<<3|4, 2<<6|rsi<<3|byte(at.register&7))
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(ahead))
}

// jump appends a conditional jump of the given opcode and returns where its displacement is.
func (a *assembler) jump(condition byte) (at int) {
	a.code = append(a.code, 0x0f, condition, 0, 0, 0, 0)
	return len(a.code) - 4
}

// Conditions of jumps.
const (
	ifBelow = 0x82
	ifZero  = 0x84
)

// land sets the displacement of a jump to a place in the code.
func (a *assembler) land(jump, target int) {
	binary.LittleEndian.PutUint32(a.code[jump:], uint32(int32(target-jump-4)))
}

// finish appends the constants and sets the displacements to them.
func (a *assembler) finish() []byte {
	for len(a.code)%4 != 0 {
		a.code = append(a.code, 0xcc)
	}
	start := len(a.code)
	for _, bits := range a.pool {
		a.code = binary.LittleEndian.AppendUint32(a.code, bits)
	}
	for _, f := range a.fixups {
		binary.LittleEndian.PutUint32(a.code[f.at:], uint32(int32(start+4*f.constant-f.end)))
	}
	return a.code
}
