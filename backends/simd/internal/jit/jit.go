// Package jit turns chains of element-wise float32 operations into machine code for AVX-512 or AVX2.
//
// A chain that an interpreter runs op by op loads every operand from the cache and stores every result there. The code
// of this package runs the whole chain on 16 or 8 lanes at a time: what is computed inside the chain stays in
// registers.
//
// A [Chain] is built op by op in static single assignment form: each method appends an operation and returns its value.
// [Chain.Assemble] assigns registers and writes the code for a [Target]; [Target.Load] places the code of many chains
// in executable memory, and [Code.Run] runs one on arrays.
//
// The operations round as the kernels of the target's level do, one by one, so a chain has their bits. Nothing is
// contracted or reordered.
//
// Where a processor has neither instruction set, or the system refuses executable memory, [Active] returns nil.
package jit

// Value is the result of an operation of a [Chain]: a vector of a target's lanes, a mask of them, or a number that
// stands for all lanes.
type Value int

// Chain is a sequence of operations on lanes. Its zero value is empty.
type Chain struct {
	ops []operation
}

// operation is one step of a chain.
type operation struct {
	kind kind
	args [3]Value // -1 where there is none
	imm  uint32   // the bits of a constant, the array of a read or a write, a shift, a predicate or a rounding
}

// kind says what an operation does, and how it is encoded.
type kind uint8

const (
	constant kind = iota // imm in every lane
	element              // the first number of array imm in every lane
	tile                 // the current numbers of array imm
	stream               // the same, of an array that is worth fetching ahead
	cycle                // of the 2^k numbers of array imm that go round and round: imm holds k in its upper half
	bools                // a mask of the current bytes of array imm

	add
	sub
	mul
	div
	maximum // of two zeros, and where a lane is NaN, the second operand
	minimum
	and
	or
	xor
	addInt
	subInt
	scale // a·2^⌊b⌋
	sqrt
	toFloat      // of int32
	fromUnsigned // of uint32
	round        // imm is the rounding
	shiftLeft    // by imm
	shiftRight
	shiftSigned
	fma    // a·b + c
	addMul // a + b·c
	subMul // a - b·c

	compare // a mask: imm is the predicate
	odd     // a mask of the lanes whose lowest bit is set
	choose  // b in the lanes of mask a, else c
	keep    // b in the lanes of mask a, else zero

	store      // a to array imm
	storeBools // mask a to the bytes of array imm
)

// commutes reports kinds whose operands may be exchanged. Which NaN comes out may differ, which no kernel promises.
func (k kind) commutes() bool {
	switch k {
	case add, mul, and, or, xor, addInt:
		return true
	}
	return false
}

// isMask reports whether the result is a mask.
func (k kind) isMask() bool { return k == bools || k == compare || k == odd }

// inMemory reports whether the value can be read again at any time.
func (k kind) inMemory() bool { return k <= bools }

func (c *Chain) append(k kind, imm uint32, args ...Value) Value {
	o := operation{kind: k, imm: imm, args: [3]Value{-1, -1, -1}}
	copy(o.args[:], args)
	c.ops = append(c.ops, o)
	return Value(len(c.ops) - 1)
}

// lowered is the chain in operations that the target has.
func (c *Chain) lowered(t *Target) *Chain {
	low := &Chain{}
	values := make([]Value, len(c.ops))
	for v, o := range c.ops {
		for k, arg := range o.args {
			if arg >= 0 {
				o.args[k] = values[arg]
			}
		}
		if several, ok := t.lower(low, o); ok {
			values[v] = several
		} else if o.kind == constant {
			values[v] = low.find(constant, o.imm)
		} else {
			values[v] = low.append(o.kind, o.imm, o.args[:]...)
		}
	}
	return low
}

// find returns an equal earlier operation of those that only read, or appends it.
func (c *Chain) find(k kind, imm uint32) Value {
	for v, o := range c.ops {
		if o.kind == k && o.imm == imm {
			return Value(v)
		}
	}
	return c.append(k, imm)
}

// Tile reads the lanes from an array of 32-bit numbers.
func (c *Chain) Tile(array int) Value { return c.append(tile, uint32(array)) }

// Stream is Tile for an array that goes on behind these elements and isn't in the first-level cache: the code fetches
// what comes next.
func (c *Chain) Stream(array int) Value { return c.append(stream, uint32(array)) }

// Cycle reads the lanes from an array of 2^k numbers, at least [Target.Lanes], that repeat over and over.
func (c *Chain) Cycle(array, k int) Value { return c.append(cycle, uint32(array|k<<16)) }

// Element reads the first 32-bit number of an array for all lanes.
func (c *Chain) Element(array int) Value { return c.append(element, uint32(array)) }

// Bools reads a mask from an array of bytes: the lanes whose byte is odd.
func (c *Chain) Bools(array int) Value { return c.append(bools, uint32(array)) }

// Store writes a vector to an array of 32-bit numbers. The array may be one that the chain reads, if no read of it
// comes later in the chain.
func (c *Chain) Store(v Value, array int) { c.append(store, uint32(array), v) }

// StoreBools writes a mask to an array of bytes, as ones and zeros.
func (c *Chain) StoreBools(mask Value, array int) { c.append(storeBools, uint32(array), mask) }
