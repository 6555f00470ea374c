package jit

// The instructions that are not those of a kind.
var (
	load           = instruction{opcodeMap: 1, opcode: 0x10}
	write          = instruction{opcodeMap: 1, opcode: 0x11}
	repeat         = instruction{opcodeMap: 2, prefix: 1, opcode: 0x18} // vbroadcastss
	widenBytes     = instruction{opcodeMap: 2, prefix: 1, opcode: 0x31} // vpmovzxbd
	test           = instruction{opcodeMap: 2, prefix: 1, opcode: 0x27} // vptestmd
	loadBytes      = instruction{opcodeMap: 1, prefix: 3, opcode: 0x6f, short: true}
	writeBytes     = instruction{opcodeMap: 1, prefix: 3, opcode: 0x7f, short: true}
	multiplyAdd213 = instruction{opcodeMap: 2, prefix: 1, opcode: 0xa8} // dst = second·dst + rm
	multiplyAdd231 = instruction{opcodeMap: 2, prefix: 1, opcode: 0xb8} // dst = second·rm + dst
	negatedAdd213  = instruction{opcodeMap: 2, prefix: 1, opcode: 0xac}
	negatedAdd231  = instruction{opcodeMap: 2, prefix: 1, opcode: 0xbc}
)

// instructions are those of the kinds that are one instruction.
var instructions = map[kind]instruction{
	add:          {opcodeMap: 1, opcode: 0x58},
	mul:          {opcodeMap: 1, opcode: 0x59},
	sub:          {opcodeMap: 1, opcode: 0x5c},
	minimum:      {opcodeMap: 1, opcode: 0x5d},
	div:          {opcodeMap: 1, opcode: 0x5e},
	maximum:      {opcodeMap: 1, opcode: 0x5f},
	and:          {opcodeMap: 1, opcode: 0x54},
	or:           {opcodeMap: 1, opcode: 0x56},
	xor:          {opcodeMap: 1, opcode: 0x57},
	addInt:       {opcodeMap: 1, prefix: 1, opcode: 0xfe},
	subInt:       {opcodeMap: 1, prefix: 1, opcode: 0xfa},
	scale:        {opcodeMap: 2, prefix: 1, opcode: 0x2c},
	sqrt:         {opcodeMap: 1, opcode: 0x51},
	toFloat:      {opcodeMap: 1, opcode: 0x5b},
	fromUnsigned: {opcodeMap: 1, prefix: 3, opcode: 0x7a},
	round:        {opcodeMap: 3, prefix: 1, opcode: 0x08},
	shiftLeft:    {opcodeMap: 1, prefix: 1, opcode: 0x72},
	shiftRight:   {opcodeMap: 1, prefix: 1, opcode: 0x72},
	shiftSigned:  {opcodeMap: 1, prefix: 1, opcode: 0x72},
	compare:      {opcodeMap: 1, opcode: 0xc2},
	odd:          test,
	choose:       {opcodeMap: 2, prefix: 1, opcode: 0x65},
	keep:         load,
}

// shiftDigits extend the opcode of shifts.
var shiftDigits = map[kind]int{shiftLeft: 6, shiftRight: 2, shiftSigned: 4}

// commutes reports kinds whose operands may be exchanged. Which NaN comes out may differ, which no kernel promises.
func (k kind) commutes() bool {
	switch k {
	case add, mul, and, or, xor, addInt:
		return true
	}
	return false
}
