//go:build !purego

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

// instruction is what the instructions of one kind have in common.
type instruction struct {
	opcodeMap byte // 1 is 0F, 2 is 0F38, 3 is 0F3A
	prefix    byte // 0 is none, 1 is 66, 2 is F3, 3 is F2
	opcode    byte
	short     bool // 128 bits
	wide      bool // a general register of 64 bits
}

// x86 writes the code of amd64 that has no vectors.
type x86 struct {
	code   []byte
	pool   []uint32 // constants
	fixups []fixup

	lanes    int // in a vector
	repeated int // times that a constant lies in memory
	reserved int // bytes before the spilled vectors
}

// fixup is a displacement to a constant, which is relative to the end of the instruction.
type fixup struct {
	at, end  int
	constant int
}

// address encodes the last operand beside a register, before so many bytes of an immediate operand.
func (a *x86) address(reg int, rm operand, immediate int) {
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
func (a *x86) poolIndex(bits uint32) int {
	for k, c := range a.pool {
		if c == bits {
			return k
		}
	}
	a.pool = append(a.pool, bits)
	return len(a.pool) - 1
}

func (a *x86) loadArray(reg, array int) {
	a.code = append(a.code, 0x48|byte(reg>>3)<<2, 0x8b, 2<<6|byte(reg&7)<<3|rdi)
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(8*array))
}

func (a *x86) scratchArray(array int) int {
	a.loadArray(rax, array)
	return rax
}

func (a *x86) lanesOf(base, bytes int) operand {
	return operand{where: indexed, register: base, index: rsi, scale: bytes}
}

func (a *x86) firstOf(base int) operand {
	return operand{where: based, register: base, broadcast: true}
}

func (a *x86) transit(n int) operand {
	return operand{where: spilled, offset: a.reserved + 4*a.lanes*n, register: r13}
}

func (a *x86) inCycle(base, k int) operand {
	if 1<<k == a.lanes {
		return operand{where: based, register: base}
	}
	a.code = append(a.code, 0x41, 0x89, 0xf6) // mov r14d, esi
	a.code = append(a.code, 0x41, 0x81, 0xe6) // and r14d, …
	a.code = binary.LittleEndian.AppendUint32(a.code, 1<<k-1)
	return operand{where: indexed, register: base, index: r14, scale: 4}
}

func (a *x86) prefetch(at operand, ahead int) { // into all caches
	a.code = append(a.code, 0x40|byte(at.register>>3)&1, 0x0f, 0x18, 2<<6|1<<3|4, 2<<6|rsi<<3|byte(at.register&7))
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(ahead))
}

// Conditions of jumps.
const (
	ifBelow = 0x82
	ifZero  = 0x84
)

// jump appends a conditional jump of the given opcode and returns where its displacement is.
func (a *x86) jump(condition byte) (at int) {
	a.code = append(a.code, 0x0f, condition, 0, 0, 0, 0)
	return len(a.code) - 4
}

// land sets the displacement of a jump to a place in the code.
func (a *x86) land(jump, target int) {
	binary.LittleEndian.PutUint32(a.code[jump:], uint32(int32(target-jump-4)))
}

func (a *x86) loop(body func()) {
	a.code = append(a.code, 0x48, 0x85, 0xc9) // test rcx, rcx
	toEnd := a.jump(ifZero)
	start := len(a.code)
	body()
	a.code = append(a.code, 0x48, 0x83, 0xc6, byte(a.lanes)) // add rsi, lanes
	a.code = append(a.code, 0x48, 0x39, 0xce)                // cmp rsi, rcx
	a.land(a.jump(ifBelow), start)
	a.land(toEnd, len(a.code))
}

func (a *x86) rest(body func()) {
	a.code = append(a.code, 0x85, 0xd2) // test edx, edx
	toEnd := a.jump(ifZero)
	body()
	a.land(toEnd, len(a.code))
}

// finish appends the constants and sets the displacements to them.
func (a *x86) finish() []byte {
	a.code = append(a.code, 0xc3) // ret
	size := 4 * a.repeated
	for len(a.code)%size != 0 {
		a.code = append(a.code, 0xcc)
	}
	start := len(a.code)
	for _, bits := range a.pool {
		for range a.repeated {
			a.code = binary.LittleEndian.AppendUint32(a.code, bits)
		}
	}
	for _, f := range a.fixups {
		binary.LittleEndian.PutUint32(a.code[f.at:], uint32(int32(start+size*f.constant-f.end)))
	}
	return a.code
}
