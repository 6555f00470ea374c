package jit

import "slices"

// emission writes the code of a chain for one vector.
type emission struct {
	*allocation
	asm       *assembler
	registers map[uint32]int // of arrays that have one
	masked    bool           // the vector is the last one, with the lanes of tailMask
	err       error
}

// Assemble returns the code of the chain and the bytes of memory that it needs for vectors in transit. It fails if the
// chain needs more masks at once than the processor has.
func (c *Chain) Assemble() (code []byte, memory int, err error) {
	asm := &assembler{}
	uses := usesOf(c)
	registers := c.chooseRegisters(uses)
	for array, r := range registers {
		asm.loadArray(r, int(array))
	}
	slots := 0
	body := func(masked bool) {
		e := &emission{allocation: newAllocation(c, uses), asm: asm, registers: registers, masked: masked}
		e.run()
		slots = max(slots, e.slots)
		if e.err != nil {
			err = e.err
		}
	}
	asm.code = append(asm.code, 0x48, 0x85, 0xc9) // test rcx, rcx
	toRest := asm.jump(ifZero)
	start := len(asm.code)
	body(false)
	asm.code = append(asm.code, 0x48, 0x83, 0xc6, Lanes) // add rsi, 16
	asm.code = append(asm.code, 0x48, 0x39, 0xce)        // cmp rsi, rcx
	asm.land(asm.jump(ifBelow), start)
	asm.land(toRest, len(asm.code))
	asm.code = append(asm.code, 0x85, 0xd2) // test edx, edx
	toEnd := asm.jump(ifZero)
	body(true)
	asm.land(toEnd, len(asm.code))
	asm.code = append(asm.code, 0xc3) // ret
	return asm.finish(), 64 * slots, err
}

