package jit

import (
	"unsafe"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// Target is an instruction set that chains are assembled for. Everything that differs between instruction sets is in
// it: a further one is a Target with an [encoder], in a file of its own, and its entry in the list of targets.
type Target struct {
	level kernels.Level // the kernels whose bits the code has
	lanes int           // 32-bit numbers in a vector

	vectors     int   // registers of vectors
	tailVectors int   // those of them that are free in the code for the last elements
	firstMask   int   // the first free register of masks
	masks       int   // registers of masks; 0 where a mask is a vector
	arrays      []int // general registers for the addresses of arrays
	reserved    int   // bytes before the spilled vectors in the memory of the code
	repeats     bool  // an operand can be one number of an array, for all lanes

	// lower appends an operation that the target has in another form, or as several others, and reports whether it is
	// such.
	lower func(c *Chain, o operation) (Value, bool)
	// encoder returns what writes the target's instructions.
	encoder func() encoder
	// call runs code on n elements.
	call func(code, arrays, memory unsafe.Pointer, n int)
}

// Lanes is the number of float32s that the code computes at a time.
func (t *Target) Lanes() int { return t.lanes }

// String names the target as its level.
func (t *Target) String() string { return t.level.String() }

// Active returns the target for the active level of the kernels, nil if there is none or if the system lets nobody run
// code that was written here.
func Active() *Target {
	for _, t := range targets {
		if t.level == kernels.Active() && permitted() {
			return t
		}
	}
	return nil
}

// isMask reports whether a value of a kind is in a register of masks.
func (t *Target) isMask(k kind) bool { return t.masks > 0 && k.isMask() }

// encoder writes the instructions of a target. Registers of vectors and of masks have one numbering, vectors first. A
// base is the general register with the address of an array. A last operand may be in memory.
type encoder interface {
	// The code around the operations.

	loadArray(register, array int)     // puts the address of an array into a general register
	scratchArray(array int) (base int) // the same with the register that such addresses share
	loop(body func())                  // runs body for each whole vector
	rest(body func())                  // runs body once if elements are left
	finish() []byte                    // ends the code
	prefetch(at operand, ahead int)    // fetches the memory behind the current lanes
	inCycle(base, k int) operand       // the current lanes among 2^k numbers of an array
	lanesOf(base, bytes int) operand   // the current lanes of an array of numbers of so many bytes
	firstOf(base int) operand          // the first number of an array, for all lanes
	transit(n int) operand             // a spilled vector

	// Movement.

	move(dst int, from operand)                    // a whole vector, from a register or memory
	spill(r int, to operand)                       // the same to memory
	repeat(dst int, from operand)                  // one number in memory to all lanes
	read(dst int, from operand, masked bool)       // the current lanes; only those that are left if masked
	write(r int, to operand, masked bool)          // the same to memory
	readBools(e *emission, array uint32) (dst int) // a mask from the current bytes of an array
	writeBools(e *emission, mask int, array uint32)

	// Operations.

	unary(o operation, dst int, from operand)            // of one operand, a shift too
	binary(o operation, dst, left int, right operand)    // of two, comparisons too
	odd(dst, from int)                                   // a mask of the odd integers
	choose(dst, mask, no int, yes operand)               // by a mask
	keep(dst, mask, from int)                            // zero outside of the mask
	multiplyAdd(o ordering, dst, left int, last operand) // in place
}

// ordering says which operand a multiplication with an addition writes over, and whether it subtracts the product.
type ordering struct{ overSum, negated bool }
