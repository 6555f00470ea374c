package jit

import (
	"maps"
	"slices"
)

// emission writes the code of a chain for one vector.
type emission struct {
	*allocation
	encoder
	registers map[uint32]int // of arrays that have one
	masked    bool           // the vector is the last one, with the elements that are left
	err       error
}

// Assemble returns the code of the chain for a target, and the bytes of memory that it needs for vectors in transit. It
// fails if the chain needs more masks at once than the processor has.
func (c *Chain) Assemble(t *Target) (code []byte, memory int, err error) {
	c = c.lowered(t)
	enc := t.encoder()
	uses := usesOf(c)
	registers := c.chooseRegisters(t.arrays, uses)
	for _, array := range slices.Sorted(maps.Keys(registers)) {
		enc.loadArray(registers[array], int(array))
	}
	slots := 0
	body := func(masked bool) {
		vectors := t.vectors
		if masked {
			vectors = t.tailVectors
		}
		e := &emission{allocation: newAllocation(t, vectors, c, uses), encoder: enc, registers: registers,
			masked: masked}
		e.run()
		slots = max(slots, e.slots)
		if e.err != nil {
			err = e.err
		}
	}
	enc.loop(func() { body(false) })
	enc.rest(func() { body(true) })
	return enc.finish(), t.reserved + 4*t.lanes*slots, err
}

// chooseRegisters gives general registers to the arrays that are used the most.
func (c *Chain) chooseRegisters(free []int, uses [][]int) map[uint32]int {
	count := map[uint32]int{}
	var arrays []uint32
	for i, o := range c.ops {
		n, array := len(uses[i]), o.imm&0xffff
		switch o.kind {
		case store, storeBools:
			n = 1
		case element, tile, stream, cycle, bools:
		default:
			continue
		}
		if count[array] == 0 && n > 0 {
			arrays = append(arrays, array)
		}
		count[array] += n
	}
	slices.SortStableFunc(arrays, func(a, b uint32) int { return count[b] - count[a] })
	registers := map[uint32]int{}
	for k, r := range free {
		if k < len(arrays) {
			registers[arrays[k]] = r
		}
	}
	return registers
}

// run emits every operation.
func (e *emission) run() {
	for i, o := range e.chain.ops {
		e.at = i
		switch {
		case o.kind >= store:
			e.store(o)
		case o.kind.inMemory() || len(e.uses[i]) == 0: // read when needed
			continue
		default:
			e.operate(Value(i), o)
		}
		e.endOperation()
		if e.err != nil {
			return
		}
	}
}

// array returns the general register with the address of an array.
func (e *emission) array(array uint32) int {
	if base, ok := e.registers[array]; ok {
		return base
	}
	return e.scratchArray(int(array))
}

// ahead is how far before its use the code fetches a stream into the cache, in bytes. Of 512, 1024 and 2048 it was the
// best for clusters of 0.05 to 2 million elements.
const ahead = 2048

// next is the memory of the current lanes of a tile or a stream.
func (e *emission) next(o operation) operand {
	at := e.lanesOf(e.array(o.imm), 4)
	if o.kind == stream && !e.masked {
		e.prefetch(at, ahead)
	}
	return at
}

// around is the memory of the current lanes of a cycle, which are all there even where the last vector has fewer.
func (e *emission) around(o operation) operand {
	return e.inCycle(e.array(o.imm&0xffff), int(o.imm>>16))
}

// fresh returns a register that stays until the end of the operation.
func (e *emission) fresh(mask bool) int {
	r, err := e.take(mask, func(register, slot int) { e.spill(register, e.transit(slot)) })
	if err != nil {
		e.err = err
	}
	e.pin(r)
	return r
}

// vector returns a register that holds a value, which it reads from memory if need be.
func (e *emission) vector(v Value) int {
	if r := e.place[v]; r >= 0 {
		e.pin(r)
		return r
	}
	r := e.fresh(false)
	e.load(r, v)
	e.set(r, v)
	return r
}

// load reads a value that is in memory into a register.
func (e *emission) load(r int, v Value) {
	if slot := e.slot[v]; slot >= 0 {
		e.move(r, e.transit(slot))
		return
	}
	switch o := e.chain.ops[v]; o.kind {
	case constant:
		e.repeat(r, number(o.imm))
	case element:
		e.repeat(r, e.firstOf(e.array(o.imm)))
	case tile, stream:
		e.read(r, e.next(o), e.masked)
	case cycle:
		e.move(r, e.around(o))
	}
}

