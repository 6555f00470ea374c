//go:build !purego

package jit

// instructions are those of the kinds that are one instruction of amd64, with either prefix of vectors.
var instructions = map[kind]instruction{
	add:         {opcodeMap: 1, opcode: 0x58},
	mul:         {opcodeMap: 1, opcode: 0x59},
	sub:         {opcodeMap: 1, opcode: 0x5c},
	minimum:     {opcodeMap: 1, opcode: 0x5d},
	div:         {opcodeMap: 1, opcode: 0x5e},
	maximum:     {opcodeMap: 1, opcode: 0x5f},
	and:         {opcodeMap: 1, opcode: 0x54},
	or:          {opcodeMap: 1, opcode: 0x56},
	xor:         {opcodeMap: 1, opcode: 0x57},
	addInt:      {opcodeMap: 1, prefix: 1, opcode: 0xfe},
	subInt:      {opcodeMap: 1, prefix: 1, opcode: 0xfa},
	sqrt:        {opcodeMap: 1, opcode: 0x51},
	toFloat:     {opcodeMap: 1, opcode: 0x5b},
	round:       {opcodeMap: 3, prefix: 1, opcode: 0x08},
	shiftLeft:   {opcodeMap: 1, prefix: 1, opcode: 0x72},
	shiftRight:  {opcodeMap: 1, prefix: 1, opcode: 0x72},
	shiftSigned: {opcodeMap: 1, prefix: 1, opcode: 0x72},
	compare:     {opcodeMap: 1, opcode: 0xc2},

	scale:        {opcodeMap: 2, prefix: 1, opcode: 0x2c}, // of AVX-512 alone
	fromUnsigned: {opcodeMap: 1, prefix: 3, opcode: 0x7a}, // of AVX-512 alone
}

// The instructions of both that are not those of a kind.
var (
	load       = instruction{opcodeMap: 1, opcode: 0x10}
	write      = instruction{opcodeMap: 1, opcode: 0x11}
	repeat     = instruction{opcodeMap: 2, prefix: 1, opcode: 0x18} // vbroadcastss
	widenBytes = instruction{opcodeMap: 2, prefix: 1, opcode: 0x31} // vpmovzxbd
)

// multiplyAdds have the order of operands in their names: 213 is dst = second·dst + rm, 231 is dst = second·rm + dst.
var multiplyAdds = map[ordering]instruction{
	{}:                             {opcodeMap: 2, prefix: 1, opcode: 0xa8}, // 213
	{negated: true}:                {opcodeMap: 2, prefix: 1, opcode: 0xac},
	{overSum: true}:                {opcodeMap: 2, prefix: 1, opcode: 0xb8}, // 231
	{overSum: true, negated: true}: {opcodeMap: 2, prefix: 1, opcode: 0xbc},
}

// shiftDigits extend the opcode of shifts.
var shiftDigits = map[kind]int{shiftLeft: 6, shiftRight: 2, shiftSigned: 4}