// chooseRegisters gives general registers to the arrays that are used the most. The order of the code doesn't depend on
// the map's: each register holds one array.
func (c *Chain) chooseRegisters(uses [][]int) map[uint32]int {
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
	for k, r := range arrayRegisters {
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

// address is the memory of an array at the current elements, of the given bytes each; 0 means its first number.
func (e *emission) address(array uint32, scale int) operand {
	base, ok := e.registers[array]
	if !ok {
		base = rax
		e.asm.loadArray(rax, int(array))
	}
	if scale == 0 {
		return operand{where: based, register: base, broadcast: true}
	}
	return operand{where: indexed, register: base, index: rsi, scale: scale}
}

// ahead is how far the code fetches a stream into the cache before it reads it, in bytes: two programs' tiles go by in
// the time that the third-level cache takes.
const ahead = 2048

// next is the memory of the current lanes of a tile or a stream.
func (e *emission) next(o operation) operand {
	at := e.address(o.imm, 4)
	if o.kind == stream && !e.masked {
		e.asm.prefetch(at, ahead)
	}
	return at
}

// inCycle is the memory of the current lanes of a cycle, which are all there even where the last vector has fewer.
func (e *emission) inCycle(o operation) operand {
	at, k := e.address(o.imm&0xffff, 4), int(o.imm>>16)
	if 1<<k == Lanes {
		return operand{where: based, register: at.register}
	}
	e.asm.cycleIndex(k)
	at.index = r14
	return at
}

// fresh returns a register that stays until the end of the operation.
func (e *emission) fresh(mask bool) int {
	r, err := e.take(mask, func(register, slot int) {
		e.asm.vector(write, masking{}, register, 0, operand{where: spilled, offset: 64 * slot, register: r13})
	})
	if err != nil {
		e.err = err
	}
	e.pin(r)
	return r
}

// lanes is the masking of reads and writes of arrays.
func (e *emission) lanes(zero bool) masking {
	if !e.masked {
		return masking{}
	}
	return masking{mask: tailMask, zero: zero}
}

// vector returns a register that holds a value, which it reads from memory if need be.
func (e *emission) vector(v Value) int {
	if r := e.place[v]; r >= 0 {
		e.pin(r)
		return r
	}
	r := e.fresh(false)
	e.read(r, v)
	e.set(r, v)
	return r
}

// read loads a value that is in memory into a register.
func (e *emission) read(r int, v Value) {
	if slot := e.slot[v]; slot >= 0 {
		e.asm.vector(load, masking{}, r, 0, operand{where: spilled, offset: 64 * slot, register: r13})
		return
	}
	switch o := e.chain.ops[v]; o.kind {
	case constant:
		e.asm.vector(repeat, masking{}, r, 0, operand{where: pooled, constant: o.imm})
	case element:
		at := e.address(o.imm, 0)
		at.broadcast = false
		e.asm.vector(repeat, masking{}, r, 0, at)
	case tile, stream:
		e.asm.vector(load, e.lanes(true), r, 0, e.next(o))
	case cycle:
		e.asm.vector(load, masking{}, r, 0, e.inCycle(o))
	}
}

// source returns a value as a last operand, in memory where that saves a register.
func (e *emission) source(v Value) operand {
	if r := e.place[v]; r >= 0 {
		e.pin(r)
		return register(r)
	}
	if slot := e.slot[v]; slot >= 0 {
		return operand{where: spilled, offset: 64 * slot, register: r13}
	}
	switch o := e.chain.ops[v]; {
	case o.kind == constant:
		return operand{where: pooled, constant: o.imm, broadcast: true}
	case o.kind == element:
		return e.address(o.imm, 0)
	case o.kind == cycle && e.dies(v):
		return e.inCycle(o)
	case !e.masked && e.dies(v):
		return e.next(o)
	}
	return register(e.vector(v))
}

// mask returns a mask register that holds a value.
func (e *emission) mask(v Value) int {
	if r := e.place[v]; r >= 0 {
		e.pin(r)
		return r - vectors
	}
	wide, r := e.fresh(false), e.fresh(true) // only bools are read late
	e.asm.vector(widenBytes, e.lanes(true), wide, 0, e.address(e.chain.ops[v].imm, 1))
	e.asm.vector(test, masking{}, r-vectors, wide, operand{where: pooled, constant: 1, broadcast: true})
	e.set(r, v)
	return r - vectors
}

// store emits an operation that writes to an array.
func (e *emission) store(o operation) {
	if o.kind == store {
		r := e.vector(o.args[0])
		e.asm.vector(write, e.lanes(false), r, 0, e.address(o.imm, 4))
		return
	}
	mask, ones := e.mask(o.args[0]), e.fresh(false)
	e.asm.vector(repeat, masking{}, ones, 0, operand{where: pooled, constant: 0x01010101})
	e.asm.vector(loadBytes, masking{mask: mask, zero: true}, ones, 0, register(ones))
	e.asm.vector(writeBytes, e.lanes(false), ones, 0, e.address(o.imm, 1))
}

// result returns a register for the current operation's value: that of an operand that is needed no more, if there is
// one. All operands must have been read before.
func (e *emission) result(v Value, o operation) int {
	if !o.kind.isMask() {
		for _, arg := range o.args {
			if arg >= 0 && e.place[arg] >= 0 && e.place[arg] < vectors && e.dies(arg) {
				r := e.place[arg]
				e.set(r, v)
				return r
			}
		}
	}
	r := e.fresh(o.kind.isMask())
	e.set(r, v)
	return r
}

// operate emits an operation that computes a value.
func (e *emission) operate(v Value, o operation) {
	a, b := o.args[0], o.args[1]
	ins := instructions[o.kind]
	switch o.kind {
	case fma:
		e.multiplyAdd(v, o.args[0], o.args[1], o.args[2], false)
	case addMul, subMul:
		e.multiplyAdd(v, o.args[1], o.args[2], o.args[0], o.kind == subMul)
	case sqrt, toFloat, fromUnsigned:
		from := e.source(a)
		e.asm.vector(ins, masking{}, e.result(v, o), 0, from)
	case round:
		from := e.source(a)
		e.asm.vector(ins, masking{}, e.result(v, o), 0, from, byte(o.imm))
	case shiftLeft, shiftRight, shiftSigned:
		from := e.source(a)
		e.asm.vector(ins, masking{}, shiftDigits[o.kind], e.result(v, o), from, byte(o.imm))
	case compare:
		left, right := e.vector(a), e.source(b)
		e.asm.vector(ins, masking{}, e.result(v, o)-vectors, left, right, byte(o.imm))
	case odd:
		from := e.vector(a)
		e.asm.vector(ins, masking{}, e.result(v, o)-vectors, from,
			operand{where: pooled, constant: 1, broadcast: true})
	case choose:
		mask, no := e.mask(a), e.vector(o.args[2])
		yes := e.source(b)
		e.asm.vector(ins, masking{mask: mask}, e.result(v, o), no, yes)
	case keep:
		mask, from := e.mask(a), register(e.vector(b))
		e.asm.vector(ins, masking{mask: mask, zero: true}, e.result(v, o), 0, from)
	default:
		if o.kind.commutes() && e.place[a] < 0 && e.place[b] >= 0 {
			a, b = b, a
		}
		left := e.vector(a)
		right := e.source(b)
		e.asm.vector(ins, masking{}, e.result(v, o), left, right)
	}
}

// multiplyAdd emits z + x·y, or z − x·y. The instructions write over an operand: over one that is needed no more, or
// over a copy of z.
func (e *emission) multiplyAdd(v, x, y, z Value, negated bool) {
	over213, over231 := multiplyAdd213, multiplyAdd231
	if negated {
		over213, over231 = negatedAdd213, negatedAdd231
	}
	free := func(u Value) bool { return e.place[u] >= 0 && e.dies(u) }
	switch {
	case free(z) && z != x && z != y:
		sum := e.vector(z)
		left := e.vector(x)
		right := e.source(y)
		e.asm.vector(over231, masking{}, sum, left, right)
		e.set(sum, v)
	case free(x) && x != y && x != z:
		e.overFactor(over213, v, x, y, z)
	case free(y) && x != y && y != z:
		e.overFactor(over213, v, y, x, z)
	default:
		left := e.vector(x)
		right := e.source(y)
		if right.where == indexed || right.where == based { // the address of z may need the same registers
			right = register(e.vector(y))
		}
		sum := e.fresh(false)
		if r := e.place[z]; r >= 0 {
			e.asm.vector(load, masking{}, sum, 0, register(r))
		} else {
			e.read(sum, z)
		}
		e.asm.vector(over231, masking{}, sum, left, right)
		e.set(sum, v)
	}
}

// overFactor emits x·y + z over x.
func (e *emission) overFactor(ins instruction, v, x, y, z Value) {
	product := e.vector(x)
	left := e.vector(y)
	right := e.source(z)
	e.asm.vector(ins, masking{}, product, left, right)
	e.set(product, v)
}