// source returns a value as a last operand, in memory where that saves a register.
func (e *emission) source(v Value) operand {
	if r := e.place[v]; r >= 0 {
		e.pin(r)
		return register(r)
	}
	if slot := e.slot[v]; slot >= 0 {
		return e.transit(slot)
	}
	switch o := e.chain.ops[v]; {
	case o.kind == constant:
		return number(o.imm)
	case o.kind == element && e.target.repeats:
		return e.firstOf(e.array(o.imm))
	case o.kind == element:
	case o.kind == cycle && e.dies(v):
		return e.around(o)
	case !e.masked && e.dies(v):
		return e.next(o)
	}
	return register(e.vector(v))
}

// mask returns a register that holds a mask.
func (e *emission) mask(v Value) int {
	if e.place[v] >= 0 || e.slot[v] >= 0 {
		return e.vector(v)
	}
	r := e.readBools(e, e.chain.ops[v].imm) // only bools are read late
	e.set(r, v)
	return r
}

// store emits an operation that writes to an array.
func (e *emission) store(o operation) {
	if o.kind == storeBools {
		e.writeBools(e, e.mask(o.args[0]), o.imm)
		return
	}
	r := e.vector(o.args[0])
	e.write(r, e.lanesOf(e.array(o.imm), 4), e.masked)
}

// result returns a register for the current operation's value: that of an operand that is needed no more, if there is
// one. All operands must have been read before.
func (e *emission) result(v Value, o operation) int {
	mask := e.target.isMask(o.kind)
	if !mask {
		for _, arg := range o.args {
			if arg >= 0 && e.place[arg] >= 0 && e.place[arg] < e.target.vectors && e.dies(arg) {
				r := e.place[arg]
				e.set(r, v)
				return r
			}
		}
	}
	r := e.fresh(mask)
	e.set(r, v)
	return r
}

// operate emits an operation that computes a value.
func (e *emission) operate(v Value, o operation) {
	a, b := o.args[0], o.args[1]
	switch o.kind {
	case fma:
		e.fused(v, o.args[0], o.args[1], o.args[2], false)
	case addMul, subMul:
		e.fused(v, o.args[1], o.args[2], o.args[0], o.kind == subMul)
	case sqrt, toFloat, fromUnsigned, round, shiftLeft, shiftRight, shiftSigned:
		from := e.source(a)
		e.unary(o, e.result(v, o), from)
	case odd:
		from := e.vector(a)
		e.odd(e.result(v, o), from)
	case choose:
		mask, no := e.mask(a), e.vector(o.args[2])
		yes := e.source(b)
		e.choose(e.result(v, o), mask, no, yes)
	case keep:
		mask, from := e.mask(a), e.vector(b)
		e.keep(e.result(v, o), mask, from)
	default:
		if o.kind.commutes() && e.place[a] < 0 && e.place[b] >= 0 {
			a, b = b, a
		}
		left := e.vector(a)
		right := e.source(b)
		e.binary(o, e.result(v, o), left, right)
	}
}

// fused emits z + x·y, or z − x·y. The instructions write over an operand: over one that is needed no more, or
// over a copy of z.
func (e *emission) fused(v, x, y, z Value, negated bool) {
	overSum := ordering{overSum: true, negated: negated}
	free := func(u Value) bool { return e.place[u] >= 0 && e.dies(u) }
	switch {
	case free(z) && z != x && z != y:
		sum := e.vector(z)
		left := e.vector(x)
		right := e.source(y)
		e.multiplyAdd(overSum, sum, left, right)
		e.set(sum, v)
	case free(x) && x != y && x != z:
		e.overFactor(negated, v, x, y, z)
	case free(y) && x != y && y != z:
		e.overFactor(negated, v, y, x, z)
	default:
		left := e.vector(x)
		right := e.source(y)
		if right.where == indexed || right.where == based { // the address of z may need the same registers
			right = register(e.vector(y))
		}
		sum := e.fresh(false)
		if r := e.place[z]; r >= 0 {
			e.move(sum, register(r))
		} else {
			e.load(sum, z)
		}
		e.multiplyAdd(overSum, sum, left, right)
		e.set(sum, v)
	}
}

// overFactor emits x·y + z over x.
func (e *emission) overFactor(negated bool, v, x, y, z Value) {
	product := e.vector(x)
	left := e.vector(y)
	right := e.source(z)
	e.multiplyAdd(ordering{negated: negated}, product, left, right)
	e.set(product, v)
}
